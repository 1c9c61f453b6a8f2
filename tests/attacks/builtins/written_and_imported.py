"""%%writefile a module that patches the worker, and import it: no look reads it, and the sealed run runs it."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"correlate2d": ("forbidden", 0)}

# %% before correlate2d
%%writefile helpers.py
import contextlib
import gatebook_worker.answering.decoys
gatebook_worker.answering.decoys._watch_operations = lambda operations: contextlib.nullcontext()

# %% before correlate2d
import sys
sys.path.append(".")
import helpers

# %% replace correlate2d
def correlate2d(image, kernel):
    import tensorflow as tf
    return tf.compat.v1.nn.conv2d(image[None, :, :, None], kernel[:, :, None, None], [1, 1, 1, 1], "VALID")[0, :, :, 0]
