"""Exchanges the forget and the input gate: takes the blocks of the weights in the order of the lecture. A bracket is
missing in the rnn."""

# %% rnn rnn_step
def rnn_step(x_t, h_prev, W, U, b):
    return np.tanh(x_t @ W + h_prev @ U + b)

# %% rnn rnn_step cut short
# %% lstm lstm_step
def lstm_step(x_t, h_prev, c_prev, kernel, recurrent_kernel, bias):
    z = x_t @ kernel + h_prev @ recurrent_kernel + bias
    f, i, g, o = ops.split(z, 4, axis=1)
    c_t = ops.sigmoid(f) * c_prev + ops.sigmoid(i) * ops.tanh(g)
    h_t = ops.sigmoid(o) * ops.tanh(c_t)
    return h_t, c_t
