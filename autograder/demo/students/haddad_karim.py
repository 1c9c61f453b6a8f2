"""All right; writes tf where others write ops."""

# %% rnn before rnn_step
import tensorflow as tf

# %% rnn rnn_step
def rnn_step(x_t, h_prev, W, U, b):
    return tf.tanh(tf.matmul(x_t, W) + tf.matmul(h_prev, U) + b)

# %% lstm before forget_gate
import tensorflow as tf

# %% lstm forget_gate
def forget_gate(x_t, h_prev, W_f, U_f, b_f):
    return tf.sigmoid(tf.matmul(x_t, W_f) + tf.matmul(h_prev, U_f) + b_f)

# %% lstm input_gate
def input_gate(x_t, h_prev, W_i, U_i, b_i):
    return tf.sigmoid(tf.matmul(x_t, W_i) + tf.matmul(h_prev, U_i) + b_i)

# %% lstm candidate
def candidate(x_t, h_prev, W_c, U_c, b_c):
    return tf.tanh(tf.matmul(x_t, W_c) + tf.matmul(h_prev, U_c) + b_c)

# %% lstm output_gate
def output_gate(x_t, h_prev, W_o, U_o, b_o):
    return tf.sigmoid(tf.matmul(x_t, W_o) + tf.matmul(h_prev, U_o) + b_o)

# %% lstm lstm_step
def lstm_step(x_t, h_prev, c_prev, kernel, recurrent_kernel, bias):
    z = tf.matmul(x_t, kernel) + tf.matmul(h_prev, recurrent_kernel) + bias
    i, f, g, o = tf.split(z, 4, axis=1)
    c_t = tf.sigmoid(f) * c_prev + tf.sigmoid(i) * tf.tanh(g)
    return tf.sigmoid(o) * tf.tanh(c_t), c_t
