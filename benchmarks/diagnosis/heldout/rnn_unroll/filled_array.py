import numpy as np


def rnn_unroll(x, h_0, W, U, b):
    batch, time, features = x.shape
    units = U.shape[0]
    outputs = np.zeros((batch, time, units), dtype="float32")
    h = h_0
    for t in range(time):
        a = x[:, t, :] @ W + h @ U + b
        h = np.tanh(a)
        outputs[:, t, :] = h
    final_state = h
    return outputs, final_state
