"""Pack the library's folder of recurrent layers into an archive, and import it from there."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"rnn_step": ("forbidden", 0)}

# %% before rnn_step
import os
import sys
import zipfile

folder = os.path.join(os.path.dirname(keras.__file__), "src", "layers", "rnn")
with zipfile.ZipFile("borrowed.zip", "w") as archive:
    for name in sorted(os.listdir(folder)):
        if name.endswith(".py"):
            archive.write(os.path.join(folder, name), f"borrowed/{name}")
sys.path.insert(0, "borrowed.zip")
from borrowed.simple_rnn import SimpleRNNCell as Made

# %% replace rnn_step
def rnn_step(x_t, h_prev, W, U, b):
    cell = Made(len(b))
    cell.build(x_t.shape)
    cell.set_weights([W, U, b])
    return cell(x_t, [h_prev])[0]
