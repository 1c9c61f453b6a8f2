"""Keras's own loop around a cell that is wrong on purpose: the stand-in for the cell must not excuse the loop."""

ASSIGNMENT = "lstm"
BASE = "solution"
EXPECT = {"lstm_cell": ("partial", 6), "lstm": ("forbidden", 0)}

# %% replace lstm_cell
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
        self.bias = self.add_weight(name="bias", shape=(wide,))

    def call(self, inputs, states, training=False):
        h_prev, c_prev = states
        h_t, c_t = lstm_step(inputs, h_prev, c_prev, self.kernel, self.recurrent_kernel, self.bias)
        return h_t, [c_t, h_t]

    def get_config(self):
        return {**super().get_config(), "units": self.units}
# %% replace lstm
class LSTM(keras.layers.Layer):
    def __init__(self, units, return_sequences=False, return_state=False, go_backwards=False, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.settings = {
            "return_sequences": return_sequences, "return_state": return_state, "go_backwards": go_backwards
        }
        self.rnn = keras.layers.RNN(LSTMCell(units), **self.settings)

    def call(self, inputs, initial_state=None):
        return self.rnn(inputs, initial_state=initial_state)

    def get_config(self):
        return {**super().get_config(), "units": self.units, **self.settings}
