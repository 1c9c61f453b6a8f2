"""Return and show objects whose representation, length, hash and finalizer never end."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"rnn_step": ("failed|timed_out|error", 0), "stacked_rnn": ("passed", None)}

# %% replace rnn_step
class Tar:
    def stick(self, *arguments, **options):
        while True:
            pass

    __repr__ = __str__ = __len__ = __hash__ = __iter__ = __array__ = __format__ = __bool__ = stick


def rnn_step(x_t, h_prev, W, U, b):
    return Tar()

# %% before rnn_unroll
def rnn_step(x_t, h_prev, W, U, b):
    return np.tanh(x_t @ W + h_prev @ U + b)

# %% before simple_rnn_cell
Tar()
