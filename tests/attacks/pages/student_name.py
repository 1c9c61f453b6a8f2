"""Have a name that is a script."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"*": ("passed", None)}
STUDENT = "<img src=x onerror=alert('pwned')>"
