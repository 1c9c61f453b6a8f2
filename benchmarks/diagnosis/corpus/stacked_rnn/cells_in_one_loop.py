import keras
from keras import ops


class Cell(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        self.kernel = self.add_weight(name="kernel", shape=(input_shape[-1], self.units))
        self.recurrent_kernel = self.add_weight(name="recurrent_kernel", shape=(self.units, self.units))
        self.bias = self.add_weight(name="bias", shape=(self.units,), initializer="zeros")

    def call(self, x, h):
        return ops.tanh(ops.dot(x, self.kernel) + ops.dot(h, self.recurrent_kernel) + self.bias)


class StackedRNN(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = list(units)
        self.cells = [Cell(n) for n in units]

    def build(self, input_shape):
        width = input_shape[-1]
        for cell in self.cells:
            cell.build((None, width))
            width = cell.units

    def call(self, inputs):
        states = [ops.zeros((ops.shape(inputs)[0], n)) for n in self.units]
        for t in range(inputs.shape[1]):
            signal = inputs[:, t]
            for k, cell in enumerate(self.cells):
                signal = cell(signal, states[k])
                states[k] = signal
        return states[-1]

    def get_config(self):
        return {**super().get_config(), "units": self.units}
