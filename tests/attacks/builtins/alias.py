"""Call the built-in by names that were made for it long before."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"rnn_step": ("forbidden", 0), "rnn_unroll": ("forbidden", 0)}

# %% before rnn_step
from keras import layers as K
from keras.layers import SimpleRNN as Loop

tools = {"one": K.SimpleRNNCell}

# %% replace rnn_step
def rnn_step(x_t, h_prev, W, U, b, make=tools["one"]):
    cell = make(len(b))
    cell.build(x_t.shape)
    cell.set_weights([W, U, b])
    return cell(x_t, [h_prev])[0]

# %% replace rnn_unroll
def rnn_unroll(x, h_0, W, U, b):
    loop = Loop(len(b), return_sequences=True, return_state=True)
    loop.build(x.shape)
    loop.set_weights([W, U, b])
    return loop(x, initial_state=[h_0])
