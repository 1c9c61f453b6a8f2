"""Import the built-in by the functions behind `import`."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"rnn_step": ("forbidden", 0), "rnn_unroll": ("forbidden", 0)}

# %% replace rnn_step
def rnn_step(x_t, h_prev, W, U, b):
    cell = __import__("keras.layers", fromlist=["layers"]).SimpleRNNCell(len(b))
    cell.build(x_t.shape)
    cell.set_weights([W, U, b])
    return cell(x_t, [h_prev])[0]

# %% replace rnn_unroll
import sys


def rnn_unroll(x, h_0, W, U, b):
    loop = sys.modules["keras.src.layers"].SimpleRNN(len(b), return_sequences=True, return_state=True)
    loop.build(x.shape)
    loop.set_weights([W, U, b])
    return loop(x, initial_state=[h_0])
