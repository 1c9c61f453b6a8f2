"""Close all descriptors while a question is asked."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"rnn_step": ("error", 0), "stacked_rnn": ("passed", None)}

# %% replace rnn_step
import os


def rnn_step(x_t, h_prev, W, U, b):
    os.closerange(0, 4096)
    return np.tanh(x_t @ W + h_prev @ U + b)

# %% before rnn_unroll
def rnn_step(x_t, h_prev, W, U, b):
    return np.tanh(x_t @ W + h_prev @ U + b)
