import keras
import tensorflow as tf


class MaxPooling2D(keras.layers.Layer):
    """The maximum of shifted and strided copies of the image."""

    def __init__(self, pool_size=(2, 2), strides=None, padding="valid", **kwargs):
        super().__init__(**kwargs)
        self.pool_size = tuple(pool_size)
        if strides is None:
            strides = pool_size
        self.strides = tuple(strides)
        self.padding = padding

    def call(self, x):
        h, w = self.pool_size
        down, across = self.strides
        if self.padding == "same":
            new_h = -(-x.shape[1] // down)
            new_w = -(-x.shape[2] // across)
            eh = max((new_h - 1) * down + h - x.shape[1], 0)
            ew = max((new_w - 1) * across + w - x.shape[2], 0)
            border = [[0, 0], [eh // 2, eh - eh // 2], [ew // 2, ew - ew // 2], [0, 0]]
            x = tf.pad(x, border, constant_values=x.dtype.min)
        else:
            new_h = (x.shape[1] - h) // down + 1
            new_w = (x.shape[2] - w) // across + 1
        best = None
        for m in range(h):
            for n in range(w):
                part = x[:, m : m + (new_h - 1) * down + 1 : down, n : n + (new_w - 1) * across + 1 : across, :]
                best = part if best is None else tf.maximum(best, part)
        return best
