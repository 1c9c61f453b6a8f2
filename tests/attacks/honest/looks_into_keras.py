"""Look things up in Keras: signatures, documentation, the class tree, configurations, the source where it is to be had."""

ASSIGNMENT = "lstm"
BASE = "solution"
EXPECT = {"*": ("passed", None)}

# %% before lstm_cell
import inspect

print(inspect.signature(keras.layers.LSTM.__init__))
print(keras.layers.LSTMCell.__doc__[:60], [each.__name__ for each in keras.layers.LSTM.__mro__])
print(keras.layers.LSTM(3).get_config()["units"], keras.layers.LSTM(3).count_params.__name__)
try:
    print(len(inspect.getsource(keras.layers.LSTM)), inspect.getsourcefile(keras.layers.GRU)[-6:])
except OSError as error:
    print("no source:", error)
help(keras.layers.LSTM)
keras.layers.LSTM?
?keras.layers.LSTMCell

# %% before lstm
keras.layers.LSTM??

# %% before lstm
%pinfo keras.layers.Bidirectional
%psource lstm_step
%pdoc keras.layers.LSTM

# %% before stacked_lstm
print(type(keras.layers.LSTM(2)).__module__, isinstance(LSTM(2), keras.layers.Layer), callable(keras.layers.GRU))
print(dir(keras.layers.LSTM)[:3], vars(keras.layers.LSTMCell).keys() >= {"call"}, hasattr(keras.layers, "LSTM"))
