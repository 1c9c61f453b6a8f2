"""Have the unpickler look the built-in up: a few bytes name module and class."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"rnn_step": ("forbidden", 0)}

# %% before rnn_step
import pickle

MADE = pickle.loads(b"ckeras.layers\n" + b"Simple" + b"RNNCell\n.")

# %% replace rnn_step
def rnn_step(x_t, h_prev, W, U, b):
    cell = MADE(len(b))
    cell.build(x_t.shape)
    cell.set_weights([W, U, b])
    return cell(x_t, [h_prev])[0]
