"""Crash the interpreter."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"*": ("passed", None)}

# %% before rnn_unroll
import ctypes

ctypes.string_at(0)
