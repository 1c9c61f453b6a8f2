"""Return NaN, which is neither smaller nor larger than any tolerance."""

ASSIGNMENT = "rnn"
BASE = "stub"
EXPECT = {"rnn_step": ("failed", 0), "rnn_unroll": ("failed", 0)}

# %% replace rnn_step
def rnn_step(x_t, h_prev, W, U, b):
    return np.full((len(x_t), len(b)), np.nan, "float32")

# %% replace rnn_unroll
def rnn_unroll(x, h_0, W, U, b):
    return np.full((*x.shape[:2], len(b)), np.inf), np.full(h_0.shape, -np.inf)
