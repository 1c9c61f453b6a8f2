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
        width = 4 * self.units
        self.kernel = self.add_weight(name="kernel", shape=(input_shape[-1], width))
        self.recurrent_kernel = self.add_weight(name="recurrent_kernel", shape=(self.units, width))
        self.bias = self.add_weight(name="bias", shape=(width,), initializer="zeros")

    def call(self, inputs, initial_state=None):
        if initial_state is None:
            zero = ops.zeros((ops.shape(inputs)[0], self.units))
            initial_state = [zero, zero]
        h, c = initial_state
        sequence = ops.flip(inputs, axis=1) if self.go_backwards else inputs
        outputs = []
        for t in range(inputs.shape[1]):
            z = sequence[:, t] @ self.kernel + h @ self.recurrent_kernel + self.bias
            i, f, g, o = ops.split(z, 4, axis=-1)
            c = ops.sigmoid(f) * c + ops.sigmoid(i) * ops.tanh(g)
            h = ops.sigmoid(o) * ops.tanh(c)
            outputs.append(h)
        output = ops.stack(outputs, axis=1) if self.return_sequences else h
        return (output, h, c) if self.return_state else output

    def get_config(self):
        return {
            **super().get_config(),
            "units": self.units,
            "return_sequences": self.return_sequences,
            "return_state": self.return_state,
            "go_backwards": self.go_backwards,
        }


class BidirectionalLSTM(keras.layers.Layer):
    def __init__(self, units, return_sequences=False, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.return_sequences = return_sequences
        self.forward_layer = LSTM(units, return_sequences=return_sequences)
        self.backward_layer = LSTM(units, return_sequences=return_sequences, go_backwards=True)

    def call(self, inputs):
        left_to_right = self.forward_layer(inputs)
        right_to_left = self.backward_layer(inputs)
        if self.return_sequences:
            right_to_left = right_to_left[:, ::-1, :]
        return ops.concatenate([left_to_right, right_to_left], axis=-1)

    def get_config(self):
        return {**super().get_config(), "units": self.units, "return_sequences": self.return_sequences}
