"""Ask Keras beside one's own in the answer itself, print how far they are apart, and return one's own."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"*": ("passed", None)}
FLAGGED = False

# %% replace rnn_step
def rnn_step(x_t, h_prev, W, U, b):
    mine = np.tanh(x_t @ W + h_prev @ U + b)
    cell = keras.layers.SimpleRNNCell(len(b))
    cell.build(x_t.shape)
    cell.set_weights([W, U, b])
    print("difference to Keras:", float(np.abs(mine - cell(x_t, [h_prev])[0]).max()))
    return mine
