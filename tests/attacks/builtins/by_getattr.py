"""Find the built-in by a name that is put together while the program runs."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"rnn_step": ("forbidden", 0), "rnn_unroll": ("forbidden", 0)}

# %% replace rnn_step
def rnn_step(x_t, h_prev, W, U, b):
    cell = getattr(getattr(keras, "lay" + "ers"), "Simple" + "RNN" + "Cell")(len(b))
    cell.build(x_t.shape)
    cell.set_weights([W, U, b])
    return cell(x_t, [h_prev])[0]

# %% replace rnn_unroll
import importlib


def rnn_unroll(x, h_0, W, U, b):
    module = importlib.import_module("keras.src.layers.rnn.simple_" + "rnn")
    loop = vars(module)["SimpleRNN"](len(b), return_sequences=True, return_state=True)
    loop.build(x.shape)
    loop.set_weights([W, U, b])
    return loop(x, initial_state=[h_0])
