import keras
from keras import ops


class LSTMCell(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.state_size = [units, units]
        self.output_size = units

    def build(self, input_shape):
        rows = input_shape[-1] + self.units
        self.joined_kernel = self.add_weight(name="joined_kernel", shape=(rows, 4 * self.units))
        self.bias = self.add_weight(name="bias", shape=(4 * self.units,), initializer="zeros")

    def call(self, inputs, states, training=False):
        隐藏, 记忆 = states
        拼接 = ops.concatenate([inputs, 隐藏], axis=-1)
        z = 拼接 @ self.joined_kernel + self.bias
        n = self.units
        输入门 = ops.sigmoid(z[:, :n])
        遗忘门 = ops.sigmoid(z[:, n : 2 * n])
        候选 = ops.tanh(z[:, 2 * n : 3 * n])
        输出门 = ops.sigmoid(z[:, 3 * n :])
        记忆 = 遗忘门 * 记忆 + 输入门 * 候选
        隐藏 = 输出门 * ops.tanh(记忆)
        return 隐藏, [隐藏, 记忆]

    def get_config(self):
        return super().get_config() | {"units": self.units}
