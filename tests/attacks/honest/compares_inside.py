"""Compares inside the answer: numpy.testing, a raise, tf.debugging, and a warning."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"*": ("passed", None)}
FLAGGED = False

# %% replace rnn_step
import tensorflow as tf
DEBUG = True


def keras_step(x_t, h_prev, W, U, b):
    cell = keras.layers.SimpleRNNCell(U.shape[0])
    cell.build((None, x_t.shape[-1]))
    cell.set_weights([W, U, b])
    return cell(x_t, [h_prev])[0]


def rnn_step(x_t, h_prev, W, U, b):
    h = np.tanh(x_t @ W + h_prev @ U + b)
    if DEBUG:
        np.testing.assert_allclose(h, keras_step(x_t, h_prev, W, U, b), atol=1e-4)
    return h

# %% replace rnn_unroll
def rnn_unroll(x, h_0, W, U, b):
    outputs, h = [], h_0
    for x_t in np.swapaxes(x, 0, 1):
        h = np.tanh(x_t @ W + h @ U + b)
        outputs.append(h)
    if DEBUG and not np.allclose(h, keras_step(x[:, -1], outputs[-2] if len(outputs) > 1 else h_0, W, U, b), atol=1e-4):
        raise RuntimeError("not what Keras says")
    return np.stack(outputs, 1), h

# %% replace simple_rnn_cell
class SimpleRNNCell(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = self.state_size = self.output_size = units

    def build(self, input_shape):
        self.kernel = self.add_weight(name="kernel", shape=(input_shape[-1], self.units))
        self.recurrent_kernel = self.add_weight(name="recurrent_kernel", shape=(self.units, self.units))
        self.bias = self.add_weight(name="bias", shape=(self.units,), initializer="zeros")

    def call(self, inputs, states, training=False):
        (h,) = states
        h = tf.tanh(tf.matmul(inputs, self.kernel) + tf.matmul(h, self.recurrent_kernel) + self.bias)
        if DEBUG and tf.executing_eagerly() and not isinstance(inputs, keras.KerasTensor):
            with tf.GradientTape().stop_recording() if False else contextlib.nullcontext():
                tf.debugging.assert_near(h, keras_step(inputs, states[0], self.kernel, self.recurrent_kernel, self.bias), atol=1e-4)
        return h, [h]

    def get_config(self):
        return {**super().get_config(), "units": self.units}
