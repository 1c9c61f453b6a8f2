"""Hand in archives that hold much more than they weigh, and one that calls itself the notebook."""

ASSIGNMENT = "rnn"
BASE = "stub"
EXPECT = {"*": ("error", 0)}
RECORD = "unreadable"
ZIPS = {"rnn.ipynb": 134_217_728, "data.zip": 134_217_728}
