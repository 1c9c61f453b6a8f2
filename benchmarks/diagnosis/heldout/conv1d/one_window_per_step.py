import keras
from keras import ops


def same_amounts(length, size, stride):
    out = -(-length // stride)
    total = max(0, (out - 1) * stride + size - length)
    return total // 2, total - total // 2


class Conv1D(keras.layers.Layer):
    def __init__(self, filters, kernel_size, padding="valid", dilation_rate=1, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.kernel_size = kernel_size
        self.padding = padding
        self.dilation_rate = dilation_rate

    def build(self, input_shape):
        channels = input_shape[-1]
        self.kernel = self.add_weight(name="kernel", shape=(self.kernel_size, channels, self.filters))
        self.bias = self.add_weight(name="bias", shape=(self.filters,), initializer="zeros")

    def call(self, x):
        span = self.dilation_rate * (self.kernel_size - 1) + 1
        before, after = 0, 0
        if self.padding == "same":
            before, after = same_amounts(x.shape[1], span, 1)
        elif self.padding == "causal":
            before = span - 1
        x = ops.pad(x, [[0, 0], [before, after], [0, 0]])
        steps = []
        for t in range(x.shape[1] - span + 1):
            window = x[:, t : t + span : self.dilation_rate]
            steps.append(ops.tensordot(window, self.kernel, axes=2) + self.bias)
        return ops.stack(steps, axis=1)

    def get_config(self):
        config = super().get_config()
        config.update(
            filters=self.filters,
            kernel_size=self.kernel_size,
            padding=self.padding,
            dilation_rate=self.dilation_rate,
        )
        return config
