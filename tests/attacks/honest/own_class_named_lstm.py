"""Have classes and functions of one's own that are called like the built-ins."""

ASSIGNMENT = "lstm"
BASE = "solution"
EXPECT = {"*": ("passed", None)}
FLAGGED = False

# %% before stacked_lstm
class RNN(keras.layers.Layer):
    """My own."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.stack = [LSTM(units), LSTMCell(units)]


def conv(x):
    return x


GRU = RNN
print(GRU(3).stack)
