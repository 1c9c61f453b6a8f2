import numpy as np


def input_gate(x_t, h_prev, W_i, U_i, b_i):
    z = np.dot(x_t, W_i) + np.dot(h_prev, U_i) + b_i
    return 1.0 / (1.0 + np.exp(-z))
