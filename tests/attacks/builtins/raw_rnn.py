"""Leave the loop over time to TensorFlow 1's `raw_rnn`, with one's own step inside."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"rnn_unroll": ("forbidden|failed|error", 0)}

# %% replace rnn_unroll
import tensorflow as tf


class Like:
    """As much of a cell as the loop asks for."""

    def __init__(self, W, U, b):
        self.weights = W, U, b
        self.state_size = self.output_size = len(b)

    def zero_state(self, batch, dtype):
        return tf.zeros([batch, self.state_size], dtype)

    def __call__(self, x_t, h, scope=None):
        W, U, b = self.weights
        new = tf.tanh(x_t @ W + h @ U + b)
        return new, new


def rnn_unroll(x, h_0, W, U, b):
    cell, steps = Like(W, U, b), x.shape[1]
    read = tf.TensorArray(tf.float32, steps).unstack(tf.transpose(x, [1, 0, 2]))

    def loop(time, output, state, _):
        over = time >= steps
        following = tf.cond(over, lambda: tf.zeros_like(x[:, 0]), lambda: read.read(time))
        return tf.fill([len(x)], over), following, tf.constant(h_0) if state is None else state, output, None

    outputs, state, _ = tf.compat.v1.nn.raw_rnn(cell, loop)
    return tf.transpose(outputs.stack(), [1, 0, 2]), state
