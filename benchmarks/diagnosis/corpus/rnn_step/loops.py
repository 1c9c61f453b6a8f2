import math

import numpy as np


def rnn_step(x_t, h_prev, W, U, b):
    h_t = np.zeros_like(h_prev)
    for n in range(x_t.shape[0]):
        for j in range(U.shape[1]):
            total = b[j]
            for k in range(W.shape[0]):
                total = total + x_t[n][k] * W[k][j]
            for k in range(U.shape[0]):
                total = total + h_prev[n][k] * U[k][j]
            h_t[n][j] = math.tanh(total)
    return h_t
