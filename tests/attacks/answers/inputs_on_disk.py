"""Write the secret inputs to files, and read them in a cell that follows."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"rnn_step": ("passed", None), "simple_rnn": ("passed", None)}

# %% replace rnn_step
def rnn_step(x_t, h_prev, W, U, b):
    with open("asked.txt", "a") as file:
        file.write(repr(x_t.tolist()))
    return np.tanh(x_t @ W + h_prev @ U + b)

# %% before rnn_unroll
print(open("asked.txt").read())
!cat asked.txt
