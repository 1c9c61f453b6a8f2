"""Close all descriptors, the protocol's too."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"*": ("passed", None)}

# %% before rnn_unroll
import os

os.closerange(0, 4096)
