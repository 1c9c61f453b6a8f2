"""Leave the loop to the function behind the layers, keras.src.backend's rnn."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"rnn_unroll": ("forbidden", 0)}

# %% replace rnn_unroll
from keras.src import backend


def rnn_unroll(x, h_0, W, U, b):
    def step(x_t, states):
        h = ops.tanh(x_t @ W + states[0] @ U + b)
        return h, [h]

    last, outputs, states = backend.rnn(step, ops.convert_to_tensor(x), [ops.convert_to_tensor(h_0)])
    return outputs, states[0]
