"""Announce a message of four gigabytes, and send half of it."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"rnn_step": ("passed|error|blocked", 2), "stacked_rnn": ("passed", None)}

# %% before rnn_unroll
import os

for descriptor in range(3, 64):
    try:
        os.write(descriptor, b"\xff\xff\xff\xff" + b"\x81" * 1000)
    except OSError:
        pass
