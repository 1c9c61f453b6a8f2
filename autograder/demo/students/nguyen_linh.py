"""All right; a plot and notes between the exercises, and one gate as a sum that all of them use."""

# %% lstm before forget_gate
def affine(x, h, W, U, b):
    "the same sum for every gate"
    return ops.matmul(x, W) + ops.matmul(h, U) + b


plt.plot(np.linspace(-6, 6), 1 / (1 + np.exp(-np.linspace(-6, 6))))
plt.title("what the gates go through")
plt.show()

# %% lstm forget_gate
def forget_gate(x_t, h_prev, W_f, U_f, b_f):
    return ops.sigmoid(affine(x_t, h_prev, W_f, U_f, b_f))

# %% lstm input_gate
def input_gate(x_t, h_prev, W_i, U_i, b_i):
    return ops.sigmoid(affine(x_t, h_prev, W_i, U_i, b_i))

# %% lstm candidate
def candidate(x_t, h_prev, W_c, U_c, b_c):
    return ops.tanh(affine(x_t, h_prev, W_c, U_c, b_c))

# %% lstm output_gate
def output_gate(x_t, h_prev, W_o, U_o, b_o):
    return ops.sigmoid(affine(x_t, h_prev, W_o, U_o, b_o))
