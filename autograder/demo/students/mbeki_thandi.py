"""Exchanges the forget and the input gate. In the rnn the initial state is ignored."""

# %% rnn simple_rnn
def call(self, inputs, initial_state=None):
    h = ops.zeros((ops.shape(inputs)[0], self.units), dtype=inputs.dtype)
    outputs = []
    for t in range(inputs.shape[1]):
        h, _ = self.cell(inputs[:, t], [h])
        outputs.append(h)
    result = ops.stack(outputs, axis=1) if self.return_sequences else h
    if self.return_state:
        return [result, h]
    return result

# %% lstm lstm_step
def lstm_step(x_t, h_prev, c_prev, kernel, recurrent_kernel, bias):
    n = h_prev.shape[-1]
    z = ops.matmul(x_t, kernel) + ops.matmul(h_prev, recurrent_kernel) + bias
    f_t, i_t = ops.sigmoid(z[:, :n]), ops.sigmoid(z[:, n : 2 * n])
    g_t, o_t = ops.tanh(z[:, 2 * n : 3 * n]), ops.sigmoid(z[:, 3 * n :])
    c_t = cell_state(f_t, c_prev, i_t, g_t)
    return o_t * ops.tanh(c_t), c_t
