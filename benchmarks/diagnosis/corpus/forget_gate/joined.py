import tensorflow as tf


def forget_gate(x_t, h_prev, W_f, U_f, b_f):
    xh = tf.concat([x_t, h_prev], axis=1)
    W = tf.concat([W_f, U_f], axis=0)
    return tf.nn.sigmoid(tf.matmul(xh, W) + b_f)
