import numpy as np


def cell_state(f_t, c_prev, i_t, g_t):
    kept = np.multiply(f_t, c_prev)
    written = np.multiply(i_t, g_t)
    return np.add(kept, written)
