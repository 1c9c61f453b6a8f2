from keras import ops


def forget_gate(x_t, h_prev, W_f, U_f, b_f):
    return ops.sigmoid(ops.matmul(x_t, W_f) + ops.matmul(h_prev, U_f) + b_f)
