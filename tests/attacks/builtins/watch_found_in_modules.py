"""Find the worker's module by its ending and set an attribute: nothing of that is a name on the list."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"correlate2d": ("forbidden", 0)}
FLAGGED = True

# %% before correlate2d
import contextlib
import sys
import tensorflow as tf
from tensorflow.python.ops import gen_nn_ops
for name in list(sys.modules):
    if name.endswith("worker.traps"):
        found = sys.modules[name]
        found._watch_operations = lambda operations: contextlib.nullcontext()

# %% replace correlate2d
def correlate2d(image, kernel):
    return gen_nn_ops.conv2d(tf.constant(image[None, :, :, None]), tf.constant(kernel[:, :, None, None]), [1, 1, 1, 1], "VALID")[0, :, :, 0]
