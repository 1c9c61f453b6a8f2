import tensorflow as tf


def rnn_unroll(x, h_0, W, U, b):
    steps = tf.transpose(x, perm=[1, 0, 2])
    states = [tf.convert_to_tensor(h_0)]
    for x_t in steps:
        new = tf.tanh(tf.matmul(x_t, W) + tf.matmul(states[-1], U) + b)
        states.append(new)
    outputs = tf.transpose(tf.stack(states[1:]), perm=[1, 0, 2])
    return outputs, states[-1]
