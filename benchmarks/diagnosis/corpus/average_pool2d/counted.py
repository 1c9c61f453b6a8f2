import keras
from keras import ops


def same_amounts(length, size, stride):
    places = -(-length // stride)
    total = max(0, (places - 1) * stride + size - length)
    return total // 2, total - total // 2


def pad(x, window, strides):
    rows = same_amounts(x.shape[1], window[0], strides[0])
    columns = same_amounts(x.shape[2], window[1], strides[1])
    return ops.pad(x, [(0, 0), rows, columns, (0, 0)])


class AveragePooling2D(keras.layers.Layer):
    def __init__(self, pool_size=(2, 2), strides=None, padding="valid", **kwargs):
        super().__init__(**kwargs)
        self.pool_size = tuple(pool_size)
        self.strides = self.pool_size if strides is None else tuple(strides)
        self.padding = padding

    def sums(self, x):
        (h, w), (down, across) = self.pool_size, self.strides
        rows = []
        for i in range(0, x.shape[1] - h + 1, down):
            row = []
            for j in range(0, x.shape[2] - w + 1, across):
                row.append(ops.sum(x[:, i : i + h, j : j + w], axis=(1, 2)))
            rows.append(ops.stack(row, axis=1))
        return ops.stack(rows, axis=1)

    def call(self, x):
        ones = ops.ones_like(x)
        if self.padding == "same":
            x = pad(x, self.pool_size, self.strides)
            ones = pad(ones, self.pool_size, self.strides)
        return self.sums(x) / self.sums(ones)
