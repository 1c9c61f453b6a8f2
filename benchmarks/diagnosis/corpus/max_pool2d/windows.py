import keras
import numpy as np
from keras import ops


def same_amounts(length, size, stride):
    places = -(-length // stride)
    total = max(0, (places - 1) * stride + size - length)
    return total // 2, total - total // 2


class MaxPooling2D(keras.layers.Layer):
    def __init__(self, pool_size=(2, 2), strides=None, padding="valid", **kwargs):
        super().__init__(**kwargs)
        self.pool_size = tuple(pool_size)
        self.strides = self.pool_size if strides is None else tuple(strides)
        self.padding = padding

    def call(self, x):
        ph, pw = self.pool_size
        sh, sw = self.strides
        if self.padding == "same":
            rows = same_amounts(x.shape[1], ph, sh)
            columns = same_amounts(x.shape[2], pw, sw)
            x = ops.pad(x, [(0, 0), rows, columns, (0, 0)], constant_values=-np.inf)
        rows = []
        for i in range((x.shape[1] - ph) // sh + 1):
            row = []
            for j in range((x.shape[2] - pw) // sw + 1):
                window = x[:, i * sh : i * sh + ph, j * sw : j * sw + pw, :]
                row.append(ops.max(window, axis=(1, 2)))
            rows.append(ops.stack(row, axis=1))
        return ops.stack(rows, axis=1)
