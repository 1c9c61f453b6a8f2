"""Fill the memory with one array, while a question is asked."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"rnn_step": ("out_of_memory|timed_out|error", 0), "simple_rnn": ("passed", None)}

# %% replace rnn_step
def rnn_step(x_t, h_prev, W, U, b):
    hog = [np.ones((2**13, 2**12)) for _ in range(400)]
    return np.tanh(x_t @ W + h_prev @ U + b) + 0 * hog[0][0, 0]

# %% before rnn_unroll
def rnn_step(x_t, h_prev, W, U, b):
    return np.tanh(x_t @ W + h_prev @ U + b)
