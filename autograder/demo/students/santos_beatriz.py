"""The cell returns its states as [c, h]. Copied and pasted an answer and a test of the rnn."""

# %% rnn rnn_step_check twice
# %% rnn simple_rnn_cell twice
# %% lstm lstm_cell
def call(self, inputs, states, training=False):
    h, c = states
    z = inputs @ self.kernel + h @ self.recurrent_kernel + self.bias
    i, f, g, o = ops.split(z, 4, axis=-1)
    c = ops.sigmoid(f) * c + ops.sigmoid(i) * ops.tanh(g)
    h = ops.sigmoid(o) * ops.tanh(c)
    return h, [c, h]
