import numpy as np


def hidden_state(o_t, c_t):
    squashed = np.tanh(c_t)
    shown = o_t * squashed
    return shown
