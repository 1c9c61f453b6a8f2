"""Make the built-in in `__init__`, and let it do the work in `call`."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"simple_rnn_cell": ("forbidden", 0)}

# %% replace simple_rnn_cell
class SimpleRNNCell(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.state_size = units
        self.helper = keras.layers.SimpleRNNCell(units)

    def build(self, input_shape):
        self.helper.build(input_shape)

    def call(self, inputs, states, training=False):
        return self.helper(inputs, states)

    def get_config(self):
        return {**super().get_config(), "units": self.units}
