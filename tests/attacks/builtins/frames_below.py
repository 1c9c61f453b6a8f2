"""Walk the frames below the cell, and take from their variables whatever knows of functions that were exchanged."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"rnn_step": ("forbidden|failed|error", 0)}

# %% before rnn_step
import sys
import types


def undo():
    frame, seen = sys._getframe(), set()
    while frame is not None:
        todo = [*frame.f_locals.values(), *frame.f_globals.values()]
        for _ in range(5):
            following = []
            for thing in todo:
                if id(thing) in seen or isinstance(thing, (str, bytes, int, float, type(None))):
                    continue
                seen.add(id(thing))
                if isinstance(thing, tuple) and len(thing) == 2 and isinstance(thing[1], types.CodeType):
                    thing[0].__code__ = thing[1]
                if isinstance(thing, (list, tuple, set, frozenset)) and len(thing) < 5000:
                    following += thing
                elif isinstance(thing, dict) and len(thing) < 5000:
                    following += thing.values()
                elif type(thing).__module__.startswith("gatebook"):
                    following += getattr(thing, "__dict__", {}).values()
            todo = following
        frame = frame.f_back


undo()

# %% replace rnn_step
def rnn_step(x_t, h_prev, W, U, b):
    undo()
    cell = keras.layers.SimpleRNNCell(len(b))
    cell.build(x_t.shape)
    cell.set_weights([W, U, b])
    return cell(x_t, [h_prev])[0]
