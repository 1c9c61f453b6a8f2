"""Return a scalar, or an array that only fits by broadcasting, or one with no entries to be wrong."""

ASSIGNMENT = "rnn"
BASE = "stub"
EXPECT = {"rnn_step": ("failed", 0), "rnn_unroll": ("failed", 0)}

# %% replace rnn_step
def rnn_step(x_t, h_prev, W, U, b):
    return 0.0

# %% replace rnn_unroll
def rnn_unroll(x, h_0, W, U, b):
    return np.zeros((0, x.shape[1], len(b)), "float32"), np.zeros((1, 1), "float32")
