import keras
from keras import ops


class AveragePooling2D(keras.layers.Layer):
    """The sum of shifted and strided copies, divided by the number of real cells."""

    def __init__(self, pool_size=(2, 2), strides=None, padding="valid", **kwargs):
        super().__init__(**kwargs)
        self.pool_size = tuple(pool_size)
        if strides is None:
            self.strides = self.pool_size
        else:
            self.strides = tuple(strides)
        self.padding = padding

    def call(self, x):
        (h, w), (sh, sw) = self.pool_size, self.strides
        real = ops.ones_like(x[:1, :, :, :1])
        if self.padding == "same":
            H, W = -(-x.shape[1] // sh), -(-x.shape[2] // sw)
            eh, ew = max((H - 1) * sh + h - x.shape[1], 0), max((W - 1) * sw + w - x.shape[2], 0)
            border = [(0, 0), (eh // 2, eh - eh // 2), (ew // 2, ew - ew // 2), (0, 0)]
            x, real = ops.pad(x, border), ops.pad(real, border)
        else:
            H, W = (x.shape[1] - h) // sh + 1, (x.shape[2] - w) // sw + 1
        total, count = 0.0, 0.0
        for m in range(h):
            for n in range(w):
                rows, columns = slice(m, m + (H - 1) * sh + 1, sh), slice(n, n + (W - 1) * sw + 1, sw)
                total = total + x[:, rows, columns]
                count = count + real[:, rows, columns]
        return total / count
