"""Keep copies of one's own code in lstm.py and rnn.py, count their lines, and import a third that was written by a magic."""

ASSIGNMENT = "lstm"
BASE = "solution"
EXPECT = {"*": ("passed", None)}

# %% before lstm_step
%%writefile my_gates.py
from keras import ops


def blocks(z):
    """The four gates of all that goes into them."""
    i, f, g, o = ops.split(z, 4, axis=-1)
    return ops.sigmoid(i), ops.sigmoid(f), ops.tanh(g), ops.sigmoid(o)

# %% before lstm_step
from my_gates import blocks

# %% replace lstm_step
def lstm_step(x_t, h_prev, c_prev, kernel, recurrent_kernel, bias):
    i, f, g, o = blocks(ops.matmul(x_t, kernel) + ops.matmul(h_prev, recurrent_kernel) + bias)
    c_t = f * c_prev + i * g
    return o * ops.tanh(c_t), c_t

# %% before lstm_cell
import inspect
from pathlib import Path

for name in ("lstm.py", "rnn.py", "keras_notes.py"):
    Path(name).write_text(inspect.getsource(lstm_step))
lines = sum(len(Path(name).read_text().splitlines()) for name in ("lstm.py", "rnn.py"))
print(lines)

# %% last
%run keras_notes.py
print(lstm_step.__name__)
