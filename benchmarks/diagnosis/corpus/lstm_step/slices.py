import numpy as np


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def lstm_step(x_t, h_prev, c_prev, kernel, recurrent_kernel, bias):
    units = h_prev.shape[1]
    z = x_t @ kernel + h_prev @ recurrent_kernel + bias
    i_t = sigmoid(z[:, :units])
    f_t = sigmoid(z[:, units : 2 * units])
    g_t = np.tanh(z[:, 2 * units : 3 * units])
    o_t = sigmoid(z[:, 3 * units :])
    c_t = f_t * c_prev + i_t * g_t
    h_t = o_t * np.tanh(c_t)
    return h_t, c_t
