"""Hand in a notebook of a terabyte."""

ASSIGNMENT = "rnn"
BASE = "stub"
EXPECT = {"*": ("error", 0)}
RECORD = "unreadable"
SPARSE = {"rnn.ipynb": 1_099_511_627_776}
