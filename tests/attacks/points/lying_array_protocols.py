"""Answer every NumPy protocol with whatever makes a comparison true."""

ASSIGNMENT = "rnn"
BASE = "stub"
EXPECT = {"rnn_step": ("failed", 0)}

# %% replace rnn_step
class Chameleon:
    shape = property(lambda self: (2, 4))
    dtype = np.dtype("float32")
    ndim = 2

    def __init__(self, like):
        self.like = like

    def __array__(self, *arguments, **options):
        return np.zeros((len(self.like), 4), "float32")

    def __array_function__(self, function, types, arguments, options):
        return True

    def __array_ufunc__(self, function, method, *inputs, **options):
        return np.zeros(()) if function.__name__ in ("subtract", "absolute") else np.True_

    __array_priority__ = 1e9

    def __eq__(self, other):
        return np.ones(self.shape, bool)


def rnn_step(x_t, h_prev, W, U, b):
    return Chameleon(x_t)
