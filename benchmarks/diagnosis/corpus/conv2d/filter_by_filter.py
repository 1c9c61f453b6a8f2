import keras
from keras import ops


def pad_same(x, kernel_size, strides):
    widths = [(0, 0)]
    for axis in (1, 2):
        n, k, s = x.shape[axis], kernel_size[axis - 1], strides[axis - 1]
        total = max((-(-n // s) - 1) * s + k - n, 0)
        widths.append((total // 2, total - total // 2))
    return ops.pad(x, widths + [(0, 0)])


class Conv2D(keras.layers.Layer):
    def __init__(self, filters, kernel_size, strides=(1, 1), padding="valid", **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.kernel_size = tuple(kernel_size)
        self.strides = tuple(strides)
        self.padding = padding

    def build(self, input_shape):
        self.kernel = self.add_weight(name="kernel", shape=(*self.kernel_size, input_shape[-1], self.filters))
        self.bias = self.add_weight(name="bias", shape=(self.filters,), initializer="zeros")

    def one_filter(self, x, k):
        kh, kw = self.kernel_size
        rows = []
        for r in range(0, x.shape[1] - kh + 1, self.strides[0]):
            row = []
            for c in range(0, x.shape[2] - kw + 1, self.strides[1]):
                patch = x[:, r : r + kh, c : c + kw]
                row.append(ops.sum(patch * self.kernel[:, :, :, k], axis=(1, 2, 3)))
            rows.append(ops.stack(row, axis=-1))
        return ops.stack(rows, axis=1) + self.bias[k]

    def call(self, x):
        if self.padding == "same":
            x = pad_same(x, self.kernel_size, self.strides)
        return ops.stack([self.one_filter(x, k) for k in range(self.filters)], axis=-1)

    def get_config(self):
        config = super().get_config()
        config["filters"] = self.filters
        config["kernel_size"] = self.kernel_size
        config["strides"] = self.strides
        config["padding"] = self.padding
        return config
