import keras
from keras import ops


class SimpleRNN(keras.layers.Layer):
    def __init__(self, units, return_sequences=False, return_state=False, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.return_sequences = return_sequences
        self.return_state = return_state

    def build(self, input_shape):
        self.kernel = self.add_weight(name="kernel", shape=(input_shape[-1], self.units))
        self.recurrent_kernel = self.add_weight(name="recurrent_kernel", shape=(self.units, self.units))
        self.bias = self.add_weight(name="bias", shape=(self.units,), initializer="zeros")

    def call(self, inputs, initial_state=None):
        h_0 = ops.zeros_like(inputs[:, 0] @ self.kernel) if initial_state is None else initial_state[0]

        def step(h, x_t):
            h = ops.tanh(x_t @ self.kernel + h @ self.recurrent_kernel + self.bias)
            return h, h

        last, every = ops.scan(step, h_0, ops.moveaxis(inputs, 1, 0))
        output = ops.moveaxis(every, 0, 1) if self.return_sequences else last
        if self.return_state:
            return [output, last]
        return output

    def get_config(self):
        return {
            **super().get_config(),
            "units": self.units,
            "return_sequences": self.return_sequences,
            "return_state": self.return_state,
        }
