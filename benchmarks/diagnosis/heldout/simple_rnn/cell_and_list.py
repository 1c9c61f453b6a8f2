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
        self.bias = self.add_weight(name="bias", shape=(self.units,))

    def call(self, inputs, states, training=False):
        h = ops.tanh(ops.dot(inputs, self.kernel) + ops.dot(states[0], self.recurrent_kernel) + self.bias)
        return h, [h]

    def get_config(self):
        return {**super().get_config(), "units": self.units}


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
        states = initial_state
        if states is None:
            states = [ops.zeros((ops.shape(inputs)[0], self.units))]
        collected = []
        for t in range(inputs.shape[1]):
            output, states = self.cell(inputs[:, t], states)
            collected.append(output)
        answer = output
        if self.return_sequences:
            answer = ops.stack(collected, axis=1)
        if self.return_state:
            return [answer, states[0]]
        return answer

    def get_config(self):
        config = super().get_config()
        config["units"] = self.units
        config["return_sequences"] = self.return_sequences
        config["return_state"] = self.return_state
        return config
