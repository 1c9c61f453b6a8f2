"""Ask another Python, in which nobody has set traps."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"rnn_step": ("any", 0)}

# %% replace rnn_step
import subprocess
import sys

PROGRAM = """
import sys, os, pickle
os.environ["KERAS_BACKEND"] = "tensorflow"
x_t, h_prev, W, U, b = pickle.loads(sys.stdin.buffer.read())
import keras
cell = keras.layers.SimpleRNNCell(len(b))
cell.build(x_t.shape)
cell.set_weights([W, U, b])
sys.stdout.buffer.write(pickle.dumps(cell(x_t, [h_prev])[0].numpy()))
"""


def rnn_step(x_t, h_prev, W, U, b):
    import pickle

    asked = pickle.dumps((x_t, h_prev, W, U, b))
    return pickle.loads(subprocess.run([sys.executable, "-c", PROGRAM], input=asked, capture_output=True).stdout)
