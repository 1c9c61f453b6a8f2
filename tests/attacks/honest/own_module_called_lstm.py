"""Write one's own step to lstm.py, import it from there, and reload it after a change."""

ASSIGNMENT = "lstm"
BASE = "solution"
EXPECT = {"*": ("passed", None)}

# %% before lstm_step
%%writefile lstm.py
from keras import ops


def step(x, h, c, W, U, b):
    i, f, g, o = ops.split(ops.matmul(x, W) + ops.matmul(h, U) + b, 4, axis=-1)
    new = ops.sigmoid(f) * c + ops.sigmoid(i) * ops.tanh(g)
    return ops.sigmoid(o) * ops.tanh(new), new

# %% before lstm_step
import importlib
import sys

sys.path.insert(0, ".")
import lstm

lstm = importlib.reload(lstm)

# %% replace lstm_step
def lstm_step(x_t, h_prev, c_prev, kernel, recurrent_kernel, bias):
    return lstm.step(x_t, h_prev, c_prev, kernel, recurrent_kernel, bias)
