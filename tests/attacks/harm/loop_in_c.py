"""Never end inside compiled code, where no interrupt is looked at."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"*": ("passed", None)}

# %% before rnn_unroll
import re

re.match("(a+)+$", "a" * 60 + "b")
