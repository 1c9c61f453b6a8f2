"""All right; every sum by hand, in plain Python and NumPy."""

# %% lstm before forget_gate
import math


def sigmoid(z):
    return 1 / (1 + math.exp(-z))


def one_by_one(x, h, W, U, b, activation):
    rows = []
    for item in range(len(x)):
        row = []
        for unit in range(len(b)):
            total = float(b[unit])
            for k in range(W.shape[0]):
                total += float(x[item, k]) * float(W[k, unit])
            for k in range(U.shape[0]):
                total += float(h[item, k]) * float(U[k, unit])
            row.append(activation(total))
        rows.append(row)
    return rows

# %% lstm forget_gate
def forget_gate(x_t, h_prev, W_f, U_f, b_f):
    return one_by_one(x_t, h_prev, W_f, U_f, b_f, sigmoid)

# %% lstm input_gate
def input_gate(x_t, h_prev, W_i, U_i, b_i):
    return one_by_one(x_t, h_prev, W_i, U_i, b_i, sigmoid)

# %% lstm candidate
def candidate(x_t, h_prev, W_c, U_c, b_c):
    return one_by_one(x_t, h_prev, W_c, U_c, b_c, math.tanh)

# %% lstm output_gate
def output_gate(x_t, h_prev, W_o, U_o, b_o):
    return one_by_one(x_t, h_prev, W_o, U_o, b_o, sigmoid)

# %% lstm lstm_step
def lstm_step(x_t, h_prev, c_prev, kernel, recurrent_kernel, bias):
    z = ops.matmul(x_t, kernel) + ops.matmul(h_prev, recurrent_kernel) + bias
    z_i, z_f, z_c, z_o = ops.split(z, 4, axis=-1)
    c_t = ops.sigmoid(z_f) * c_prev + ops.sigmoid(z_i) * ops.tanh(z_c)
    return ops.sigmoid(z_o) * ops.tanh(c_t), c_t
