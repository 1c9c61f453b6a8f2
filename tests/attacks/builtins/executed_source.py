"""Read the library's source, and run the copy."""

ASSIGNMENT = "lstm"
BASE = "stub"
EXPECT = {"lstm_cell": ("forbidden", 0)}

# %% replace lstm_cell
import inspect

source = inspect.getsource(keras.layers.LSTMCell).replace('@keras_export("keras.layers.LSTMCell")', "")
names = dict(vars(inspect.getmodule(keras.layers.LSTMCell)))
exec(source, names)
LSTMCell = names["LSTMCell"]
