import keras
from keras import ops


def same_amounts(length, size, stride):
    places = -(-length // stride)
    missing = max(0, (places - 1) * stride + size - length)
    before = missing // 2
    return before, missing - before


class Conv2D(keras.layers.Layer):
    def __init__(self, filters, kernel_size, strides=(1, 1), padding="valid", **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.kernel_size = tuple(kernel_size)
        self.strides = tuple(strides)
        self.padding = padding

    def build(self, input_shape):
        kh, kw = self.kernel_size
        self.kernel = self.add_weight(name="kernel", shape=(kh, kw, input_shape[-1], self.filters))
        self.bias = self.add_weight(name="bias", shape=(self.filters,))

    def call(self, x):
        kh, kw = self.kernel_size
        sh, sw = self.strides
        if self.padding == "same":
            top, bottom = same_amounts(x.shape[1], kh, sh)
            left, right = same_amounts(x.shape[2], kw, sw)
            x = ops.pad(x, ((0, 0), (top, bottom), (left, right), (0, 0)))
        height, width = x.shape[1], x.shape[2]
        new_height = (height - kh) // sh + 1
        new_width = (width - kw) // sw + 1
        rows = []
        for i in range(new_height):
            row = []
            for j in range(new_width):
                window = x[:, i * sh : i * sh + kh, j * sw : j * sw + kw, :]
                value = ops.einsum("bmnc,mncf->bf", window, self.kernel)
                row.append(value + self.bias)
            rows.append(ops.stack(row, axis=1))
        return ops.stack(rows, axis=1)

    def get_config(self):
        config = super().get_config()
        config["filters"] = self.filters
        config["kernel_size"] = self.kernel_size
        config["strides"] = self.strides
        config["padding"] = self.padding
        return config
