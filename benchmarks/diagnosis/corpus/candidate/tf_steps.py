import tensorflow as tf


def candidate(x_t, h_prev, W_c, U_c, b_c):
    a = tf.matmul(x_t, W_c)
    a = a + tf.matmul(h_prev, U_c)
    a = tf.nn.bias_add(a, b_c)
    return tf.tanh(a)
