"""Use the cell of TensorFlow 1, with its gates put into our order."""

ASSIGNMENT = "lstm"
BASE = "solution"
EXPECT = {"lstm_step": ("forbidden|failed|error", 0)}

# %% before lstm_step
import tensorflow as tf
from tensorflow.python.keras.layers.legacy_rnn import rnn_cell_impl

Base = next(getattr(rnn_cell_impl, name) for name in dir(rnn_cell_impl) if name.startswith("Basic") and name.endswith("LSTMCell"))

# %% replace lstm_step
def lstm_step(x_t, h_prev, c_prev, kernel, recurrent_kernel, bias):
    i, f, g, o = np.split(np.concatenate([kernel, recurrent_kernel]), 4, axis=1)
    b_i, b_f, b_g, b_o = np.split(bias, 4)
    cell = Base(len(b_i), forget_bias=0.0)
    cell.build((None, x_t.shape[1]))
    cell.set_weights([np.concatenate([i, g, f, o], axis=1), np.concatenate([b_i, b_g, b_f, b_o])])
    _, (c, h) = cell(tf.constant(x_t), (tf.constant(c_prev), tf.constant(h_prev)))
    return h, c
