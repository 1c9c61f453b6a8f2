"""Sends the candidate through a sigmoid, as the gates: copied the line above."""

# %% lstm candidate
def candidate(x_t, h_prev, W_c, U_c, b_c):
    return ops.sigmoid(ops.matmul(x_t, W_c) + ops.matmul(h_prev, U_c) + b_c)

# %% lstm lstm_step
def lstm_step(x_t, h_prev, c_prev, kernel, recurrent_kernel, bias):
    z = ops.matmul(x_t, kernel) + ops.matmul(h_prev, recurrent_kernel) + bias
    z_i, z_f, z_c, z_o = ops.split(z, 4, axis=-1)
    i_t = ops.sigmoid(z_i)
    f_t = ops.sigmoid(z_f)
    g_t = ops.sigmoid(z_c)
    o_t = ops.sigmoid(z_o)
    c_t = f_t * c_prev + i_t * g_t
    return o_t * ops.tanh(c_t), c_t
