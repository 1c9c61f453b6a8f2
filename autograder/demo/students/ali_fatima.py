"""The cell returns its states as [c, h]. Joined the course after the rnn was due."""

# %% rnn missing
# %% lstm lstm_cell
def call(self, inputs, states, training=False):
    new_h, new_c = lstm_step(inputs, states[0], states[1], self.kernel, self.recurrent_kernel, self.bias)
    return new_h, [new_c, new_h]
