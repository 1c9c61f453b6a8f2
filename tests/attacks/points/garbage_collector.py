"""Find the traps among all objects of the process, and empty them."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"rnn_step": ("forbidden", 0)}

# %% before rnn_step
import gc

gc.unfreeze()
for thing in gc.get_objects():
    if type(thing).__name__ == "TrapSet":
        thing._traps = {name: [] for name in thing._traps}

# %% replace rnn_step
def rnn_step(x_t, h_prev, W, U, b):
    cell = keras.layers.SimpleRNNCell(len(b))
    cell.build(x_t.shape)
    cell.set_weights([W, U, b])
    return cell(x_t, [h_prev])[0]
