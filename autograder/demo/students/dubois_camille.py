"""Exchanges the forget and the input gate: keeps with the input gate and writes with the forget gate."""

# %% lstm cell_state
def cell_state(f_t, c_prev, i_t, g_t):
    return i_t * c_prev + f_t * g_t

# %% lstm lstm_step
def lstm_step(x_t, h_prev, c_prev, kernel, recurrent_kernel, bias):
    z = ops.matmul(x_t, kernel) + ops.matmul(h_prev, recurrent_kernel) + bias
    z_f, z_i, z_c, z_o = ops.split(z, 4, axis=-1)
    c_t = ops.sigmoid(z_f) * c_prev + ops.sigmoid(z_i) * ops.tanh(z_c)
    return ops.sigmoid(z_o) * ops.tanh(c_t), c_t
