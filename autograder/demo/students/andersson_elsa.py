"""All right; joins input and state everywhere and uses one matrix."""

# %% rnn rnn_step
def rnn_step(x_t, h_prev, W, U, b):
    # one product instead of two: stack W over U
    return np.tanh(np.hstack([x_t, h_prev]) @ np.vstack([W, U]) + b)

# %% lstm lstm_step
def lstm_step(x_t, h_prev, c_prev, kernel, recurrent_kernel, bias):
    both = ops.concatenate([x_t, h_prev], axis=-1)
    weights = ops.concatenate([kernel, recurrent_kernel], axis=0)
    i, f, g, o = ops.split(both @ weights + bias, 4, axis=-1)
    c = ops.sigmoid(f) * c_prev + ops.sigmoid(i) * ops.tanh(g)
    return ops.sigmoid(o) * ops.tanh(c), c
