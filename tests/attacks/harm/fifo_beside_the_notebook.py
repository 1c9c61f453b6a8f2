"""Hand in fifos, links without end and devices beside the notebook."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"*": ("passed", None)}
FIFOS = ("data.csv", "timestamp.txt")
LINKS = {"zero": "/dev/zero", "random.ipynb": "/dev/urandom", "again": ".", "course": "../../..", "lost": "nowhere"}
