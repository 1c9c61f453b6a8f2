import numpy as np


def output_gate(x_t, h_prev, W_o, U_o, b_o):
    # sigmoid(z) = (1 + tanh(z / 2)) / 2
    z = x_t @ W_o + h_prev @ U_o + b_o
    return 0.5 * (1 + np.tanh(0.5 * z))
