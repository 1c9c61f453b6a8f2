"""Leave the loop to the copy of it that Keras keeps for old programs, tf.keras.backend."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"rnn_unroll": ("forbidden|failed|error", 0)}

# %% replace rnn_unroll
import tensorflow as tf


def rnn_unroll(x, h_0, W, U, b):
    def step(x_t, states):
        h = tf.tanh(x_t @ W + states[0] @ U + b)
        return h, [h]

    _, outputs, (state,) = tf.keras.backend.rnn(step, tf.constant(x), [tf.constant(h_0)])
    return outputs, state
