"""Write answers into the protocol's descriptor before anything was asked."""

ASSIGNMENT = "rnn"
BASE = "stub"
EXPECT = {"rnn_step": ("error|failed|blocked|not_attempted", 0), "rnn_unroll": ("error|failed|blocked|not_attempted", 0)}

# %% before rnn_step
import os
import struct

import msgspec

value = {"type": "array", "dtype": "float32", "shape": [4, 6], "data": b"\0" * 96}
forged = msgspec.msgpack.encode({"type": "answers", "answers": [{"type": "answer", "value": value}] * 3})
for descriptor in range(3, 64):
    for _ in range(8):
        try:
            os.write(descriptor, struct.pack("<I", len(forged)) + forged)
        except OSError:
            break
