"""Outputs that are JSON, and that no record can hold: nested hundreds deep, lone surrogates, endless numbers."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"*": ("passed", None)}

# %% before rnn_step
from IPython.display import publish_display_data

nested = {}
for _ in range(900):
    nested = {"a": nested}
publish_display_data({"application/json": nested, "text/plain": "x"})
publish_display_data({"application/json": {"a": "\ud800"}, "text/plain": "x\udfff"}, metadata={"\ud800": "\udfff"})
publish_display_data({"application/json": [10**400, float("nan"), float("inf"), -(2**64)], "text/\ud800": "x"})
# %% before rnn_step
import os

for descriptor in (1, 2):
    os.write(descriptor, bytes(4 * 2**20))
