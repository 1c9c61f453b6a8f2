"""Raise an exception whose text has a gigabyte, and one whose text never ends."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"rnn_step": ("error|timed_out|out_of_memory", 0), "stacked_rnn": ("passed", None)}

# %% before rnn_step
raise ValueError("x" * 2**29)

# %% replace rnn_step
class Endless(Exception):
    def __str__(self):
        while True:
            pass

    __repr__ = __str__


def rnn_step(x_t, h_prev, W, U, b):
    raise Endless

# %% before rnn_unroll
def rnn_step(x_t, h_prev, W, U, b):
    return np.tanh(x_t @ W + h_prev @ U + b)
