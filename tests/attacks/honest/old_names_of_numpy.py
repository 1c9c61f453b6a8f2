"""Put back the names that NumPy has given up, as old answers in forums say, and patch one's own class later."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"*": ("passed", None)}
FLAGGED = False

# %% before rnn_step
np.float = float
np.int = int
np.bool = bool
np.Inf, np.asscalar = np.inf, lambda value: value.item()

# %% replace rnn_step
def rnn_step(x_t, h_prev, W, U, b):
    return np.tanh(x_t @ W + h_prev @ U + np.float(1) * b)

# %% append simple_rnn_cell
def better(self, inputs, states, training=False):
    h = ops.tanh(ops.matmul(inputs, self.kernel) + ops.matmul(states[0], self.recurrent_kernel) + self.bias)
    return h, [h]


SimpleRNNCell.call = better
SimpleRNNCell.__doc__ = "My cell, the second version."
SimpleRNNCell.width = property(lambda self: np.int(self.units))
