"""Return arrays that are too large to send: real ones, and ones that are a single number in memory."""

ASSIGNMENT = "rnn"
BASE = "stub"
EXPECT = {"rnn_step": ("failed|error|timed_out|out_of_memory", 0), "rnn_unroll": ("failed|error|timed_out|out_of_memory", 0)}

# %% replace rnn_step
def rnn_step(x_t, h_prev, W, U, b):
    return np.broadcast_to(np.float32(0), (2**20, 2**20))

# %% replace rnn_unroll
def rnn_unroll(x, h_0, W, U, b):
    return [0.0] * 10**8, np.zeros((2**13, 2**13), "float32")
