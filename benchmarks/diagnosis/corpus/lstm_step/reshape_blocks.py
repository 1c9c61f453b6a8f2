from keras import ops


def lstm_step(x_t, h_prev, c_prev, kernel, recurrent_kernel, bias):
    batch, units = h_prev.shape
    z = ops.dot(x_t, kernel) + ops.dot(h_prev, recurrent_kernel) + bias
    blocks = ops.reshape(z, (batch, 4, units))
    gates = ops.sigmoid(blocks)
    new = ops.tanh(blocks[:, 2])
    memory = gates[:, 1] * c_prev + gates[:, 0] * new
    shown = gates[:, 3] * ops.tanh(memory)
    return shown, memory
