"""%config runs an expression; %timeit runs statements: on lines that the static look empties and finds harmless."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"correlate2d": ("forbidden", 0)}
FLAGGED = True

# %% before correlate2d
%config InlineBackend.rc = (exec("import contextlib, gatebook_worker.answering.decoys as t; t._watch_operations = lambda operations: contextlib.nullcontext()"), {})[1]

# %% replace correlate2d
def correlate2d(image, kernel):
    import tensorflow as tf
    return tf.compat.v1.nn.conv2d(image[None, :, :, None], kernel[:, :, None, None], [1, 1, 1, 1], "VALID")[0, :, :, 0]
