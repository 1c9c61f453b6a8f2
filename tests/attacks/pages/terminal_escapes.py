"""Send escapes to the terminal of the one who grades, by outputs, errors and notes."""

ASSIGNMENT = "rnn"
BASE = "stub"
EXPECT = {"rnn_step": ("error", 0)}

# %% before rnn_step
import os

print("\x1b[2J\x1b[H\x1b]0;pwned\x07\x1b]8;;http://example.org\x07x\x9b31m")
os.write(2, b"\x1b[2J\x1bc")

# %% replace rnn_step
def rnn_step(x_t, h_prev, W, U, b):
    raise ValueError("\x1b[2J\x1b[1;31mred\x07\x08\x00\u202e")
