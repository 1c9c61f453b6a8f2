import keras
from keras import ops


class LSTMCell(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.state_size = [units, units]
        self.output_size = units

    def build(self, input_shape):
        wide = 4 * self.units
        self.kernel = self.add_weight(name="kernel", shape=(input_shape[-1], wide))
        self.recurrent_kernel = self.add_weight(name="recurrent_kernel", shape=(self.units, wide))
        self.bias = self.add_weight(name="bias", shape=(wide,), initializer="zeros")

    def call(self, inputs, states, training=False):
        h, c = states
        z = ops.matmul(inputs, self.kernel) + ops.matmul(h, self.recurrent_kernel) + self.bias
        i, f, g, o = ops.split(z, 4, axis=1)
        c = ops.sigmoid(f) * c + ops.sigmoid(i) * ops.tanh(g)
        h = ops.sigmoid(o) * ops.tanh(c)
        return h, [h, c]


class LSTM(keras.layers.Layer):
    def __init__(self, units, return_sequences=False, return_state=False, go_backwards=False, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.return_sequences = return_sequences
        self.return_state = return_state
        self.go_backwards = go_backwards

    def build(self, input_shape):
        self.cell = LSTMCell(self.units)
        self.cell.build((input_shape[0], input_shape[-1]))

    def call(self, inputs, initial_state=None):
        if initial_state is None:
            batch = ops.shape(inputs)[0]
            h = ops.zeros((batch, self.units))
            c = ops.zeros((batch, self.units))
        else:
            h, c = initial_state
        if self.go_backwards:
            inputs = ops.flip(inputs, axis=1)
        outputs = []
        for t in range(inputs.shape[1]):
            output, [h, c] = self.cell(inputs[:, t, :], [h, c])
            outputs.append(output)
        if self.return_sequences:
            result = ops.stack(outputs, axis=1)
        else:
            result = outputs[-1]
        if self.return_state:
            return result, h, c
        return result

    def get_config(self):
        config = super().get_config()
        config["units"] = self.units
        config["return_sequences"] = self.return_sequences
        config["return_state"] = self.return_state
        config["go_backwards"] = self.go_backwards
        return config
