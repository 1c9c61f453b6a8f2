"""Have a server of `multiprocessing` do it, a new interpreter that was never told what is forbidden."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"rnn_step": ("forbidden|failed|error|partial", 0)}

# %% before rnn_step
%%writefile beside.py
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"


def answer(x_t, h_prev, W, U, b):
    import keras

    cell = keras.layers.SimpleRNNCell(len(b))
    cell.build(x_t.shape)
    cell.set_weights([W, U, b])
    return cell(x_t, [h_prev])[0].numpy()

# %% before rnn_step
import multiprocessing
import sys

sys.path.insert(0, ".")
import beside

sys.modules["__main__"].__spec__ = None

# %% replace rnn_step
def rnn_step(x_t, h_prev, W, U, b):
    with multiprocessing.get_context("forkserver").Pool(1) as pool:
        return pool.apply(beside.answer, (x_t, h_prev, W, U, b))
