"""Writes the weights before the vectors, so that rnn_step stops with an exception. In the lstm, joins the backward half
without turning it round."""

# %% rnn rnn_step
def rnn_step(x_t, h_prev, W, U, b):
    return np.tanh(W @ x_t + U @ h_prev + b)

# %% lstm bidirectional_lstm
def call(self, inputs):
    # forward half first
    joined = [self.forward_layer(inputs), self.backward_layer(inputs)]
    return ops.concatenate(joined, axis=-1)
