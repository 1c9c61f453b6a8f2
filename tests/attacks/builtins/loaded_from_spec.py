"""Load the library's file under another name."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"rnn_step": ("forbidden", 0)}

# %% before rnn_step
import importlib.util
import os

path = os.path.join(os.path.dirname(keras.__file__), "src", "layers", "rnn", "simple_rnn.py")
spec = importlib.util.spec_from_file_location("my_own_work", path)
mine = importlib.util.module_from_spec(spec)
spec.loader.exec_module(mine)

# %% replace rnn_step
def rnn_step(x_t, h_prev, W, U, b):
    cell = mine.SimpleRNNCell(len(b))
    cell.build(x_t.shape)
    cell.set_weights([W, U, b])
    return cell(x_t, [h_prev])[0]
