import keras
from keras import ops


class Conv1D(keras.layers.Layer):
    """Every number by itself: slow, but the formula can be read."""

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
        time = x.shape[1]
        reach = self.dilation_rate * (self.kernel_size - 1)
        if self.padding == "valid":
            first, n = 0, time - reach
        elif self.padding == "same":
            first, n = -(reach // 2), time
        else:
            first, n = -reach, time
        y = []
        for t in range(n):
            total = self.bias + ops.zeros_like(x[:, 0, :1])
            for k in range(self.kernel_size):
                place = first + t + k * self.dilation_rate
                if 0 <= place < time:  # outside there is nothing but zeros
                    total = total + x[:, place, :] @ self.kernel[k]
            y.append(total)
        return ops.stack(y, axis=1)

    def get_config(self):
        config = super().get_config()
        config["filters"] = self.filters
        config["kernel_size"] = self.kernel_size
        config["padding"] = self.padding
        config["dilation_rate"] = self.dilation_rate
        return config
