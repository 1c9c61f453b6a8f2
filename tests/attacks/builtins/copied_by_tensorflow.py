"""Copy the library's file by TensorFlow, and import the copy."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"rnn_step": ("forbidden", 0)}

# %% before rnn_step
import sys
import tensorflow as tf
tf.io.gfile.copy(keras.__file__.replace("__init__.py", "src/layers/rnn/simple_rnn.py"), "mine.py")
sys.path.append(".")
import mine

# %% replace rnn_step
def rnn_step(x_t, h_prev, W, U, b):
    cell = mine.Simple_Cell(len(b)) if hasattr(mine, "Simple_Cell") else getattr(mine, "Simple" + "RNN" + "Cell")(len(b))
    cell.build(x_t.shape)
    cell.set_weights([W, U, b])
    return cell(x_t, [h_prev])[0]
