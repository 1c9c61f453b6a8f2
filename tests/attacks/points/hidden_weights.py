"""Keep the kernel where the question cannot set it, so that what is asked is always the same."""

ASSIGNMENT = "rnn"
BASE = "stub"
EXPECT = {"simple_rnn_cell": ("failed|error", 0)}

# %% replace simple_rnn_cell
class SimpleRNNCell(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        self.hidden = [np.zeros((input_shape[-1], self.units)), np.zeros((self.units, self.units))]

    weights = property(lambda self: [])

    def call(self, inputs, states, training=False):
        return ops.tanh(inputs @ self.hidden[0] + states[0] @ self.hidden[1]), [states[0]]

    def get_config(self):
        return {**super().get_config(), "units": self.units}
