"""Sends the candidate through a sigmoid. Prints twenty thousand lines in the rnn while looking for an error."""

# %% rnn before rnn_unroll
for step in range(20_000):
    print("step", step, "state", [0.0] * 50)

# %% lstm candidate
def candidate(x_t, h_prev, W_c, U_c, b_c):
    z = x_t @ W_c + h_prev @ U_c + b_c
    return 1 / (1 + np.exp(-z))

# %% lstm lstm_step
def lstm_step(x_t, h_prev, c_prev, kernel, recurrent_kernel, bias):
    z = x_t @ kernel + h_prev @ recurrent_kernel + bias
    i, f, g, o = [ops.sigmoid(part) for part in ops.split(z, 4, axis=-1)]
    c = f * c_prev + i * g
    h = o * ops.tanh(c)
    return h, c
