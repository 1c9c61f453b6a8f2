import keras
from keras import ops


class LSTM(keras.layers.Layer):
    def __init__(self, units, return_sequences=False, return_state=False, go_backwards=False, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.return_sequences = return_sequences
        self.return_state = return_state
        self.go_backwards = go_backwards

    def build(self, input_shape):
        self.kernel = self.add_weight(name="kernel", shape=(input_shape[-1], 4 * self.units))
        self.recurrent_kernel = self.add_weight(name="recurrent_kernel", shape=(self.units, 4 * self.units))
        self.bias = self.add_weight(name="bias", shape=(4 * self.units,), initializer="zeros")

    def call(self, inputs, initial_state=None):
        # the products with the kernel for all steps at once
        projected = ops.matmul(inputs, self.kernel) + self.bias
        steps = ops.transpose(projected, (1, 0, 2))
        if self.go_backwards:
            steps = ops.flip(steps, axis=0)
        if initial_state is None:
            zeros = ops.zeros((ops.shape(inputs)[0], self.units), dtype=inputs.dtype)
            initial_state = (zeros, zeros)

        def step(carry, a_t):
            h, c = carry
            z = a_t + ops.matmul(h, self.recurrent_kernel)
            i, f, g, o = ops.split(z, 4, axis=-1)
            c = ops.sigmoid(f) * c + ops.sigmoid(i) * ops.tanh(g)
            h = ops.sigmoid(o) * ops.tanh(c)
            return (h, c), (h, c)

        (h, c), (hidden, _) = ops.scan(step, tuple(initial_state), steps)
        output = ops.transpose(hidden, (1, 0, 2)) if self.return_sequences else h
        if self.return_state:
            return output, h, c
        return output

    def get_config(self):
        return {
            **super().get_config(),
            "units": self.units,
            "return_sequences": self.return_sequences,
            "return_state": self.return_state,
            "go_backwards": self.go_backwards,
        }
