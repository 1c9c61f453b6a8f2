"""Hand in a fifo, so that whoever opens it waits for ever."""

ASSIGNMENT = "rnn"
BASE = "stub"
EXPECT = {"*": ("error", 0)}
RECORD = "unreadable"
FIFOS = ("rnn.ipynb",)
