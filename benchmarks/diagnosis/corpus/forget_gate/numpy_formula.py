import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def forget_gate(x_t, h_prev, W_f, U_f, b_f):
    # how much of the old memory is kept
    z = np.dot(x_t, W_f) + np.dot(h_prev, U_f) + b_f
    f_t = sigmoid(z)
    return f_t
