"""Name the built-in as the bound of a type variable, and take it out of the annotation."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"rnn_step": ("forbidden", 0)}

# %% before rnn_step
from typing import Generic, TypeVar

Kind = TypeVar("Kind", bound=keras.layers.SimpleRNNCell)


class Wrapper(Generic[Kind]):
    """What wraps a cell."""


(parameter,) = Wrapper.__parameters__
MADE = parameter.__bound__

# %% replace rnn_step
def rnn_step(x_t, h_prev, W, U, b):
    cell = MADE(len(b))
    cell.build(x_t.shape)
    cell.set_weights([W, U, b])
    return cell(x_t, [h_prev])[0]
