"""Hand in a notebook of nothing but brackets."""

ASSIGNMENT = "rnn"
BASE = "stub"
EXPECT = {"*": ("error", 0)}
RECORD = "unreadable"
REPEATED = {"rnn.ipynb": ("[", 1_000_000)}
