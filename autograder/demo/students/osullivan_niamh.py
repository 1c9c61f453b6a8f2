"""In the lstm, joins the backward half without turning it round. In the rnn, a buffer that is long enough for
any sequence fills the memory."""

# %% rnn rnn_unroll
def rnn_unroll(x, h_0, W, U, b):
    buffer = np.ones((x.shape[0], 1_000_000_000, len(b)))  # long enough for any sequence
    h = h_0
    for t in range(x.shape[1]):
        h = rnn_step(x[:, t], h, W, U, b)
        buffer[:, t] = h
    return buffer[:, : x.shape[1]], h

# %% lstm bidirectional_lstm
def call(self, inputs):
    forward = self.forward_layer(inputs)
    backward = self.backward_layer(inputs)
    return ops.concatenate([forward, backward], axis=-1)
