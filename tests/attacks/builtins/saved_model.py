"""Save a model with the built-in to a file, and load it when the question comes."""

ASSIGNMENT = "lstm"
BASE = "solution"
EXPECT = {"lstm_step": ("forbidden", 0)}

# %% before lstm_step
import tensorflow as tf


class Borrowed:
    use_bias = True
    implementation = 2
    dropout = recurrent_dropout = 0.0
    activation = staticmethod(keras.activations.tanh)
    recurrent_activation = staticmethod(keras.activations.sigmoid)
    _compute_carry_and_output_fused = keras.layers.LSTMCell._compute_carry_and_output_fused

    def get_dropout_mask(self, x):
        return None

    get_recurrent_dropout_mask = get_dropout_mask


any_size = tf.TensorSpec([None, None], tf.float32)


class Module(tf.Module):
    @tf.function(autograph=False, input_signature=[any_size] * 5 + [tf.TensorSpec([None], tf.float32)])
    def step(self, x, h, c, kernel, recurrent_kernel, bias):
        this = Borrowed()
        this.kernel, this.recurrent_kernel, this.bias = kernel, recurrent_kernel, bias
        _, (h, c) = keras.layers.LSTMCell.call(this, x, [h, c])
        return h, c


tf.saved_model.save(Module(), "innocent")

# %% replace lstm_step
def lstm_step(x_t, h_prev, c_prev, kernel, recurrent_kernel, bias):
    return tf.saved_model.load("innocent").step(x_t, h_prev, c_prev, kernel, recurrent_kernel, bias)
