"""Use the operation behind the convolution layers."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"correlate2d": ("forbidden", 0)}

# %% replace correlate2d
import tensorflow as tf


def correlate2d(image, kernel):
    done = tf.raw_ops.Conv2D(
        input=image[None, :, :, None], filter=kernel[:, :, None, None], strides=[1, 1, 1, 1], padding="VALID"
    )
    return done[0, :, :, 0]
