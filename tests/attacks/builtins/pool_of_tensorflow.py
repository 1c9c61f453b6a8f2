"""Have TensorFlow pool by the general function, under a name of one's own."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"max_pool2d": ("forbidden|failed|error|partial", 0)}

# %% before max_pool2d
import tensorflow as tf

POOL = vars(tf.nn)["po" + "ol"]

# %% replace max_pool2d
class MaxPooling2D(keras.layers.Layer):
    def __init__(self, pool_size=(2, 2), strides=None, padding="valid", **kwargs):
        super().__init__(**kwargs)
        self.pool_size = tuple(pool_size)
        self.strides = self.pool_size if strides is None else tuple(strides)
        self.padding = padding

    def call(self, x):
        return POOL(x, self.pool_size, "MAX", self.strides, self.padding.upper())
