from keras import ops


def candidate(x_t, h_prev, W_c, U_c, b_c):
    return ops.tanh(x_t @ W_c + h_prev @ U_c + b_c)
