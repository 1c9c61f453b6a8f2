"""What the worker has to put into words ends the process that asks: an exception, its class, an output."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"rnn_step": ("error", 0), "*": ("passed", None)}

# %% before rnn_step
class Kind(type):
    @property
    def __name__(cls):
        raise SystemExit("name")


class Silent(Exception, metaclass=Kind):
    def __str__(self):
        raise SystemExit("text")

    __repr__ = __str__
# %% before rnn_step
from IPython.display import publish_display_data

publish_display_data({"application/json": {"a": Silent()}, "text/plain": "x"})
# %% before rnn_step
raise Silent
# %% replace rnn_step
def rnn_step(x_t, h_prev, W, U, b):
    raise Silent
