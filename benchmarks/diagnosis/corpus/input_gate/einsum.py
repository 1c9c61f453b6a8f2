from keras import ops


def input_gate(x_t, h_prev, W_i, U_i, b_i):
    from_input = ops.einsum("bf,fu->bu", x_t, W_i)
    from_state = ops.einsum("bu,uv->bv", h_prev, U_i)
    return ops.sigmoid(from_input + from_state + b_i)
