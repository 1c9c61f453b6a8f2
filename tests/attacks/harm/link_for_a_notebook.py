"""Hand in a link to a file of the grader's in the place of the notebook."""

ASSIGNMENT = "rnn"
BASE = "stub"
EXPECT = {"*": ("error", 0)}
RECORD = "unreadable"
LINKS = {"rnn.ipynb": "../../../solutions/rnn/rnn.ipynb"}
