"""Have `pkgutil` and `logging` find the built-in by its name."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"rnn_step": ("forbidden", 0)}

# %% before rnn_step
import logging.config
import pkgutil

name = "keras.layers:" + bytes([83, 105, 109, 112, 108, 101]).decode() + "RNNCell"
found = pkgutil.resolve_name(name), logging.config.BaseConfigurator({}).resolve(name.replace(":", "."))
assert found[0] is found[1]

# %% replace rnn_step
def rnn_step(x_t, h_prev, W, U, b):
    cell = found[1](len(b))
    cell.build(x_t.shape)
    cell.set_weights([W, U, b])
    return cell(x_t, [h_prev])[0]
