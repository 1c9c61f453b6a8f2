"""Have a name that clears the screen and turns the rest around."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"*": ("passed", None)}
STUDENT = "zoe\x1b[2J\x1b]0;pwned\x07\u202e[red]bold"
