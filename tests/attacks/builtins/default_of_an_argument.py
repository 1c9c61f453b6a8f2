"""Name the built-in as the default of an argument, and take it out of the function."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"rnn_step": ("forbidden", 0)}

# %% before rnn_step
def describe(title, layer=keras.layers.SimpleRNNCell, *, other=keras.layers.SimpleRNN):
    return title


(MADE,) = describe.__defaults__

# %% replace rnn_step
def rnn_step(x_t, h_prev, W, U, b):
    cell = MADE(len(b))
    cell.build(x_t.shape)
    cell.set_weights([W, U, b])
    return cell(x_t, [h_prev])[0]
