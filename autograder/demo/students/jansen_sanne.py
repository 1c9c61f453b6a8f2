"""Forgets the tanh of the memory on its way out. A name in the rnn does not exist."""

# %% rnn rnn_unroll
def rnn_unroll(x, h_0, W, U, b):
    h = h_0
    outputs = []
    for t in range(x.shape[1]):
        h = rnn_step(x[:, t], h, W, V, b)
        outputs.append(h)
    return np.stack(outputs, axis=1), h

# %% lstm hidden_state
def hidden_state(o_t, c_t):
    return o_t * c_t

# %% lstm lstm_step
def lstm_step(x_t, h_prev, c_prev, kernel, recurrent_kernel, bias):
    z = ops.matmul(x_t, kernel) + ops.matmul(h_prev, recurrent_kernel) + bias
    i, f, g, o = ops.split(z, 4, axis=-1)
    c_t = ops.sigmoid(f) * c_prev + ops.sigmoid(i) * ops.tanh(g)
    h_t = ops.sigmoid(o) * c_t
    return h_t, c_t
