"""Have `pydoc` find the built-in by a name that is put together from the letters of others."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"rnn_step": ("forbidden", 0)}

# %% before rnn_step
import pydoc

parts = ["ker" + "as", "lay" + "ers", "".join(("Simple", "RNN", "Cell"))]
MADE = pydoc.locate(".".join(parts))

# %% replace rnn_step
def rnn_step(x_t, h_prev, W, U, b):
    cell = MADE(len(b))
    cell.build(x_t.shape)
    cell.set_weights([W, U, b])
    return cell(x_t, [h_prev])[0]
