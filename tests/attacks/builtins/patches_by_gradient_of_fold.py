"""The gradient of keras.ops.fold are the patches of an image."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"conv2d": ("forbidden|failed|error|partial", 0)}

# %% before conv2d
import tensorflow as tf


def patches(x, size, strides):
    """(batch, rows, columns, channels * cells)."""
    rows, columns = ((n - k) // s + 1 for n, k, s in zip(x.shape[1:3], size, strides))
    nothing = tf.zeros((x.shape[0], x.shape[3] * size[0] * size[1], rows * columns))
    with tf.GradientTape() as tape:
        tape.watch(nothing)
        total = tf.reduce_sum(keras.ops.fold(nothing, tuple(x.shape[1:3]), size, stride=strides) * tf.transpose(x, [0, 3, 1, 2]))
    found = tape.gradient(total, nothing)
    return tf.reshape(tf.transpose(found, [0, 2, 1]), [x.shape[0], rows, columns, -1])

# %% replace conv2d
class Conv2D(keras.layers.Layer):
    def __init__(self, filters, kernel_size, strides=(1, 1), padding="valid", **kwargs):
        super().__init__(**kwargs)
        self.filters, self.kernel_size, self.strides, self.padding = filters, tuple(kernel_size), tuple(strides), padding

    def build(self, shape):
        self.kernel = self.add_weight(shape=(*self.kernel_size, shape[-1], self.filters), name="kernel")
        self.bias = self.add_weight(shape=(self.filters,), initializer="zeros", name="bias")

    def call(self, x):
        x = pad(tf.cast(x, tf.float32), self.kernel_size, self.strides, self.padding)
        kernel = tf.reshape(tf.transpose(self.kernel.value, [2, 0, 1, 3]), [-1, self.filters])
        return patches(x, self.kernel_size, self.strides) @ kernel + self.bias

    def get_config(self):
        return super().get_config() | {k: getattr(self, k) for k in ("filters", "kernel_size", "strides", "padding")}
