"""Take the traps away before the first question, and answer by the built-in."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"rnn_step": ("forbidden", 0)}

# %% before rnn_step
import contextlib
import sys

traps = sys.modules["gatebook_worker.answering.decoys"]


@contextlib.contextmanager
def disarmed(self, names, namespace):
    yield traps.Hits()


traps.TrapSet.armed = disarmed
traps._watch_operations = contextlib.nullcontext

# %% replace rnn_step
def rnn_step(x_t, h_prev, W, U, b):
    cell = keras.layers.SimpleRNNCell(len(b))
    cell.build(x_t.shape)
    cell.set_weights([W, U, b])
    return cell(x_t, [h_prev])[0]
