"""Keep the secret inputs while they are asked, and print them in a later cell."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"rnn_step": ("passed", None), "simple_rnn": ("passed", None)}

# %% replace rnn_step
kept = []


def rnn_step(x_t, h_prev, W, U, b):
    kept.append((x_t.tolist(), h_prev))
    return np.tanh(x_t @ W + h_prev @ U + b)

# %% before simple_rnn_cell
print(kept)
kept

# %% last
raise ValueError(str(kept))
