import keras
import numpy as np
from keras import ops


class MaxPooling2D(keras.layers.Layer):
    """Gathers all windows by index, and takes the maximum of the last axis but one."""

    def __init__(self, pool_size=(2, 2), strides=None, padding="valid", **kwargs):
        super().__init__(**kwargs)
        self.pool_size = tuple(pool_size)
        self.strides = tuple(strides) if strides else self.pool_size
        self.padding = padding

    def window_index(self, n, k, s):
        return np.arange(0, n - k + 1, s)[:, None] + np.arange(k)[None, :]

    def call(self, x):
        if self.padding == "same":
            border = [(0, 0)]
            for n, k, s in zip(x.shape[1:3], self.pool_size, self.strides):
                total = max(k - s if n % s == 0 else k - n % s, 0)
                border.append((total // 2, total - total // 2))
            border.append((0, 0))
            x = ops.pad(x, border, constant_values=-1e30)
        rows = self.window_index(x.shape[1], self.pool_size[0], self.strides[0])
        columns = self.window_index(x.shape[2], self.pool_size[1], self.strides[1])
        x = ops.take(x, rows, axis=1)  # (batch, new_height, height, width, channels)
        x = ops.max(x, axis=2)
        x = ops.take(x, columns, axis=2)  # (batch, new_height, new_width, width, channels)
        return ops.max(x, axis=3)
