import keras
from keras import ops


def 填充(长, 窗, 步):
    输出 = (长 + 步 - 1) // 步
    总 = max((输出 - 1) * 步 + 窗 - 长, 0)
    return [总 // 2, 总 - 总 // 2]


class Conv2D(keras.layers.Layer):
    def __init__(self, filters, kernel_size, strides=(1, 1), padding="valid", **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.kernel_size = tuple(kernel_size)
        self.strides = tuple(strides)
        self.padding = padding

    def build(self, input_shape):
        shape = self.kernel_size + (input_shape[-1], self.filters)
        self.kernel = self.add_weight(shape=shape, initializer="glorot_uniform", name="kernel")
        self.bias = self.add_weight(shape=(self.filters,), initializer="zeros", name="bias")

    def call(self, x):
        if self.padding == "same":
            行 = 填充(x.shape[1], self.kernel_size[0], self.strides[0])
            列 = 填充(x.shape[2], self.kernel_size[1], self.strides[1])
            x = ops.pad(x, [[0, 0], 行, 列, [0, 0]])
        channels = x.shape[3]
        kh, kw = self.kernel_size
        tops = list(range(0, x.shape[1] - kh + 1, self.strides[0]))
        lefts = list(range(0, x.shape[2] - kw + 1, self.strides[1]))
        columns = []
        for a in tops:
            for b in lefts:
                columns.append(ops.reshape(x[:, a : a + kh, b : b + kw, :], (-1, kh * kw * channels)))
        columns = ops.stack(columns, axis=1)
        weights = ops.reshape(self.kernel, (kh * kw * channels, self.filters))
        y = columns @ weights + self.bias
        return ops.reshape(y, (-1, len(tops), len(lefts), self.filters))

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "strides": self.strides,
            "padding": self.padding,
        }
