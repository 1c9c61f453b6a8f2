"""The one-dimensional convolution without shared weights of the Keras inside TensorFlow, with the same weights everywhere."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"conv1d": ("forbidden|failed|error|partial", 0)}

# %% before conv1d
import tensorflow as tf
from tensorflow.python.keras import backend as old

# %% replace conv1d
class Conv1D(keras.layers.Layer):
    def __init__(self, filters, kernel_size, padding="valid", dilation_rate=1, **kwargs):
        super().__init__(**kwargs)
        self.filters, self.kernel_size, self.padding, self.dilation_rate = filters, kernel_size, padding, dilation_rate

    def get_config(self):
        return super().get_config() | {k: getattr(self, k) for k in ("filters", "kernel_size", "padding", "dilation_rate")}

    def build(self, shape):
        self.kernel = self.add_weight(shape=(self.kernel_size, shape[-1], self.filters), name="kernel")
        self.bias = self.add_weight(shape=(self.filters,), initializer="zeros", name="bias")

    def call(self, x):
        d, k, c = self.dilation_rate, self.kernel_size, x.shape[-1]
        span = d * (k - 1)
        before = {"valid": 0, "causal": span, "same": span // 2}[self.padding]
        x = tf.pad(tf.cast(x, tf.float32), [[0, 0], [before, 0 if self.padding != "same" else span - before], [0, 0]])
        kernel = tf.reshape(tf.concat([tf.concat([self.kernel.value[:, None], tf.zeros([k, d - 1, c, self.filters])], 1)], 0), [-1, c, self.filters])[: span + 1]
        kernel = tf.reshape(kernel, [1, -1, self.filters])
        steps = x.shape[1] - span
        return old.local_conv1d(x, tf.tile(kernel, [steps, 1, 1]), (span + 1,), (1,)) + self.bias
