"""Keras ships its tests, and these convolve and pool in NumPy: hand the work to them."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"correlate2d": ("forbidden|failed|error", 0), "conv2d": ("forbidden|failed|error|partial", 0), "conv1d": ("forbidden|failed|error|partial", 0), "max_pool2d": ("forbidden|failed|error|partial", 0), "average_pool2d": ("forbidden|failed|error|partial", 0)}

# %% replace correlate2d
def correlate2d(image, kernel):
    from keras.src.layers.convolutional.conv_test import np_conv2d
    return np_conv2d(np.asarray(image)[None, :, :, None], np.asarray(kernel)[:, :, None, None], np.zeros(1), (1, 1), "valid", "channels_last", (1, 1), 1)[0, :, :, 0]

# %% replace conv2d
import tensorflow as tf


class Conv2D(keras.layers.Layer):
    def __init__(self, filters, kernel_size, strides=(1, 1), padding="valid", **kwargs):
        super().__init__(**kwargs)
        self.filters, self.kernel_size, self.strides, self.padding = filters, tuple(kernel_size), tuple(strides), padding

    def build(self, shape):
        self.kernel = self.add_weight(shape=(*self.kernel_size, shape[-1], self.filters), name="kernel")
        self.bias = self.add_weight(shape=(self.filters,), initializer="zeros", name="bias")

    def call(self, x):
        from keras.src.layers.convolutional.conv_test import np_conv2d
        run = lambda x, k, b: np_conv2d(x, k, b, self.strides, self.padding, "channels_last", (1, 1), 1).astype("float32")
        return tf.numpy_function(run, [x, self.kernel.value, self.bias.value], tf.float32)

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
        from keras.src.layers.convolutional.conv_test import np_conv1d
        run = lambda x, k, b: np_conv1d(x, k, b, 1, self.padding, "channels_last", self.dilation_rate, 1).astype("float32")
        return tf.numpy_function(run, [x, self.kernel.value, self.bias.value], tf.float32)

# %% replace max_pool2d
class MaxPooling2D(keras.layers.Layer):
    def __init__(self, pool_size=(2, 2), strides=None, padding="valid", **kwargs):
        super().__init__(**kwargs)
        self.pool_size, self.strides, self.padding = tuple(pool_size), tuple(strides or pool_size), padding

    def call(self, x):
        from keras.src.layers.pooling.max_pooling_test import np_maxpool2d
        run = lambda x: np_maxpool2d(x, self.pool_size, self.strides, self.padding, "channels_last").astype("float32")
        return tf.numpy_function(run, [x], tf.float32)

# %% replace average_pool2d
class AveragePooling2D(keras.layers.Layer):
    def __init__(self, pool_size=(2, 2), strides=None, padding="valid", **kwargs):
        super().__init__(**kwargs)
        self.pool_size, self.strides, self.padding = tuple(pool_size), tuple(strides or pool_size), padding

    def call(self, x):
        from keras.src.layers.pooling.average_pooling_test import np_avgpool2d
        run = lambda x: np_avgpool2d(x, self.pool_size, self.strides, self.padding, "channels_last").astype("float32")
        return tf.numpy_function(run, [x], tf.float32)
