import keras


def linear(a, W, b=0.0):
    return keras.ops.matmul(a, W) + b


def input_gate(x_t, h_prev, W_i, U_i, b_i):
    return keras.activations.sigmoid(linear(x_t, W_i, b_i) + linear(h_prev, U_i))
