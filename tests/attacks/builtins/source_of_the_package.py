"""Get the built-in's source by the data of its package, and run it under another name."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"rnn_step": ("forbidden", 0)}

# %% before rnn_step
import pkgutil
import types

text = pkgutil.get_data("keras.src.layers.rnn", "simple_" + "rnn.py").decode()
mine = types.ModuleType("mine")
exec(compile(text.replace("SimpleRNN", "Own").replace("@keras_export", "# "), "mine.py", "exec"), vars(mine))

# %% replace rnn_step
def rnn_step(x_t, h_prev, W, U, b):
    cell = mine.OwnCell(len(b))
    cell.build(x_t.shape)
    cell.set_weights([W, U, b])
    return cell(x_t, [h_prev])[0]
