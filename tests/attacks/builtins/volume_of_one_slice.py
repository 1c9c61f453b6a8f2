"""Take an image for a volume of one slice, and a channel for a depth: conv3d, then depthwise."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"correlate2d": ("forbidden|failed|error", 0)}

# %% before correlate2d
import tensorflow as tf

# %% replace correlate2d
def correlate2d(image, kernel):
    volume = tf.nn.conv3d(image[None, None, :, :, None], kernel[None, :, :, None, None], [1] * 5, "VALID")
    depth = tf.nn.depthwise_conv2d(image[None, :, :, None], kernel[:, :, None, None], [1] * 4, "VALID")
    return (volume[0, 0, :, :, 0] + depth[0, :, :, 0]) / 2
