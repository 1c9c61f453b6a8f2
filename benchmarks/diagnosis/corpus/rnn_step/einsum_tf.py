import tensorflow as tf


def rnn_step(x_t, h_prev, W, U, b):
    from_input = tf.einsum("bf,fu->bu", x_t, W)
    from_state = tf.einsum("bv,vu->bu", h_prev, U)
    return tf.math.tanh(from_input + from_state + b)
