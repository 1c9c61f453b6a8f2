import tensorflow as tf


def lstm_step(x_t, h_prev, c_prev, kernel, recurrent_kernel, bias):
    W_i, W_f, W_c, W_o = tf.split(kernel, 4, axis=1)
    U_i, U_f, U_c, U_o = tf.split(recurrent_kernel, 4, axis=1)
    b_i, b_f, b_c, b_o = tf.split(bias, 4)
    # the gates
    i_t = tf.sigmoid(tf.matmul(x_t, W_i) + tf.matmul(h_prev, U_i) + b_i)
    f_t = tf.sigmoid(tf.matmul(x_t, W_f) + tf.matmul(h_prev, U_f) + b_f)
    o_t = tf.sigmoid(tf.matmul(x_t, W_o) + tf.matmul(h_prev, U_o) + b_o)
    # the candidate
    g_t = tf.tanh(tf.matmul(x_t, W_c) + tf.matmul(h_prev, U_c) + b_c)
    c_t = tf.multiply(f_t, c_prev) + tf.multiply(i_t, g_t)
    return tf.multiply(o_t, tf.tanh(c_t)), c_t
