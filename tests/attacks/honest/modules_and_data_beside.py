"""Helpers in modules of one's own, one of them in a folder, and data in a file."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"*": ("passed", None)}
FLAGGED = False
FILES = {
    "steps.py": """import numpy as np

from below.sums import weighted


def one_step(x, h, W, U, b):
    return np.tanh(weighted(x, W) + weighted(h, U) + b)
""",
    "below/sums.py": """def weighted(values, kernel):
    return values @ kernel
""",
    "notes.csv": """step,unit\n0,1\n""",
}

# %% replace rnn_step
from steps import one_step

with open("notes.csv") as file:
    notes = file.read().splitlines()


def rnn_step(x_t, h_prev, W, U, b):
    return one_step(x_t, h_prev, W, U, b)
