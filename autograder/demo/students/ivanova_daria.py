"""All right; short, and the rnn was handed in a day late."""

# %% rnn handed in 2026-11-07 09:12:00 UTC
# %% lstm forget_gate
def forget_gate(x_t, h_prev, W_f, U_f, b_f):
    return keras.activations.sigmoid(x_t @ W_f + h_prev @ U_f + b_f)
