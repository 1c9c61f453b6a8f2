"""Hand in a right test twice and a wrong one not at all."""

ASSIGNMENT = "rnn"
BASE = "stub"
EXPECT = {"rnn_step": ("passed", 2), "rnn_unroll": ("not_attempted", 0), "stacked_rnn": ("not_attempted", 0)}
DUPLICATE = ("rnn_step_check", "rnn_step_check")
DELETE = ("rnn_unroll_check", "stacked_rnn_check")

# %% replace rnn_step
def rnn_step(x_t, h_prev, W, U, b):
    return np.tanh(x_t @ W + h_prev @ U + b)
