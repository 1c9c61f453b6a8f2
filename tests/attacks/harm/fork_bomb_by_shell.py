"""Let the shell fork without end. What follows in this notebook may find no process left for itself: that is its own
loss, and nobody else's."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"rnn_step": ("passed", None)}

# %% before rnn_unroll
!bash -c 'b() { b | b & }; b; b; wait'
