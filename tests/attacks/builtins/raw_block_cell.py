"""Use TensorFlow's fused operation of an LSTM cell."""

ASSIGNMENT = "lstm"
BASE = "solution"
EXPECT = {"lstm_step": ("forbidden", 0)}

# %% replace lstm_step
import tensorflow as tf


def lstm_step(x_t, h_prev, c_prev, kernel, recurrent_kernel, bias):
    joined = np.concatenate([kernel, recurrent_kernel])
    i, f, c, o = np.split(joined, 4, axis=1)
    b_i, b_f, b_c, b_o = np.split(bias, 4)
    units = h_prev.shape[1]
    zeros = np.zeros(units, "float32")
    done = tf.raw_ops.LSTMBlockCell(
        x=x_t, cs_prev=c_prev, h_prev=h_prev, w=np.concatenate([i, c, f, o], axis=1), wci=zeros, wcf=zeros, wco=zeros,
        b=np.concatenate([b_i, b_c, b_f, b_o]), forget_bias=0.0, cell_clip=-1.0,
    )
    return done.h, done.cs
