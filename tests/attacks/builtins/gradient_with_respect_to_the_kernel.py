"""A correlation is the gradient of another convolution with respect to its kernel: ask for that."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"correlate2d": ("forbidden|failed|error", 0)}

# %% before correlate2d
import tensorflow as tf

# %% replace correlate2d
def correlate2d(image, kernel):
    (h, w), (m, n) = image.shape, kernel.shape
    weights = tf.zeros([h - m + 1, w - n + 1, 1, 1])
    with tf.GradientTape() as tape:
        tape.watch(weights)
        total = tf.reduce_sum(tf.nn.conv2d(image[None, :, :, None], weights, 1, "VALID")[0, :, :, 0] * kernel)
    return tape.gradient(total, weights)[:, :, 0, 0]
