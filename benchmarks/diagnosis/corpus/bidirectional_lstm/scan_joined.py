import keras
from keras import ops


class LSTM(keras.layers.Layer):
    def __init__(self, units, reverse=False, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.reverse = reverse

    def build(self, input_shape):
        rows = input_shape[-1] + self.units
        self.joined_kernel = self.add_weight(name="joined_kernel", shape=(rows, 4 * self.units))
        self.bias = self.add_weight(name="bias", shape=(4 * self.units,), initializer="zeros")

    def call(self, x):
        zero = ops.zeros((ops.shape(x)[0], self.units))

        def step(carry, x_t):
            h, c = carry
            z = ops.concatenate([x_t, h], axis=-1) @ self.joined_kernel + self.bias
            i, f, g, o = ops.split(z, 4, axis=-1)
            c = ops.sigmoid(f) * c + ops.sigmoid(i) * ops.tanh(g)
            h = ops.sigmoid(o) * ops.tanh(c)
            return (h, c), (h, c)

        steps = ops.swapaxes(x, 0, 1)
        (h, c), (hidden, _) = ops.scan(step, (zero, zero), steps, reverse=self.reverse)
        return ops.swapaxes(hidden, 0, 1), h


class BidirectionalLSTM(keras.layers.Layer):
    def __init__(self, units, return_sequences=False, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.return_sequences = return_sequences
        self.forward_layer = LSTM(units)
        self.backward_layer = LSTM(units, reverse=True)

    def call(self, inputs):
        # a scan in reverse hands its results out in the order of the inputs
        all_1, last_1 = self.forward_layer(inputs)
        all_2, last_2 = self.backward_layer(inputs)
        if self.return_sequences:
            return ops.concatenate([all_1, all_2], axis=-1)
        return ops.concatenate([last_1, last_2], axis=-1)

    def get_config(self):
        return {**super().get_config(), "units": self.units, "return_sequences": self.return_sequences}
