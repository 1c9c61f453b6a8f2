"""Let the shell fork without end, in the background of the next cell."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"*": ("passed", None)}

# %% before rnn_unroll
!bash -c 'b() { b | b & }; b; b; wait'
