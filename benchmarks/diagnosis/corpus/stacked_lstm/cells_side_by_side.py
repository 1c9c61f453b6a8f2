import keras
from keras import ops


class Cell(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        self.kernel = self.add_weight(name="kernel", shape=(input_shape[-1], 4 * self.units))
        self.recurrent_kernel = self.add_weight(name="recurrent_kernel", shape=(self.units, 4 * self.units))
        self.bias = self.add_weight(name="bias", shape=(4 * self.units,), initializer="zeros")

    def call(self, x, h, c):
        z = ops.dot(x, self.kernel) + ops.dot(h, self.recurrent_kernel) + self.bias
        i, f, g, o = ops.split(z, 4, axis=-1)
        c = ops.sigmoid(f) * c + ops.sigmoid(i) * ops.tanh(g)
        return ops.sigmoid(o) * ops.tanh(c), c


class StackedLSTM(keras.layers.Layer):
    """One loop over time, all layers inside it."""

    def __init__(self, units, return_sequences=False, **kwargs):
        super().__init__(**kwargs)
        self.units = list(units)
        self.return_sequences = return_sequences
        self.cells = [Cell(n) for n in self.units]

    def build(self, input_shape):
        width = input_shape[-1]
        for cell in self.cells:
            cell.build((input_shape[0], width))
            width = cell.units

    def call(self, inputs):
        batch = ops.shape(inputs)[0]
        h = [ops.zeros((batch, n)) for n in self.units]
        c = [ops.zeros((batch, n)) for n in self.units]
        top = []
        for t in range(inputs.shape[1]):
            signal = inputs[:, t]
            for k, cell in enumerate(self.cells):
                h[k], c[k] = cell(signal, h[k], c[k])
                signal = h[k]
            top.append(signal)
        return ops.stack(top, axis=1) if self.return_sequences else top[-1]

    def get_config(self):
        return {**super().get_config(), "units": self.units, "return_sequences": self.return_sequences}
