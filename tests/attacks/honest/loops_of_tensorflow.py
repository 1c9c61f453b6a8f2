"""Leave the loop to tf.while_loop and TensorArray, and the stack to ops.scan; trace all with jit_compile."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"*": ("passed", None)}
FLAGGED = False

# %% before rnn_step
import tensorflow as tf

# %% replace rnn_step
@tf.function(jit_compile=True)
def compiled(x_t, h_prev, W, U, b):
    return tf.tanh(tf.einsum("bf,fu->bu", x_t, W) + tf.einsum("bv,vu->bu", h_prev, U) + b)


def rnn_step(x_t, h_prev, W, U, b):
    return compiled(*(tf.convert_to_tensor(each) for each in (x_t, h_prev, W, U, b)))

# %% replace rnn_unroll
def rnn_unroll(x, h_0, W, U, b):
    steps = x.shape[1]
    written = tf.TensorArray(tf.float32, size=steps, element_shape=h_0.shape)
    read = tf.convert_to_tensor(x)

    def one(t, h, written):
        h = rnn_step(read[:, t], h, W, U, b)
        return t + 1, h, written.write(t, h)

    _, h, written = tf.while_loop(lambda t, *_: t < steps, one, (0, tf.convert_to_tensor(h_0), written))
    return tf.transpose(written.stack(), [1, 0, 2]), h

# %% replace simple_rnn
class SimpleRNN(keras.layers.Layer):
    def __init__(self, units, return_sequences=False, return_state=False, **kwargs):
        super().__init__(**kwargs)
        self.units, self.return_sequences, self.return_state = units, return_sequences, return_state
        self.cell = SimpleRNNCell(units)

    def build(self, input_shape):
        self.cell.build((input_shape[0], input_shape[-1]))

    def call(self, inputs, initial_state=None):
        h = ops.zeros((ops.shape(inputs)[0], self.units), dtype=inputs.dtype) if initial_state is None else initial_state[0]

        def step(h, x_t):
            h, _ = self.cell(x_t, [h])
            return h, h

        last, outputs = ops.scan(step, h, ops.transpose(inputs, (1, 0, 2)))
        result = ops.transpose(outputs, (1, 0, 2)) if self.return_sequences else last
        return [result, last] if self.return_state else result

    def get_config(self):
        return {**super().get_config(), "units": self.units, "return_sequences": self.return_sequences, "return_state": self.return_state}
