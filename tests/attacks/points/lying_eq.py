"""Return an object that says it is equal to everything."""

ASSIGNMENT = "rnn"
BASE = "stub"
EXPECT = {"rnn_step": ("failed", 0), "rnn_unroll": ("failed", 0)}

# %% replace rnn_step
class Right:
    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    __lt__ = __le__ = __gt__ = __ge__ = __contains__ = __eq__

    def __hash__(self):
        return 0

    def __bool__(self):
        return True

    def __getattr__(self, name):
        return Right()

    def __call__(self, *arguments, **options):
        return Right()

    def __sub__(self, other):
        return 0.0

    __rsub__ = __abs__ = __sub__

    def __float__(self):
        return 0.0


def rnn_step(x_t, h_prev, W, U, b):
    return Right()

# %% replace rnn_unroll
def rnn_unroll(x, h_0, W, U, b):
    return Right(), Right()
