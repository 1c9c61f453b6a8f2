"""Writes the weights before the vectors, so that rnn_step stops with an exception. Deleted a test of the lstm."""

# %% rnn rnn_step
def rnn_step(x_t, h_prev, W, U, b):
    z = np.dot(W, x_t) + np.dot(U, h_prev) + b
    return np.tanh(z)

# %% lstm cell_state_check deleted
