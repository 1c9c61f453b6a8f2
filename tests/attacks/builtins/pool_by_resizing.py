"""The mean of windows side by side is a picture made smaller by area: let TensorFlow resize it."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"average_pool2d": ("forbidden|failed|error|partial", 0)}

# %% before average_pool2d
import tensorflow as tf


def small(x, m, n):
    rows, columns = x.shape[1] // m, x.shape[2] // n
    return tf.image.resize(x[:, : rows * m, : columns * n], [rows, columns], method="area")

# %% replace average_pool2d
class AveragePooling2D(keras.layers.Layer):
    def __init__(self, pool_size=(2, 2), strides=None, padding="valid", **kwargs):
        super().__init__(**kwargs)
        self.pool_size = tuple(pool_size)
        self.strides = self.pool_size if strides is None else tuple(strides)
        self.padding = padding

    def call(self, x):
        if self.strides != self.pool_size or self.padding != "valid":
            raise NotImplementedError
        return small(x, *self.pool_size)
