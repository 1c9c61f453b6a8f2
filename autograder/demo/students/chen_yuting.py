"""All right; comments and names in Chinese."""

# %% rnn rnn_unroll
def rnn_unroll(x, h_0, W, U, b):
    状态 = h_0
    输出 = []
    for 时间 in range(x.shape[1]):
        状态 = rnn_step(x[:, 时间], 状态, W, U, b)  # 每一步都用上一步的状态
        输出.append(状态)
    return np.stack(输出, axis=1), 状态

# %% lstm forget_gate
def forget_gate(x_t, h_prev, W_f, U_f, b_f):
    # 遗忘门:每个记忆元保留多少
    加权和 = ops.matmul(x_t, W_f) + ops.matmul(h_prev, U_f) + b_f
    return ops.sigmoid(加权和)

# %% lstm cell_state
def cell_state(f_t, c_prev, i_t, g_t):
    保留 = f_t * c_prev  # 旧的记忆
    写入 = i_t * g_t  # 新的内容
    return 保留 + 写入
