from keras import ops


def cell_state(f_t, c_prev, i_t, g_t):
    保留 = ops.multiply(f_t, c_prev)  # 旧记忆
    写入 = ops.multiply(i_t, g_t)  # 新内容
    return 保留 + 写入
