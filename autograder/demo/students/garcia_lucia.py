"""All right; lets keras.ops.scan run over the time steps."""

# %% rnn simple_rnn
def call(self, inputs, initial_state=None):
    if initial_state is None:
        initial_state = [ops.zeros((ops.shape(inputs)[0], self.units), dtype=inputs.dtype)]

    def one_step(state, x_t):
        out, new = self.cell(x_t, [state])
        return new[0], out

    # scan wants the time axis in front
    final, outs = ops.scan(one_step, initial_state[0], ops.swapaxes(inputs, 0, 1))
    outs = ops.swapaxes(outs, 0, 1)
    result = outs if self.return_sequences else outs[:, -1]
    return [result, final] if self.return_state else result
