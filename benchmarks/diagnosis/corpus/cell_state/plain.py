def cell_state(f_t, c_prev, i_t, g_t):
    return f_t * c_prev + i_t * g_t
