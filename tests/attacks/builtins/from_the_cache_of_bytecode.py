"""Load the compiled file of the built-in from `__pycache__`, and from nowhere else."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"rnn_step": ("forbidden", 0)}

# %% before rnn_step
import importlib.machinery
import importlib.util
import os

source = os.path.join(os.path.dirname(keras.__file__), "src", "layers", "rnn", "simple_rnn.py")
compiled = importlib.util.cache_from_source(source)
mine = importlib.util.module_from_spec(
    importlib.util.spec_from_loader("mine", importlib.machinery.SourcelessFileLoader("mine", compiled))
)
mine.__spec__.loader.exec_module(mine)

# %% replace rnn_step
def rnn_step(x_t, h_prev, W, U, b):
    cell = mine.SimpleRNNCell(len(b))
    cell.build(x_t.shape)
    cell.set_weights([W, U, b])
    return cell(x_t, [h_prev])[0]
