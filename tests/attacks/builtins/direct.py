"""Call the built-in."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"rnn_step": ("forbidden", 0), "simple_rnn_cell": ("passed", None)}

# %% replace rnn_step
def rnn_step(x_t, h_prev, W, U, b):
    cell = keras.layers.SimpleRNNCell(len(b))
    cell.build(x_t.shape)
    cell.set_weights([W, U, b])
    return cell(x_t, [h_prev])[0]
