"""Never answer, whatever is asked."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"rnn_step": ("timed_out", 0), "stacked_rnn": ("passed", None)}

# %% replace rnn_step
import time


def rnn_step(x_t, h_prev, W, U, b):
    while True:
        time.sleep(1000)

# %% before rnn_unroll
def rnn_step(x_t, h_prev, W, U, b):
    return np.tanh(x_t @ W + h_prev @ U + b)
