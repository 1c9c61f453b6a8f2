import keras
import numpy as np
from keras import ops


class Conv1D(keras.layers.Layer):
    def __init__(self, filters, kernel_size, padding="valid", dilation_rate=1, **kwargs):
        super().__init__(**kwargs)
        self.filters, self.kernel_size = filters, kernel_size
        self.padding, self.dilation_rate = padding, dilation_rate

    def build(self, input_shape):
        self.kernel = self.add_weight(name="kernel", shape=(self.kernel_size, input_shape[-1], self.filters))
        self.bias = self.add_weight(name="bias", shape=(self.filters,), initializer="zeros")

    def call(self, x):
        跨度 = (self.kernel_size - 1) * self.dilation_rate
        if self.padding != "valid":
            前 = 跨度 if self.padding == "causal" else 跨度 // 2
            x = ops.pad(x, [[0, 0], [前, 跨度 - 前], [0, 0]])
        starts = np.arange(x.shape[1] - 跨度)
        offsets = np.arange(self.kernel_size) * self.dilation_rate
        index = starts[:, None] + offsets[None, :]
        windows = ops.take(x, index, axis=1)
        return ops.einsum("btkc,kcf->btf", windows, self.kernel) + self.bias

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "padding": self.padding,
            "dilation_rate": self.dilation_rate,
        }
