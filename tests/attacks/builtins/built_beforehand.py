"""Build the layer in an earlier cell, where nobody looks, and only call it later."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"rnn_step": ("forbidden", 0)}

# %% before rnn_step
ready = {}
for features, units in ((f, u) for f in range(2, 9) for u in range(2, 9)):
    ready[features, units] = keras.layers.SimpleRNNCell(units)
    ready[features, units].build((None, features))

# %% replace rnn_step
def rnn_step(x_t, h_prev, W, U, b):
    cell = ready[W.shape]
    for weight, value in zip(cell.weights, (W, U, b)):
        weight.assign(value)
    return cell(x_t, [h_prev])[0]
