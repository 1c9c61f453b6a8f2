import keras
from keras import ops


class LSTM(keras.layers.Layer):
    def __init__(self, units, return_sequences=False, go_backwards=False, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.return_sequences = return_sequences
        self.go_backwards = go_backwards

    def build(self, input_shape):
        self.kernel = self.add_weight(name="kernel", shape=(input_shape[-1], 4 * self.units))
        self.recurrent_kernel = self.add_weight(name="recurrent_kernel", shape=(self.units, 4 * self.units))
        self.bias = self.add_weight(name="bias", shape=(4 * self.units,), initializer="zeros")

    def call(self, inputs):
        h = c = ops.zeros((ops.shape(inputs)[0], self.units))
        outputs = []
        steps = range(inputs.shape[1])
        for t in reversed(steps) if self.go_backwards else steps:
            z = ops.matmul(inputs[:, t], self.kernel) + ops.matmul(h, self.recurrent_kernel) + self.bias
            i, f, g, o = ops.split(z, 4, axis=-1)
            c = ops.sigmoid(f) * c + ops.sigmoid(i) * ops.tanh(g)
            h = ops.sigmoid(o) * ops.tanh(c)
            outputs.append(h)
        return ops.stack(outputs, axis=1) if self.return_sequences else h


class BidirectionalLSTM(keras.layers.Layer):
    def __init__(self, units, return_sequences=False, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.return_sequences = return_sequences
        self.forward_layer = LSTM(units, return_sequences=return_sequences)
        self.backward_layer = LSTM(units, return_sequences=return_sequences, go_backwards=True)

    def call(self, inputs):
        forward = self.forward_layer(inputs)
        backward = self.backward_layer(inputs)
        if self.return_sequences:
            backward = ops.flip(backward, axis=1)
        return ops.concatenate([forward, backward], axis=-1)

    def get_config(self):
        return {**super().get_config(), "units": self.units, "return_sequences": self.return_sequences}
