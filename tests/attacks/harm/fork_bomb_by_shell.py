"""Let the shell fork without end. At restricted all workers share one limit on processes, and whether the very next
cell still finds one is a race."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"*": ("passed", None)}
OPEN_AT_RESTRICTED = ("rnn_unroll",)

# %% before rnn_unroll
!bash -c 'b() { b | b & }; b; b; wait'
