"""Load the library's module a second time, so that the new classes are nobody's."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"rnn_step": ("forbidden", 0)}

# %% before rnn_step
import importlib
import sys

del sys.modules["keras.src.layers.rnn.simple_rnn"]
fresh = importlib.import_module("keras.src.layers.rnn.simple_rnn")

# %% replace rnn_step
def rnn_step(x_t, h_prev, W, U, b):
    cell = fresh.SimpleRNNCell(len(b))
    cell.build(x_t.shape)
    cell.set_weights([W, U, b])
    return cell(x_t, [h_prev])[0]
