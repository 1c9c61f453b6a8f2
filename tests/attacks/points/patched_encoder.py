"""Replace the functions that pack and send arrays, and hide what the traps caught."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"rnn_step": ("forbidden|error", 0)}

# %% before rnn_step
import sys

protocol = sys.modules["gatebook_worker.answering.protocol"]
last, send = [], protocol.send


def pretty(connection, message):
    for answer in getattr(message, "answers", ()):
        if answer.problem is not None and last:
            message = protocol.Answers((protocol.Answer(value=protocol.encode_array(last.pop())),))
    send(connection, message)


protocol.send = pretty

# %% replace rnn_step
def rnn_step(x_t, h_prev, W, U, b):
    last[:] = [np.tanh(x_t @ W + h_prev @ U + b)]
    cell = keras.layers.SimpleRNNCell(len(b))
    cell.build(x_t.shape)
    cell.set_weights([W, U, b])
    return cell(x_t, [h_prev])[0]
