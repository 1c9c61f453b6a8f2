"""Leave in the middle of a question, as if all were well."""

ASSIGNMENT = "rnn"
BASE = "stub"
EXPECT = {"rnn_step": ("error", 0), "rnn_unroll": ("error|blocked", 0), "simple_rnn": ("not_attempted|blocked", 0)}

# %% replace rnn_step
def rnn_step(x_t, h_prev, W, U, b):
    raise SystemExit(0)

# %% replace rnn_unroll
def rnn_unroll(x, h_0, W, U, b):
    import os

    os._exit(0)
