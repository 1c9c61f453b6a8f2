from keras import ops


def output_gate(x_t, h_prev, W_o, U_o, b_o):
    return ops.sigmoid(ops.matmul(x_t, W_o) + ops.matmul(h_prev, U_o) + b_o)
