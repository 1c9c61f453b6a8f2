"""Patch the library that writes the messages."""

ASSIGNMENT = "rnn"
BASE = "stub"
EXPECT = {"rnn_step": ("failed", 0)}

# %% replace rnn_step
import msgspec

msgspec.structs.replace = lambda answer, **changes: answer
msgspec.Struct.__eq__ = lambda self, other: True if False else NotImplemented


def rnn_step(x_t, h_prev, W, U, b):
    return np.zeros((len(x_t), len(b)), "float32")
