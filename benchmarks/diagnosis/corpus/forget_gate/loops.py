import math

import numpy as np


def forget_gate(x_t, h_prev, W_f, U_f, b_f):
    batch, features = x_t.shape
    units = h_prev.shape[1]
    f_t = np.zeros((batch, units), dtype="float32")
    for n in range(batch):
        for j in range(units):
            s = b_f[j]
            for k in range(features):
                s += x_t[n, k] * W_f[k, j]
            for k in range(units):
                s += h_prev[n, k] * U_f[k, j]
            f_t[n, j] = 1.0 / (1.0 + math.exp(-s))
    return f_t
