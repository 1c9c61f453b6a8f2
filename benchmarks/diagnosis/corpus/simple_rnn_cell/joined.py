import keras
from keras import ops


class SimpleRNNCell(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.state_size = units
        self.output_size = units

    def build(self, input_shape):
        rows = input_shape[-1] + self.units
        self.joined_kernel = self.add_weight(name="joined_kernel", shape=(rows, self.units))
        self.bias = self.add_weight(name="bias", shape=(self.units,), initializer="zeros")

    def call(self, inputs, states, training=False):
        xh = ops.concatenate([inputs, states[0]], axis=1)
        h = ops.tanh(xh @ self.joined_kernel + self.bias)
        return h, [h]

    def get_config(self):
        return super().get_config() | {"units": self.units}
