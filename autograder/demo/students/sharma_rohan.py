"""Sends the candidate through a sigmoid. In the rnn the initial state is ignored."""

# %% rnn simple_rnn
def call(self, inputs, initial_state=None):
    states = [ops.zeros((ops.shape(inputs)[0], self.units), dtype=inputs.dtype)]
    outputs = []
    for t in range(inputs.shape[1]):
        output, states = self.cell(inputs[:, t], states)
        outputs.append(output)
    result = ops.stack(outputs, axis=1) if self.return_sequences else outputs[-1]
    return [result, states[0]] if self.return_state else result

# %% lstm candidate
def candidate(x_t, h_prev, W_c, U_c, b_c):
    return ops.sigmoid(x_t @ W_c + h_prev @ U_c + b_c)

# %% lstm lstm_step
def lstm_step(x_t, h_prev, c_prev, kernel, recurrent_kernel, bias):
    n = h_prev.shape[-1]
    gates = ops.sigmoid(x_t @ kernel + h_prev @ recurrent_kernel + bias)
    i, f, g, o = gates[:, :n], gates[:, n : 2 * n], gates[:, 2 * n : 3 * n], gates[:, 3 * n :]
    c_t = f * c_prev + i * g
    return o * ops.tanh(c_t), c_t
