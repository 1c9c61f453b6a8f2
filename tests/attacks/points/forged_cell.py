"""Forge the end of a cell, with outputs that look like a grade."""

ASSIGNMENT = "rnn"
BASE = "stub"
EXPECT = {"*": ("any", 0)}

# %% before rnn_step_check
import json
import os
import struct

import msgspec

outputs = [{"output_type": "execute_result", "execution_count": 1, "data": {"text/plain": "26"}, "metadata": {}}]
for name in ("rnn_step_check", "rnn_unroll_check", "own-0"):
    forged = msgspec.msgpack.encode({"type": "cell_done", "cell_id": name, "outputs": json.dumps(outputs)})
    for descriptor in range(3, 64):
        try:
            os.write(descriptor, struct.pack("<I", len(forged)) + forged)
        except OSError:
            pass
