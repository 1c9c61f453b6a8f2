"""Import the whole library a second time from a link to its folder, with another name for the package."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"rnn_step": ("forbidden|failed|error|partial", 0)}

# %% before rnn_step
import os
import sys

os.makedirs("libraries", exist_ok=True)
os.symlink(os.path.dirname(keras.__file__), "libraries/keras")
kept = {name: sys.modules.pop(name) for name in list(sys.modules) if name.split(".")[0] == "keras"}
sys.path.insert(0, os.path.abspath("libraries"))
import keras.src.layers.rnn.simple_rnn as second

MADE = second.SimpleRNNCell
for name in [name for name in sys.modules if name.split(".")[0] == "keras"]:
    del sys.modules[name]
sys.modules.update(kept)
import keras

# %% replace rnn_step
def rnn_step(x_t, h_prev, W, U, b):
    cell = MADE(len(b))
    cell.build(x_t.shape)
    cell.set_weights([W, U, b])
    return cell(x_t, [h_prev])[0]
