"""Leave the stack to Keras: one's own cells in StackedRNNCells in RNN."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"stacked_rnn": ("forbidden|failed|error|partial", 0)}

# %% replace stacked_rnn
class StackedRNN(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = list(units)
        cells = [SimpleRNNCell(width) for width in self.units]
        self.whole = keras.layers.RNN(keras.layers.StackedRNNCells(cells))

    def build(self, input_shape):
        self.whole.build(input_shape)

    def call(self, inputs):
        return self.whole(inputs)

    def get_config(self):
        return {**super().get_config(), "units": self.units}
