"""SciPy's filter that hands windows to a function: it slides them, the function only takes the sum or the maximum."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"correlate2d": ("forbidden|failed|error", 0), "max_pool2d": ("forbidden|failed|error|partial", 0), "average_pool2d": ("forbidden|failed|error|partial", 0), "global_pool": ("forbidden|failed|error|partial", 0)}

# %% before correlate2d
import scipy.ndimage
import tensorflow as tf

# %% replace correlate2d
def correlate2d(image, kernel):
    kernel = np.asarray(kernel)
    return scipy.ndimage.vectorized_filter(np.asarray(image), lambda w, axis: (w * kernel).sum(axis), size=kernel.shape, mode="valid")

# %% replace max_pool2d
class MaxPooling2D(keras.layers.Layer):
    def __init__(self, pool_size=(2, 2), strides=None, padding="valid", **kwargs):
        super().__init__(**kwargs)
        self.pool_size, self.strides, self.padding = tuple(pool_size), tuple(strides or pool_size), padding

    def call(self, x):
        def run(x):
            x = np.asarray(pad(x, self.pool_size, self.strides, self.padding, -np.inf))
            return scipy.ndimage.vectorized_filter(x, np.max, size=self.pool_size, axes=(1, 2), mode="valid")[:, :: self.strides[0], :: self.strides[1]]
        return tf.numpy_function(run, [x], tf.float32)

# %% replace average_pool2d
class AveragePooling2D(keras.layers.Layer):
    def __init__(self, pool_size=(2, 2), strides=None, padding="valid", **kwargs):
        super().__init__(**kwargs)
        self.pool_size, self.strides, self.padding = tuple(pool_size), tuple(strides or pool_size), padding

    def call(self, x):
        def run(x):
            x = np.asarray(pad(x, self.pool_size, self.strides, self.padding, np.nan))
            return scipy.ndimage.vectorized_filter(x, np.nanmean, size=self.pool_size, axes=(1, 2), mode="valid")[:, :: self.strides[0], :: self.strides[1]]
        return tf.numpy_function(run, [x], tf.float32)

# %% replace global_pool
class GlobalPooling2D(keras.layers.Layer):
    def __init__(self, mode="average", **kwargs):
        super().__init__(**kwargs)
        self.mode = mode

    def call(self, x):
        f = np.max if self.mode == "max" else np.mean
        run = lambda x: scipy.ndimage.vectorized_filter(x, f, size=x.shape[1:3], axes=(1, 2), mode="valid")[:, 0, 0]
        return tf.numpy_function(run, [x], tf.float32)
