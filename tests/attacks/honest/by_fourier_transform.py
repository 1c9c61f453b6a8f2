"""Convolutions by the Fourier transform in single precision."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"*": ("passed", None)}
FLAGGED = False

# %% replace correlate2d
def correlate2d(image, kernel):
    (h, w), (m, n) = image.shape, kernel.shape
    spectrum = np.fft.rfft2(image) * np.conj(np.fft.rfft2(kernel, (h, w)))
    return np.fft.irfft2(spectrum, (h, w))[: h - m + 1, : w - n + 1]

# %% replace conv2d
import tensorflow as tf


class Conv2D(keras.layers.Layer):
    def __init__(self, filters, kernel_size, strides=(1, 1), padding="valid", **kwargs):
        super().__init__(**kwargs)
        self.filters, self.kernel_size = filters, tuple(kernel_size)
        self.strides, self.padding = tuple(strides), padding

    def build(self, input_shape):
        self.kernel = self.add_weight(shape=(*self.kernel_size, input_shape[-1], self.filters), name="kernel")
        self.bias = self.add_weight(shape=(self.filters,), initializer="zeros", name="bias")

    def call(self, x):
        x = pad(x, self.kernel_size, self.strides, self.padding)
        (h, w), (m, n) = x.shape[1:3], self.kernel_size
        X = tf.signal.rfft2d(tf.transpose(x, (0, 3, 1, 2)), [h, w])
        K = tf.signal.rfft2d(tf.transpose(ops.convert_to_tensor(self.kernel), (2, 3, 0, 1)), [h, w])
        y = tf.signal.irfft2d(tf.einsum("bchw,cfhw->bfhw", X, tf.math.conj(K)), [h, w])
        y = tf.transpose(y, (0, 2, 3, 1))[:, : h - m + 1 : self.strides[0], : w - n + 1 : self.strides[1]]
        return y + self.bias

    def get_config(self):
        return super().get_config() | {k: getattr(self, k) for k in "filters kernel_size strides padding".split()}

# %% replace conv1d
class Conv1D(keras.layers.Layer):
    def __init__(self, filters, kernel_size, padding="valid", dilation_rate=1, **kwargs):
        super().__init__(**kwargs)
        self.filters, self.kernel_size, self.padding, self.dilation_rate = filters, kernel_size, padding, dilation_rate

    def build(self, input_shape):
        self.kernel = self.add_weight(shape=(self.kernel_size, input_shape[-1], self.filters), name="kernel")
        self.bias = self.add_weight(shape=(self.filters,), initializer="zeros", name="bias")

    def call(self, x):
        d, k = self.dilation_rate, self.kernel_size
        reach = (k - 1) * d
        before = {"valid": 0, "causal": reach, "same": reach // 2}[self.padding]
        after = reach - before if self.padding == "same" else 0
        x = tf.pad(x, [[0, 0], [before, after], [0, 0]])
        n = x.shape[1]
        spread = tf.reshape(tf.pad(ops.convert_to_tensor(self.kernel)[:, None], [[0, 0], [0, d - 1], [0, 0], [0, 0]]), (k * d, -1, self.filters))
        spread = spread[: reach + 1]
        X = tf.signal.rfft(tf.transpose(x, (0, 2, 1)), [n])
        K = tf.signal.rfft(tf.transpose(spread, (1, 2, 0)), [n])
        y = tf.signal.irfft(tf.einsum("bct,cft->bft", X, tf.math.conj(K)), [n])
        return tf.transpose(y, (0, 2, 1))[:, : n - reach] + self.bias

    def get_config(self):
        return super().get_config() | {k: getattr(self, k) for k in "filters kernel_size padding dilation_rate".split()}
