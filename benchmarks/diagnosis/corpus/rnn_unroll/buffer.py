import numpy as np


def rnn_unroll(x, h_0, W, U, b):
    batch, time, features = x.shape
    units = U.shape[0]
    outputs = np.zeros((batch, time, units), dtype="float32")
    h_prev = h_0
    for t in range(time):
        outputs[:, t, :] = np.tanh(np.dot(x[:, t, :], W) + np.dot(h_prev, U) + b)
        h_prev = outputs[:, t, :]
    return outputs, h_prev
