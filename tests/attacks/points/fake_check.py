"""Put a generous `check` in the place of the real one."""

ASSIGNMENT = "rnn"
BASE = "stub"
EXPECT = {"*": ("not_attempted", 0)}

# %% before rnn_step
import sys
import types


def check(exercise, target):
    return {"rnn_step": 2, "rnn_unroll": 4, "simple_rnn_cell": 6, "simple_rnn": 10, "stacked_rnn": 4}[exercise]


sys.modules["autograder"] = types.SimpleNamespace(check=check)
