from keras import ops


def rnn_step(x_t, h_prev, W, U, b):
    xh = ops.concatenate([x_t, h_prev], axis=1)
    WU = ops.concatenate([W, U], axis=0)
    return ops.tanh(ops.matmul(xh, WU) + b)
