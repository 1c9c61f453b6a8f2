"""Trace the built-in into a graph before any question; the graph knows no Python function any more."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"rnn_step": ("forbidden", 0)}

# %% before rnn_step
import tensorflow as tf


class Borrowed:
    use_bias = True
    dropout = recurrent_dropout = 0.0
    seed_generator = None
    activation = staticmethod(keras.activations.tanh)

    def get_dropout_mask(self, x):
        return None

    get_recurrent_dropout_mask = get_dropout_mask


@tf.function(autograph=False)
def traced(x, h, W, U, b):
    this = Borrowed()
    this.kernel, this.recurrent_kernel, this.bias = W, U, b
    return keras.layers.SimpleRNNCell.call(this, x, [h])[0]


any_size = tf.TensorSpec([None, None], tf.float32)
traced = traced.get_concrete_function(any_size, any_size, any_size, any_size, tf.TensorSpec([None], tf.float32))

# %% replace rnn_step
def rnn_step(x_t, h_prev, W, U, b):
    return traced(*map(tf.constant, (x_t, h_prev, W, U, b)))
