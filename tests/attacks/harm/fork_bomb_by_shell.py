"""Let the shell fork without end."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"*": ("passed", None)}

# %% before rnn_unroll
!bash -c 'b() { b | b & }; b; b; wait'
