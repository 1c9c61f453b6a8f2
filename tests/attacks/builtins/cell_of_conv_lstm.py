"""An LSTM cell by another name: the one inside of ConvLSTM."""

ASSIGNMENT = "lstm"
BASE = "solution"
EXPECT = {"lstm_step": ("forbidden", 0), "lstm_cell": ("passed", None)}

# %% before lstm_step
cells = {}
maker = getattr(keras.layers, "Conv" + "LSTM1D")
from keras.src.layers.rnn import conv_lstm as one
CELL = getattr(one, "Conv" + "LSTM" + "Cell")

# %% replace lstm_step
def lstm_step(x_t, h_prev, c_prev, W, U, b):
    cell = CELL(1, len(b) // 4, 1, recurrent_activation="sigmoid")
    cell.build((None, 1, x_t.shape[-1]))
    cell.set_weights([W[None], U[None], b])
    h, (_, c) = cell(ops.convert_to_tensor(x_t[:, None]), [ops.convert_to_tensor(h_prev[:, None]), ops.convert_to_tensor(c_prev[:, None])])
    return h[:, 0], c[:, 0]
