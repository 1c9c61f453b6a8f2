"""Recurse until the C stack ends."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"rnn_step": ("error|timed_out", 0), "stacked_rnn": ("passed", None)}

# %% replace rnn_step
import sys

sys.setrecursionlimit(10**9)


class Deep:
    def __getattr__(self, name):
        return getattr(self, name + "x")


def rnn_step(x_t, h_prev, W, U, b):
    return rnn_step(sorted([x_t], key=lambda x: repr(Deep().a)), h_prev, W, U, b)

# %% before rnn_unroll
def rnn_step(x_t, h_prev, W, U, b):
    return np.tanh(x_t @ W + h_prev @ U + b)
