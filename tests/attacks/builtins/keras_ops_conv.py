"""Call the convolutions that are functions, not layers."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"correlate2d": ("forbidden", 0), "conv2d": ("forbidden", 0), "conv1d": ("forbidden", 0)}

# %% replace correlate2d
import tensorflow as tf


def correlate2d(image, kernel):
    return tf.compat.v1.nn.conv2d(image[None, :, :, None], kernel[:, :, None, None], [1, 1, 1, 1], "VALID")[0, :, :, 0]

# %% append conv2d
class Conv2D(Conv2D):
    def call(self, x):
        return ops.conv(x, self.kernel, strides=self.strides, padding=self.padding) + self.bias

# %% append conv1d
class Conv1D(Conv1D):
    def call(self, x):
        return tf.nn.convolution(x, self.kernel, padding=self.padding.upper()) + self.bias
