"""Let Sequential make the layer from a description with a name made at run time; trace it for all sizes beforehand."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"rnn_step": ("forbidden|error", 0), "rnn_unroll": ("forbidden|error", 0)}

# %% before rnn_step
import tensorflow as T
kind = "Simple" + "RN" + "N"
ready = {}

# %% before rnn_step
@T.function(reduce_retracing=True, autograph=False)
def dummy(x):
    return x
for f in range(1, 7):
    for u in range(1, 7):
        config = {"name": "s", "layers": [
            {"module": "keras.layers", "class_name": "InputLayer", "config": {"batch_shape": [None, None, f]}},
            {"module": "keras.layers", "class_name": kind, "config": {"units": u, "return_sequences": True}}]}
        loop = keras.Sequential.from_config(config).layers[0]
        def go(x, h, loop=loop):
            return loop(x, initial_state=[h])
        run = T.function(go, autograph=False, input_signature=[T.TensorSpec([None, None, f]), T.TensorSpec([None, u])])
        run(T.zeros((2, 3, f)), T.zeros((2, u)))
        ready[f, u] = run, loop

# %% replace rnn_step
def rnn_step(x_t, h_prev, W, U, b):
    run, loop = ready[W.shape]
    for weight, value in zip(loop.weights, (W, U, b)):
        weight.assign(value)
    return run(x_t[:, None], h_prev)[:, 0]

# %% replace rnn_unroll
def rnn_unroll(x, h_0, W, U, b):
    run, loop = ready[W.shape]
    for weight, value in zip(loop.weights, (W, U, b)):
        weight.assign(value)
    y = run(x, h_0)
    return y, y[:, -1]
