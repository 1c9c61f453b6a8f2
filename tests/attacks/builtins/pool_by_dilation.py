"""The maximum of a window is a dilation by zeros: use the operation for that."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"max_pool2d": ("forbidden|failed|error|partial", 0)}

# %% before max_pool2d
import tensorflow as tf

# %% replace max_pool2d
class MaxPooling2D(keras.layers.Layer):
    def __init__(self, pool_size=(2, 2), strides=None, padding="valid", **kwargs):
        super().__init__(**kwargs)
        self.pool_size = tuple(pool_size)
        self.strides = self.pool_size if strides is None else tuple(strides)
        self.padding = padding

    def call(self, x):
        return tf.nn.dilation2d(
            x, tf.zeros([*self.pool_size, x.shape[-1]]), [1, *self.strides, 1], self.padding.upper(), "NHWC", [1, 1, 1, 1]
        )
