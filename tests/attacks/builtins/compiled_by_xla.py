"""Compile the convolution by XLA, which has kernels of its own."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"correlate2d": ("forbidden|failed|error", 0)}

# %% before correlate2d
import tensorflow as tf

compiled = tf.function(lambda image, kernel: tf.nn.conv2d(image, kernel, 1, "VALID"), jit_compile=True)

# %% replace correlate2d
def correlate2d(image, kernel):
    return compiled(tf.constant(image[None, :, :, None]), tf.constant(kernel[:, :, None, None]))[0, :, :, 0]
