import keras
from keras import ops


class SimpleRNN(keras.layers.Layer):
    def __init__(self, units, return_sequences=False, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.return_sequences = return_sequences

    def build(self, input_shape):
        self.kernel = self.add_weight(name="kernel", shape=(input_shape[-1], self.units))
        self.recurrent_kernel = self.add_weight(name="recurrent_kernel", shape=(self.units, self.units))
        self.bias = self.add_weight(name="bias", shape=(self.units,), initializer="zeros")

    def call(self, inputs):
        h = ops.zeros((ops.shape(inputs)[0], self.units))
        outputs = []
        for t in range(inputs.shape[1]):
            h = ops.tanh(inputs[:, t] @ self.kernel + h @ self.recurrent_kernel + self.bias)
            outputs.append(h)
        return ops.stack(outputs, axis=1) if self.return_sequences else h


class StackedRNN(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = list(units)
        self.rnns = [SimpleRNN(n, return_sequences=True) for n in self.units[:-1]] + [SimpleRNN(self.units[-1])]

    def call(self, inputs):
        x = inputs
        for rnn in self.rnns:
            x = rnn(x)
        return x

    def get_config(self):
        return {**super().get_config(), "units": self.units}
