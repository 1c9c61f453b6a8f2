"""Have the worker's packer send values in values, and arrays without a number in them, by the hundred thousand."""

ASSIGNMENT = "rnn"
BASE = "stub"
EXPECT = {"rnn_step": ("failed|error|timed_out|out_of_memory", 0), "rnn_unroll": ("failed|error|timed_out|out_of_memory", 0)}

# %% first
import sys

worker = {name.rpartition(".")[2]: module for name, module in list(sys.modules.items()) if "worker." in name}

# %% replace rnn_step
def rnn_step(x_t, h_prev, W, U, b):
    def packed(result):
        value = worker["answers"].Items((1.5, True, None) * 1000)
        return worker["answers"].Items((value,) * 200)

    worker["answers"].to_value = packed
    return np.zeros((len(x_t), len(b)), "f4")

# %% replace rnn_unroll
def rnn_unroll(x, h_0, W, U, b):
    empty = worker["protocol"].Array(dtype="float32", shape=(0,), data=b"")
    worker["answers"].to_value = lambda result: worker["answers"].Items((empty,) * 300_000)
    return 1.0, 2.0
