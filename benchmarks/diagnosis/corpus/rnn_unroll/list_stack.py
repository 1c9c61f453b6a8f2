import numpy as np


def rnn_step(x_t, h_prev, W, U, b):
    return np.tanh(x_t @ W + h_prev @ U + b)


def rnn_unroll(x, h_0, W, U, b):
    h = h_0
    outputs = []
    for t in range(x.shape[1]):
        h = rnn_step(x[:, t], h, W, U, b)
        outputs.append(h)
    return np.stack(outputs, axis=1), h
