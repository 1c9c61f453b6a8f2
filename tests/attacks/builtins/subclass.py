"""Inherit the whole layer."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"simple_rnn_cell": ("forbidden", 0), "simple_rnn": ("forbidden", 0)}

# %% replace simple_rnn_cell
class SimpleRNNCell(keras.layers.SimpleRNNCell):
    """One step."""

# %% replace simple_rnn
class SimpleRNN(keras.layers.SimpleRNN):
    """The loop."""
