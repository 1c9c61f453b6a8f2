from keras import ops


def lstm_step(x_t, h_prev, c_prev, kernel, recurrent_kernel, bias):
    z = ops.matmul(x_t, kernel) + ops.matmul(h_prev, recurrent_kernel) + bias
    z_i, z_f, z_c, z_o = ops.split(z, 4, axis=-1)
    i = ops.sigmoid(z_i)
    f = ops.sigmoid(z_f)
    g = ops.tanh(z_c)
    o = ops.sigmoid(z_o)
    c_t = f * c_prev + i * g
    h_t = o * ops.tanh(c_t)
    return h_t, c_t
