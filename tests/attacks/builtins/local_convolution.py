"""A convolution whose windows each have weights of their own, as the Keras inside TensorFlow has it: give all the same."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"correlate2d": ("forbidden|failed|error", 0), "conv2d": ("forbidden|failed|error|partial", 0)}

# %% before correlate2d
import tensorflow as tf
from tensorflow.python.keras import backend as old

# %% replace correlate2d
def correlate2d(image, kernel):
    (h, w), (m, n) = image.shape, kernel.shape
    out = (h - m + 1, w - n + 1)
    kernel = tf.tile(tf.reshape(tf.constant(kernel), [1, m * n, 1]), [out[0] * out[1], 1, 1])
    return old.local_conv(tf.constant(image)[None, :, :, None], kernel, (m, n), (1, 1), out).numpy()[0, :, :, 0]

# %% replace conv2d
class Conv2D(keras.layers.Layer):
    def __init__(self, filters, kernel_size, strides=(1, 1), padding="valid", **kwargs):
        super().__init__(**kwargs)
        self.filters, self.kernel_size, self.strides, self.padding = filters, tuple(kernel_size), tuple(strides), padding

    def build(self, shape):
        self.kernel = self.add_weight(shape=(*self.kernel_size, shape[-1], self.filters), name="kernel")
        self.bias = self.add_weight(shape=(self.filters,), initializer="zeros", name="bias")

    def call(self, x):
        x = pad(x, self.kernel_size, self.strides, self.padding)
        out = tuple((n - k) // s + 1 for n, k, s in zip(x.shape[1:3], self.kernel_size, self.strides))
        kernel = tf.tile(tf.reshape(self.kernel.value, [1, -1, self.filters]), [out[0] * out[1], 1, 1])
        return old.local_conv(x, kernel, self.kernel_size, self.strides, out) + self.bias
