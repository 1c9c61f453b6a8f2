"""Forgets the tanh of the memory on its way out. In the rnn, every step starts from the initial state."""

# %% rnn rnn_unroll
def rnn_unroll(x, h_0, W, U, b):
    outputs = []
    for t in range(x.shape[1]):
        h = rnn_step(x[:, t], h_0, W, U, b)
        outputs.append(h)
    return np.stack(outputs, axis=1), h

# %% lstm hidden_state
def hidden_state(o_t, c_t):
    return ops.multiply(o_t, c_t)
