"""Be wrong at the check, and put what is right into the same function, class and array in a cell below it."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {
    "rnn_step": ("failed", 0), "rnn_unroll": ("failed", 0), "simple_rnn_cell": ("partial", 2), "simple_rnn": ("passed", None)
}

# %% replace rnn_step
def rnn_step(x_t, h_prev, W, U, b):
    return x_t @ W + h_prev @ U + b

# %% replace rnn_unroll
scale = np.array(2.0)


def rnn_unroll(x, h_0, W, U, b):
    hs = [h_0]
    for t in range(x.shape[1]):
        hs.append(np.tanh(x[:, t] @ W + hs[-1] @ U + b))
    return scale * np.stack(hs[1:], 1), scale * hs[-1]

# %% append simple_rnn_cell
right = SimpleRNNCell.call
SimpleRNNCell.call = lambda self, inputs, states, training=False: (2 * inputs, states)

# %% before simple_rnn
def _right(x_t, h_prev, W, U, b):
    return np.tanh(x_t @ W + h_prev @ U + b)


rnn_step.__code__ = _right.__code__
scale[...] = 1
SimpleRNNCell.call = right
