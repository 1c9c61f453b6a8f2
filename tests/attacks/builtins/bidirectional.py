"""Take keras.layers.Bidirectional around one's own layer."""

ASSIGNMENT = "lstm"
BASE = "solution"
EXPECT = {"lstm": ("passed", None), "bidirectional_lstm": ("forbidden", 0)}

# %% append bidirectional_lstm
class BidirectionalLSTM(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.both = keras.layers.Bidirectional(keras.layers.LSTM(units))

    def build(self, input_shape):
        self.both.build(input_shape)

    def call(self, inputs):
        return self.both(inputs)
