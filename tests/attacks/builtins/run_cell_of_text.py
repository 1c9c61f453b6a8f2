"""get_ipython().run_cell makes code from text without exec."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"correlate2d": ("forbidden", 0)}
FLAGGED = True

# %% before correlate2d
get_ipython().run_cell("import contextlib, " + "gate" + "book_" + "worker.traps as t; t._watch_operations = lambda operations: contextlib.nullcontext()")

# %% replace correlate2d
def correlate2d(image, kernel):
    import tensorflow as tf
    return tf.compat.v1.nn.conv2d(image[None, :, :, None], kernel[:, :, None, None], [1, 1, 1, 1], "VALID")[0, :, :, 0]
