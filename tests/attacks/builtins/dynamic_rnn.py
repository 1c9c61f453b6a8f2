"""Leave the loop over time to TensorFlow 1's `dynamic_rnn`, with one's own step inside."""

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
    outputs, state = tf.compat.v1.nn.dynamic_rnn(Like(W, U, b), tf.constant(x), initial_state=tf.constant(h_0))
    return outputs, state
