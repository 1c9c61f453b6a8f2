"""Return endless generators, a list in itself, and a million lists in each other."""

ASSIGNMENT = "rnn"
BASE = "stub"
EXPECT = {"rnn_step": ("failed|error", 0), "rnn_unroll": ("failed|error", 0)}

# %% replace rnn_step
import itertools


def rnn_step(x_t, h_prev, W, U, b):
    return itertools.count()

# %% replace rnn_unroll
def rnn_unroll(x, h_0, W, U, b):
    deep = []
    for _ in range(1_000_000):
        deep = [deep]
    itself = []
    itself.append(itself)
    return deep, itself
