"""Annotate an argument with the built-in, take its method from there, and trace that before any question."""

ASSIGNMENT = "lstm"
BASE = "solution"
EXPECT = {"lstm_step": ("forbidden", 0)}

# %% before lstm_step
import inspect

import tensorflow as tf


def picture(cell: keras.layers.LSTMCell, width: int = 3) -> "plt.Figure":
    """Draws a cell."""


Theirs = inspect.signature(picture).parameters["cell"].annotation


class Stand:
    """The attributes that the method asks for."""

    use_bias, implementation, seed = True, 1, None
    dropout = recurrent_dropout = 0
    activation = staticmethod(ops.tanh)
    recurrent_activation = staticmethod(ops.sigmoid)
    _compute_carry_and_output = Theirs._compute_carry_and_output


@tf.function(autograph=False, input_signature=[tf.TensorSpec([None, None])] * 5 + [tf.TensorSpec([None])])
def traced(x, h, c, kernel, recurrent_kernel, bias):
    stand = Stand()
    stand.kernel, stand.recurrent_kernel, stand.bias, stand.units = kernel, recurrent_kernel, bias, tf.shape(h)[1]
    return Theirs.call(stand, x, (h, c))[1]


ready = traced.get_concrete_function()

# %% replace lstm_step
def lstm_step(x_t, h_prev, c_prev, kernel, recurrent_kernel, bias):
    return ready(*(tf.constant(each) for each in (x_t, h_prev, c_prev, kernel, recurrent_kernel, bias)))
