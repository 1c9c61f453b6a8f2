import numpy as np


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def lstm_step(x_t, h_prev, c_prev, kernel, recurrent_kernel, bias):
    units = h_prev.shape[1]
    z = np.dot(x_t, kernel) + np.dot(h_prev, recurrent_kernel) + bias
    z_i, z_f, z_c, z_o = np.split(z, 4, axis=1)

    # gates
    i = sigmoid(z_i)
    f = sigmoid(z_f)
    o = sigmoid(z_o)
    g = np.tanh(z_c)

    # memory and output
    c_t = f * c_prev + i * g
    h_t = o * np.tanh(c_t)
    return h_t, c_t
