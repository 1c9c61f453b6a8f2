import tensorflow as tf


def gate(x, h, w, u, b, activation):
    return activation(tf.linalg.matmul(x, w) + tf.linalg.matmul(h, u) + b)


def output_gate(x_t, h_prev, W_o, U_o, b_o):
    return gate(x_t, h_prev, W_o, U_o, b_o, tf.sigmoid)
