"""The cell returns its states as [c, h]. The loop of rnn_unroll never ends: the step is never counted up."""

# %% rnn rnn_unroll
def rnn_unroll(x, h_0, W, U, b):
    h = h_0
    outputs = []
    t = 0
    while t < x.shape[1]:
        h = rnn_step(x[:, t], h, W, U, b)
        outputs.append(h)
    return np.stack(outputs, axis=1), h

# %% lstm lstm_cell
def call(self, inputs, states, training=False):
    h_prev, c_prev = states
    h_t, c_t = lstm_step(inputs, h_prev, c_prev, self.kernel, self.recurrent_kernel, self.bias)
    return h_t, [c_t, h_t]
