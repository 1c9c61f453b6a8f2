"""Write the built-in as a text in an annotation, and have `typing` look it up."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"rnn_step": ("forbidden", 0)}

# %% before rnn_step
import typing
from dataclasses import dataclass


@dataclass
class Plan:
    """What the network is made of."""

    cell: "keras.layers.SimpleRNNCell"
    width: int = 4


MADE = typing.get_type_hints(Plan)["cell"]

# %% replace rnn_step
def rnn_step(x_t, h_prev, W, U, b):
    cell = MADE(len(b))
    cell.build(x_t.shape)
    cell.set_weights([W, U, b])
    return cell(x_t, [h_prev])[0]
