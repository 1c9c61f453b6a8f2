"""Have a name that templates, formats, queries, globs and shells would run."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"*": ("passed", None)}
STUDENT = "{{7*7}} %s %(x)s '; DROP TABLE student;-- $(id) *"
