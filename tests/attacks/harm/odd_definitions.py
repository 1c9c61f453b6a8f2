"""Define the names that are asked for as everything but functions."""

ASSIGNMENT = "rnn"
BASE = "stub"
EXPECT = {"*": ("error|failed|blocked", 0)}

# %% replace rnn_step
rnn_step = 5

# %% replace rnn_unroll
async def rnn_unroll(x, h_0, W, U, b):
    return x, h_0

# %% replace simple_rnn_cell
def SimpleRNNCell(units, **options):
    return SimpleRNNCell

# %% replace simple_rnn
class SimpleRNN(keras.layers.Layer):
    def __new__(cls, *arguments, **options):
        return keras

# %% replace stacked_rnn
class StackedRNN(keras.Model):
    def __init__(self, units):
        raise SystemExit("bye")
