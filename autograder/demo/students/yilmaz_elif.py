"""Sends the candidate through a sigmoid. In the rnn, the state is multiplied by U element by element."""

# %% rnn rnn_step
def rnn_step(x_t, h_prev, W, U, b):
    return np.tanh(x_t @ W + h_prev * U + b)

# %% lstm candidate
def candidate(x_t, h_prev, W_c, U_c, b_c):
    total = ops.matmul(x_t, W_c) + ops.matmul(h_prev, U_c)
    return ops.sigmoid(total + b_c)
