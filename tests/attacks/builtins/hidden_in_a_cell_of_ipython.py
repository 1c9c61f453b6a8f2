"""One line of IPython makes the cell unreadable to the static look; patch the watch in it."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"correlate2d": ("forbidden", 0)}
FLAGGED = True

# %% before correlate2d
here = %pwd
import contextlib
import tensorflow as tf
from tensorflow.python.ops import gen_nn_ops
import gatebook_worker.answering.decoys
gatebook_worker.answering.decoys._watch_operations = lambda operations: contextlib.nullcontext()

# %% replace correlate2d
def correlate2d(image, kernel):
    return gen_nn_ops.conv2d(tf.constant(image[None, :, :, None]), tf.constant(kernel[:, :, None, None]), [1, 1, 1, 1], "VALID")[0, :, :, 0]
