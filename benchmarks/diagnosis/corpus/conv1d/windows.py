import keras
from keras import ops


class Conv1D(keras.layers.Layer):
    def __init__(self, filters, kernel_size, padding="valid", dilation_rate=1, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.kernel_size = kernel_size
        self.padding = padding
        self.dilation_rate = dilation_rate

    def build(self, input_shape):
        self.kernel = self.add_weight(name="kernel", shape=(self.kernel_size, input_shape[-1], self.filters))
        self.bias = self.add_weight(name="bias", shape=(self.filters,), initializer="zeros")

    def call(self, x):
        span = self.dilation_rate * (self.kernel_size - 1) + 1
        if self.padding == "same":
            total = span - 1
            x = ops.pad(x, [(0, 0), (total // 2, total - total // 2), (0, 0)])
        elif self.padding == "causal":
            x = ops.pad(x, [(0, 0), (span - 1, 0), (0, 0)])
        steps = []
        for t in range(x.shape[1] - span + 1):
            window = x[:, t : t + span : self.dilation_rate, :]
            steps.append(ops.tensordot(window, self.kernel, axes=2) + self.bias)
        return ops.stack(steps, axis=1)

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "padding": self.padding,
            "dilation_rate": self.dilation_rate,
        }
