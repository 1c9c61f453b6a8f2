"""Own backward pass with custom_gradient, numpy_function, XLA in the cell, scipy's expit, Keras's scan."""

ASSIGNMENT = "lstm"
BASE = "solution"
EXPECT = {"*": ("passed", None)}
FLAGGED = False

# %% replace forget_gate
from scipy.special import expit


def gate(x_t, h_prev, W, U, b):
    return expit(np.asarray(x_t) @ W + np.asarray(h_prev) @ U + b)


forget_gate = gate

# %% replace input_gate
input_gate = lambda *a: gate(*a)

# %% replace candidate
def candidate(x_t, h_prev, W_c, U_c, b_c):
    return 2 * expit(2 * (x_t @ W_c + h_prev @ U_c + b_c)) - 1

# %% replace output_gate
from functools import partial
output_gate = partial(gate)

# %% replace lstm_cell
import tensorflow as tf


@tf.custom_gradient
def fused(z, c_prev):
    i, f, g, o = tf.split(z, 4, axis=-1)
    i, f, g, o = tf.sigmoid(i), tf.sigmoid(f), tf.tanh(g), tf.sigmoid(o)
    c = f * c_prev + i * g
    t = tf.tanh(c)

    def backward(dh, dc):
        dc = dc + dh * o * (1 - t * t)
        dz = tf.concat([dc * g * i * (1 - i), dc * c_prev * f * (1 - f), dc * i * (1 - g * g), dh * t * o * (1 - o)], -1)
        return dz, dc * f

    return (o * t, c), backward


class LSTMCell(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units, self.output_size, self.state_size = units, units, [units, units]

    def build(self, input_shape):
        self.joined_kernel = self.add_weight(name="joined_kernel", shape=(input_shape[-1] + self.units, 4 * self.units))
        self.bias = self.add_weight(name="bias", shape=(4 * self.units,), initializer="zeros")

    @tf.function(jit_compile=True)
    def z(self, x, h):
        return tf.matmul(tf.concat([x, h], -1), self.joined_kernel) + self.bias

    def call(self, inputs, states, training=False):
        h, c = fused(self.z(inputs, states[0]), states[1])
        return h, [h, c]

    def get_config(self):
        return {**super().get_config(), "units": self.units}

# %% replace lstm
class LSTM(keras.layers.Layer):
    def __init__(self, units, return_sequences=False, return_state=False, go_backwards=False, **kwargs):
        super().__init__(**kwargs)
        self.units, self.return_sequences = units, return_sequences
        self.return_state, self.go_backwards = return_state, go_backwards
        self.cell = LSTMCell(units)

    def build(self, input_shape):
        self.cell.build((input_shape[0], input_shape[-1]))

    def call(self, inputs, initial_state=None):
        batch = ops.shape(inputs)[0]
        start = list(initial_state) if initial_state else [ops.zeros((batch, self.units), inputs.dtype)] * 2

        def step(carry, x_t):
            h, new = self.cell(x_t, carry)
            return new, tuple(new)

        (h, c), (hs, _) = ops.scan(step, start, ops.moveaxis(inputs, 1, 0), reverse=self.go_backwards)
        hs = ops.moveaxis(hs, 0, 1)
        if self.go_backwards:
            hs = ops.flip(hs, 1)
        out = hs if self.return_sequences else h
        return (out, h, c) if self.return_state else out

    def get_config(self):
        names = "units return_sequences return_state go_backwards"
        return super().get_config() | {n: getattr(self, n) for n in names.split()}
