"""In the rnn, every step starts from the initial state. Stopped in the middle of the lstm."""

# %% rnn rnn_unroll
def rnn_unroll(x, h_0, W, U, b):
    outputs = [rnn_step(x[:, t], h_0, W, U, b) for t in range(x.shape[1])]
    return np.stack(outputs, axis=1), outputs[-1]

# %% rnn simple_rnn
def call(self, inputs, initial_state=None):
    if initial_state is None:
        states = [ops.zeros((ops.shape(inputs)[0], self.units), dtype=inputs.dtype)]
    else:
        states = list(initial_state)
    outputs = []
    for t in range(inputs.shape[1]):
        output, new = self.cell(inputs[:, t], states)
        outputs.append(output)
    result = ops.stack(outputs, axis=1) if self.return_sequences else outputs[-1]
    return [result, *new] if self.return_state else result

# %% lstm untouched from lstm_step on
