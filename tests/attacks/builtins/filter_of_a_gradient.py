"""Call the operation that is there for the gradients of a convolution."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"correlate2d": ("forbidden|failed|error", 0)}

# %% before correlate2d
import tensorflow as tf

# %% replace correlate2d
def correlate2d(image, kernel):
    (h, w), (m, n) = image.shape, kernel.shape
    done = tf.compat.v1.nn.conv2d_backprop_filter(
        image[None, :, :, None], [h - m + 1, w - n + 1, 1, 1], kernel[None, :, :, None], [1, 1, 1, 1], "VALID"
    )
    return done[:, :, 0, 0]
