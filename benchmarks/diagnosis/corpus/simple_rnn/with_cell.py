import keras
from keras import ops


class SimpleRNNCell(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.state_size = units
        self.output_size = units

    def build(self, input_shape):
        self.kernel = self.add_weight(name="kernel", shape=(input_shape[-1], self.units))
        self.recurrent_kernel = self.add_weight(name="recurrent_kernel", shape=(self.units, self.units))
        self.bias = self.add_weight(name="bias", shape=(self.units,), initializer="zeros")

    def call(self, inputs, states, training=False):
        h = ops.tanh(ops.matmul(inputs, self.kernel) + ops.matmul(states[0], self.recurrent_kernel) + self.bias)
        return h, [h]


class SimpleRNN(keras.layers.Layer):
    def __init__(self, units, return_sequences=False, return_state=False, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.return_sequences = return_sequences
        self.return_state = return_state
        self.cell = SimpleRNNCell(units)

    def build(self, input_shape):
        self.cell.build((input_shape[0], input_shape[2]))

    def call(self, inputs, initial_state=None):
        if initial_state is None:
            state = [ops.zeros((ops.shape(inputs)[0], self.units))]
        else:
            state = initial_state
        outputs = []
        for t in range(inputs.shape[1]):
            out, state = self.cell(inputs[:, t], state)
            outputs.append(out)
        if self.return_sequences:
            result = ops.stack(outputs, axis=1)
        else:
            result = outputs[-1]
        if self.return_state:
            return [result, state[0]]
        return result

    def get_config(self):
        config = super().get_config()
        config.update(
            {"units": self.units, "return_sequences": self.return_sequences, "return_state": self.return_state}
        )
        return config
