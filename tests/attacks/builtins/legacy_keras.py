"""Take the finder that hides other frameworks out of the way, and use the Keras that TensorFlow carries along."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"rnn_step": ("forbidden", 0)}

# %% before rnn_step
import sys
import tensorflow as tf
if "raps" in type(sys.meta_path[0]).__module__:
    sys.meta_path.pop(0)
from tensorflow.python.keras.layers import recurrent
cell_of = getattr(recurrent, "Simple" + "RNN" + "Cell")

# %% replace rnn_step
def rnn_step(x_t, h_prev, W, U, b):
    cell = cell_of(len(b))
    cell.build(x_t.shape)
    cell.set_weights([W, U, b])
    return cell.call(tf.constant(x_t), [tf.constant(h_prev)])[0]
