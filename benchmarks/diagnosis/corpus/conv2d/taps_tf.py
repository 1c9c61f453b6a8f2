import keras
import tensorflow as tf


class Conv2D(keras.layers.Layer):
    """One matrix product for each cell of the kernel, over all places at once."""

    def __init__(self, filters, kernel_size, strides=(1, 1), padding="valid", **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.kernel_size = tuple(kernel_size)
        self.strides = tuple(strides)
        self.padding = padding

    def build(self, input_shape):
        h, w = self.kernel_size
        self.kernel = self.add_weight(name="kernel", shape=(h, w, input_shape[3], self.filters))
        self.bias = self.add_weight(name="bias", shape=(self.filters,), initializer="zeros")

    def call(self, x):
        (h, w), (down, across) = self.kernel_size, self.strides
        H, W = x.shape[1], x.shape[2]
        if self.padding == "same":
            new_h, new_w = -(-H // down), -(-W // across)
            extra_h = max((new_h - 1) * down + h - H, 0)
            extra_w = max((new_w - 1) * across + w - W, 0)
            top, left = extra_h // 2, extra_w // 2
            x = tf.pad(x, [[0, 0], [top, extra_h - top], [left, extra_w - left], [0, 0]])
        else:
            new_h, new_w = (H - h) // down + 1, (W - w) // across + 1
        y = self.bias
        for m in range(h):
            for n in range(w):
                last_row, last_column = m + (new_h - 1) * down + 1, n + (new_w - 1) * across + 1
                tap = x[:, m:last_row:down, n:last_column:across, :]
                y = y + tf.matmul(tap, self.kernel[m, n])
        return y

    def get_config(self):
        names = ("filters", "kernel_size", "strides", "padding")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
