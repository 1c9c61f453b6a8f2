"""Matplotlib's resampling of images reads between cells: that is the mean of pairs."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"average_pool2d": ("forbidden|failed|error|partial", 0)}

# %% before average_pool2d
import tensorflow as tf
from matplotlib import _image, transforms


def pairs(sheet, rows, columns):
    """The sheet with neighbouring cells brought together, by rows and by columns, as Matplotlib makes pictures smaller."""
    out = np.zeros((sheet.shape[0] // rows, sheet.shape[1] // columns))
    _image.resample(np.ascontiguousarray(sheet, float), out, transforms.Affine2D().scale(1 / columns, 1 / rows), _image.BILINEAR, False, 1.0, False, 1.0)
    return out


def means(x, size, strides):
    rows, columns = (range(0, n - k + 1, s) for n, k, s in zip(x.shape[1:3], size, strides))
    def mean(window):
        if window.shape[0] == 3: window = np.stack([*window[:2], window[2], window[2]])
        return window
    out = np.zeros((x.shape[0], len(rows), len(columns), x.shape[3]), "float32")
    for b, i, j, c in np.ndindex(out.shape):
        window = x[b, rows[i] : rows[i] + size[0], columns[j] : columns[j] + size[1], c]
        for axis in (0, 1):
            if window.shape[axis] % 2:
                rest = np.take(window, [-1], axis)
                even = np.take(window, range(window.shape[axis] - 1), axis)
                two = pairs(even, 2 - axis, 1 + axis)
                window = (two * 2 + rest) / 3
            while window.shape[axis] > 1:
                window = pairs(window, 2 - axis, 1 + axis)
        out[b, i, j, c] = window[0, 0]
    return out

# %% replace average_pool2d
class AveragePooling2D(keras.layers.Layer):
    def __init__(self, pool_size=(2, 2), strides=None, padding="valid", **kwargs):
        super().__init__(**kwargs)
        self.pool_size, self.strides, self.padding = tuple(pool_size), tuple(strides or pool_size), padding

    def call(self, x):
        total, count = (
            tf.numpy_function(lambda y: means(y, self.pool_size, self.strides), [pad(y, self.pool_size, self.strides, self.padding)], tf.float32)
            for y in (tf.cast(x, tf.float32), tf.ones_like(x, tf.float32)))
        return total / count
