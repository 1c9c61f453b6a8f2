"""Have the worker's packer send hundreds of thousands of values where one array was asked for."""

ASSIGNMENT = "rnn"
BASE = "stub"
EXPECT = {"rnn_step": ("failed|error|timed_out|out_of_memory", 0)}

# %% replace rnn_step
import sys


def rnn_step(x_t, h_prev, W, U, b):
    for name, module in list(sys.modules.items()):
        if name.endswith("worker.answers"):
            module.to_value = lambda result: module.Items((True,) * 400_000)
    return np.zeros((len(x_t), len(b)), "f4")
