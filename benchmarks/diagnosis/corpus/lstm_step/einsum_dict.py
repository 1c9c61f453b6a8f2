import numpy as np


def lstm_step(x_t, h_prev, c_prev, kernel, recurrent_kernel, bias):
    n = recurrent_kernel.shape[0]
    gate = {}
    for k, name in enumerate("ifco"):
        part = slice(k * n, (k + 1) * n)
        a = np.einsum("nf,fu->nu", x_t, kernel[:, part])
        a = a + np.einsum("nv,vu->nu", h_prev, recurrent_kernel[:, part])
        a = a + bias[part]
        gate[name] = np.tanh(a) if name == "c" else 1.0 / (1.0 + np.exp(-a))
    c = gate["f"] * c_prev + gate["i"] * gate["c"]
    h = gate["o"] * np.tanh(c)
    return h, c
