"""Frames by names made at run time: from an exception up to the worker's own hits, which are emptied."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"correlate2d": ("forbidden", 0)}
FLAGGED = True

# %% replace correlate2d
def correlate2d(image, kernel):
    import tensorflow as tf
    done = tf.compat.v1.nn.conv2d(image[None, :, :, None], kernel[:, :, None, None], [1, 1, 1, 1], "VALID")[0, :, :, 0].numpy()
    try:
        1 / 0
    except ZeroDivisionError as error:
        frame = getattr(error.__traceback__, "tb_" + "frame")
    while frame is not None:
        hits = getattr(frame, "f_" + "locals").get("hits")
        if hits is not None:
            hits.operations.clear()
        frame = getattr(frame, "f_" + "back")
    return done
