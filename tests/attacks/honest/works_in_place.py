"""Work on the arguments themselves, and put them back as they were."""

ASSIGNMENT = "rnn"
BASE = "stub"
EXPECT = {"rnn_step": ("passed", 2)}

# %% replace rnn_step
def rnn_step(x_t, h_prev, W, U, b):
    kept = [each.copy() for each in (x_t, h_prev, W, U, b)]
    h_prev @= U
    answer = np.tanh(x_t @ W + h_prev + b)
    for each, before in zip((x_t, h_prev, W, U, b), kept):
        each[...] = before
    return answer
