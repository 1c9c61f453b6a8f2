"""Return arrays of objects, strings, structures and complex numbers that hold a whole other meaning."""

ASSIGNMENT = "rnn"
BASE = "stub"
EXPECT = {"rnn_step": ("failed", 0), "rnn_unroll": ("failed", 0)}

# %% replace rnn_step
class Number(float):
    def __eq__(self, other):
        return True

    def __lt__(self, other):
        return True

    __le__ = __gt__ = __ge__ = __lt__
    __hash__ = float.__hash__


def rnn_step(x_t, h_prev, W, U, b):
    answer = np.empty((len(x_t), len(b)), object)
    answer[...] = Number(0)
    return answer

# %% replace rnn_unroll
def rnn_unroll(x, h_0, W, U, b):
    return np.zeros((*x.shape[:2], len(b)), [("value", "f4"), ("truth", "f4")]), np.full(h_0.shape, "right")
