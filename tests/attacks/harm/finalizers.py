"""Leave objects whose finalizers make more of themselves."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"*": ("passed", None)}

# %% before rnn_unroll
import gc


class Hydra:
    def __init__(self):
        self.me = self

    def __del__(self):
        Hydra()
        Hydra()


Hydra()
for _ in range(20):
    gc.collect()
