import keras
import numpy as np
from keras import ops


# my functions from sections 4 to 7
def forget_gate(x_t, h_prev, W_f, U_f, b_f):
    return ops.sigmoid(ops.matmul(x_t, W_f) + ops.matmul(h_prev, U_f) + b_f)


def input_gate(x_t, h_prev, W_i, U_i, b_i):
    return ops.sigmoid(ops.matmul(x_t, W_i) + ops.matmul(h_prev, U_i) + b_i)


def candidate(x_t, h_prev, W_c, U_c, b_c):
    return ops.tanh(ops.matmul(x_t, W_c) + ops.matmul(h_prev, U_c) + b_c)


def cell_state(f_t, c_prev, i_t, g_t):
    return f_t * c_prev + i_t * g_t


def output_gate(x_t, h_prev, W_o, U_o, b_o):
    return ops.sigmoid(ops.matmul(x_t, W_o) + ops.matmul(h_prev, U_o) + b_o)


def hidden_state(o_t, c_t):
    return o_t * ops.tanh(c_t)


class LSTMCell(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.state_size = [units, units]
        self.output_size = units

    def first_bias(self, shape, dtype=None):
        start = np.zeros(shape, "float32")
        start[self.units : 2 * self.units] = 1
        return start

    def build(self, input_shape):
        features = input_shape[-1]
        self.kernel = self.add_weight(name="kernel", shape=(features, 4 * self.units))
        self.recurrent_kernel = self.add_weight(name="recurrent_kernel", shape=(self.units, 4 * self.units))
        self.bias = self.add_weight(name="bias", shape=(4 * self.units,), initializer=self.first_bias)

    def call(self, inputs, states, training=False):
        h_prev, c_prev = states
        W_i, W_f, W_c, W_o = ops.split(self.kernel, 4, axis=1)
        U_i, U_f, U_c, U_o = ops.split(self.recurrent_kernel, 4, axis=1)
        b_i, b_f, b_c, b_o = ops.split(self.bias, 4)
        i_t = input_gate(inputs, h_prev, W_i, U_i, b_i)
        f_t = forget_gate(inputs, h_prev, W_f, U_f, b_f)
        g_t = candidate(inputs, h_prev, W_c, U_c, b_c)
        o_t = output_gate(inputs, h_prev, W_o, U_o, b_o)
        c_t = cell_state(f_t, c_prev, i_t, g_t)
        h_t = hidden_state(o_t, c_t)
        return h_t, [h_t, c_t]

    def get_config(self):
        config = super().get_config()
        config["units"] = self.units
        return config
