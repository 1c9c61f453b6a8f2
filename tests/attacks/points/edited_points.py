"""Raise the points of a test, and turn an answer into a graded cell, in the metadata."""

ASSIGNMENT = "rnn"
BASE = "stub"
EXPECT = {"rnn_step": ("passed", 2), "rnn_unroll": ("not_attempted", 0), "simple_rnn": ("not_attempted", 0)}
METADATA = {
    "rnn_step_check": {"points": 1000, "checksum": "0"},
    "rnn_unroll_check": {"points": -4, "grade": False},
    "simple_rnn": {"grade": True, "points": 50, "solution": False},
    "simple_rnn_check": {"grade": False, "solution": True, "locked": False},
}

# %% replace rnn_step
def rnn_step(x_t, h_prev, W, U, b):
    return np.tanh(x_t @ W + h_prev @ U + b)
