import keras
from keras import ops


class Floor(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        rows = input_shape[-1] + self.units
        self.joined_kernel = self.add_weight(name="joined_kernel", shape=(rows, self.units))
        self.bias = self.add_weight(name="bias", shape=(self.units,), initializer="zeros")

    def call(self, steps):
        """From (time, batch, width) to (time, batch, units)."""

        def go(h, x):
            h = ops.tanh(ops.concatenate([x, h], axis=-1) @ self.joined_kernel + self.bias)
            return h, h

        zero = ops.zeros((ops.shape(steps)[1], self.units))
        return ops.scan(go, zero, steps)[1]


class StackedRNN(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = list(units)
        self.floors = [Floor(n) for n in self.units]

    def call(self, inputs):
        steps = ops.swapaxes(inputs, 0, 1)
        for floor in self.floors:
            steps = floor(steps)
        return steps[-1]

    def get_config(self):
        return {**super().get_config(), "units": self.units}
