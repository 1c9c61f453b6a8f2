import keras
from keras import ops


class LSTMCell(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.state_size = [units, units]
        self.output_size = units

    def build(self, input_shape):
        self.W, self.U, self.b = {}, {}, {}
        for k in ["i", "f", "c", "o"]:
            self.W[k] = self.add_weight(name="W_" + k, shape=(input_shape[-1], self.units))
            self.U[k] = self.add_weight(name="U_" + k, shape=(self.units, self.units))
            self.b[k] = self.add_weight(name="b_" + k, shape=(self.units,), initializer="zeros")

    def pre(self, k, x, h):
        return ops.dot(x, self.W[k]) + ops.dot(h, self.U[k]) + self.b[k]

    def call(self, inputs, states, training=False):
        h, c = states
        keep = ops.sigmoid(self.pre("f", inputs, h))
        write = ops.sigmoid(self.pre("i", inputs, h))
        show = ops.sigmoid(self.pre("o", inputs, h))
        new = ops.tanh(self.pre("c", inputs, h))
        c = keep * c + write * new
        h = show * ops.tanh(c)
        return h, [h, c]

    def get_config(self):
        return {**super().get_config(), "units": self.units}
