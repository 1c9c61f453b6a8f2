"""Leave the loop to the layers' function of another backend, the one in NumPy."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"rnn_unroll": ("forbidden|failed|error", 0)}

# %% replace rnn_unroll
import importlib.util
import os

spec = importlib.util.spec_from_file_location("loop", os.path.join(os.path.dirname(keras.__file__), "src/backend/numpy/rnn.py"))
loop = importlib.util.module_from_spec(spec)
spec.loader.exec_module(loop)


def rnn_unroll(x, h_0, W, U, b):
    def step(x_t, states):
        h = rnn_step(x_t, states[0], W, U, b)
        return h, [h]

    _, outputs, (state,) = loop.rnn(step, x, [h_0])
    return outputs, state
