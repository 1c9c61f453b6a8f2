import keras
import tensorflow as tf


class Conv1D(keras.layers.Layer):
    def __init__(self, filters, kernel_size, padding="valid", dilation_rate=1, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.kernel_size = kernel_size
        self.padding = padding
        self.dilation_rate = dilation_rate

    def build(self, input_shape):
        self.kernel = self.add_weight(name="kernel", shape=(self.kernel_size, input_shape[2], self.filters))
        self.bias = self.add_weight(name="bias", shape=(self.filters,), initializer="zeros")

    def call(self, x):
        d = self.dilation_rate
        reach = d * (self.kernel_size - 1)
        left = {"valid": 0, "same": reach // 2, "causal": reach}[self.padding]
        right = {"valid": 0, "same": reach - reach // 2, "causal": 0}[self.padding]
        x = tf.pad(x, [[0, 0], [left, right], [0, 0]])
        n = x.shape[1] - reach
        y = tf.zeros((1, 1, self.filters))
        for k in range(self.kernel_size):
            y = y + tf.matmul(x[:, k * d : k * d + n], self.kernel[k])
        return y + self.bias

    def get_config(self):
        config = super().get_config()
        for name in ["filters", "kernel_size", "padding", "dilation_rate"]:
            config[name] = getattr(self, name)
        return config
