import keras
from keras import ops


def 一步(x, h, c, W, b):
    z = ops.matmul(ops.concatenate([x, h], axis=-1), W) + b
    i, f, g, o = ops.split(z, 4, axis=-1)
    c = ops.sigmoid(f) * c + ops.sigmoid(i) * ops.tanh(g)
    return ops.sigmoid(o) * ops.tanh(c), c


class LSTM(keras.layers.Layer):
    def __init__(self, units, return_sequences=False, return_state=False, go_backwards=False, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.return_sequences = return_sequences
        self.return_state = return_state
        self.go_backwards = go_backwards

    def build(self, input_shape):
        self.joined_kernel = self.add_weight(
            name="joined_kernel", shape=(input_shape[-1] + self.units, 4 * self.units), initializer="glorot_uniform"
        )
        self.bias = self.add_weight(name="bias", shape=(4 * self.units,), initializer="zeros")

    def call(self, inputs, initial_state=None):
        if initial_state is None:
            零 = ops.zeros((ops.shape(inputs)[0], self.units))
            initial_state = [零, 零]
        h, c = initial_state
        序列 = ops.unstack(inputs, axis=1)
        if self.go_backwards:
            序列 = 序列[::-1]
        隐藏 = []
        for x_t in 序列:
            h, c = 一步(x_t, h, c, self.joined_kernel, self.bias)
            隐藏.append(h)
        输出 = ops.stack(隐藏, axis=1) if self.return_sequences else 隐藏[-1]
        return (输出, h, c) if self.return_state else 输出

    def get_config(self):
        names = ["units", "return_sequences", "return_state", "go_backwards"]
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
