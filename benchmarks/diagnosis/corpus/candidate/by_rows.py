import numpy as np


def candidate(x_t, h_prev, W_c, U_c, b_c):
    # one sample of the batch after the other
    return np.stack([np.tanh(W_c.T @ x + U_c.T @ h + b_c) for x, h in zip(x_t, h_prev)])
