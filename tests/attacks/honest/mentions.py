"""Name the built-ins in comments, strings, docstrings and annotations only."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"*": ("passed", None)}
FLAGGED = False

# %% markdown before rnn_step
I compared with `keras.layers.SimpleRNN`, see below. `from gatebook_worker import traps` is what a cheater would write.

# %% before rnn_step
# keras.layers.SimpleRNNCell(4) would do all of this; so would tf.raw_ops and sys._getframe.
NOTE = "keras.layers.SimpleRNN and keras.layers.LSTM; eval(exec('__import__'))"


def shape_of(layer: "keras.layers.SimpleRNN") -> "keras.layers.SimpleRNNCell | None":
    """Says the width of a keras.layers.RNN."""
    return getattr(layer, "units", None)


def width(layer: keras.layers.SimpleRNN, other: keras.layers.LSTM | None = None) -> int:
    return layer.units
