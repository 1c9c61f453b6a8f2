from keras import ops


def hidden_state(o_t, c_t):
    return o_t * ops.tanh(c_t)
