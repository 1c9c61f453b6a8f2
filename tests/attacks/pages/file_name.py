"""Call the notebook a script."""

ASSIGNMENT = "rnn"
BASE = "stub"
EXPECT = {"*": ("error", 0)}
RECORD = "unreadable"
LINKS = {"rnn.ipynb": "<script>alert('pwned')<script>"}
FILES = {"<img src=x onerror=alert('pwned')>.ipynb": "{}"}
