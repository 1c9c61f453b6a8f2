"""Return an array of a subclass whose operators and protocols lie."""

ASSIGNMENT = "rnn"
BASE = "stub"
EXPECT = {"rnn_step": ("failed", 0)}

# %% replace rnn_step
class Liar(np.ndarray):
    def __array_finalize__(self, parent):
        pass

    def __array_ufunc__(self, function, method, *inputs, **options):
        return np.zeros((), bool) if function.__name__ in ("greater", "isnan", "not_equal") else np.zeros(())

    def __eq__(self, other):
        return True

    def __sub__(self, other):
        return np.zeros(self.shape)

    __rsub__ = __sub__

    def tobytes(self, *arguments):
        raise RuntimeError("no bytes")


def rnn_step(x_t, h_prev, W, U, b):
    return np.full((len(x_t), len(b)), 0.5, "float32").view(Liar)
