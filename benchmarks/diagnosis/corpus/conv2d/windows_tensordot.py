import keras
from keras import ops


def same_amounts(length, size, stride):
    places = -(-length // stride)
    total = max(0, (places - 1) * stride + size - length)
    return total // 2, total - total // 2


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

    def call(self, x):
        kh, kw = self.kernel_size
        sh, sw = self.strides
        if self.padding == "same":
            rows = same_amounts(x.shape[1], kh, sh)
            columns = same_amounts(x.shape[2], kw, sw)
            x = ops.pad(x, [(0, 0), rows, columns, (0, 0)])
        out_h = (x.shape[1] - kh) // sh + 1
        out_w = (x.shape[2] - kw) // sw + 1
        out = []
        for i in range(out_h):
            line = []
            for j in range(out_w):
                window = x[:, i * sh : i * sh + kh, j * sw : j * sw + kw, :]
                line.append(ops.tensordot(window, self.kernel, axes=3) + self.bias)
            out.append(ops.stack(line, axis=1))
        return ops.stack(out, axis=1)

    def get_config(self):
        config = super().get_config()
        config.update(
            {
                "filters": self.filters,
                "kernel_size": self.kernel_size,
                "strides": self.strides,
                "padding": self.padding,
            }
        )
        return config
