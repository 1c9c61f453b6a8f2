"""Replace the function that answers questions by one that runs outside the traps."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"rnn_step": ("any", 0)}

# %% replace rnn_step
import gatebook_worker.worker.child as child
from gatebook_worker.answering import answers, protocol


def generous(self, question, order):
    x_t, h_prev, W, U, b = map(protocol.decode_array, question.args)
    cell = keras.layers.SimpleRNNCell(len(b))
    cell.build(x_t.shape)
    cell.set_weights([W, U, b])
    return protocol.Answer(value=answers.to_value(cell(x_t, [h_prev])[0]))


if hasattr(child, "_Session"):
    child._Session._answer = generous
