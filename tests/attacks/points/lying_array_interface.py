"""Point NumPy at memory that was never this array's, by a false array interface."""

ASSIGNMENT = "rnn"
BASE = "stub"
EXPECT = {"rnn_step": ("failed|error", 0)}

# %% replace rnn_step
class Window:
    def __init__(self, shape, address):
        self.__array_interface__ = {"version": 3, "shape": shape, "typestr": "<f4", "data": (address, True)}


def rnn_step(x_t, h_prev, W, U, b):
    # The answers, or so one hopes, lie in memory a little behind the questions.
    return Window((len(x_t), len(b)), x_t.__array_interface__["data"][0])
