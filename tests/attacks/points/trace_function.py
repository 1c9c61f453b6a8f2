"""Watch every call by sys.settrace, sys.setprofile and sys.monitoring, and change what the worker's functions see."""

ASSIGNMENT = "rnn"
BASE = "stub"
EXPECT = {"rnn_step": ("failed|error", 0), "simple_rnn": ("not_attempted", 0)}

# %% replace rnn_step
import sys


def watch(frame, event, argument):
    if frame.f_code.co_name in ("to_value", "pack", "send", "encode_array"):
        for name in ("result", "array", "message"):
            if name in frame.f_locals:
                frame.f_locals[name] = True
    return watch


sys.settrace(watch)
sys.setprofile(watch)
if hasattr(sys, "monitoring"):
    sys.monitoring.use_tool_id(3, "generous")


def rnn_step(x_t, h_prev, W, U, b):
    return np.zeros((len(x_t), len(b)), "float32")
