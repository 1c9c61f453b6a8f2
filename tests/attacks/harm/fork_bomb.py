"""Fork without end."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"*": ("passed", None)}

# %% before rnn_unroll
import os

while True:
    try:
        os.fork()
    except OSError:
        pass
