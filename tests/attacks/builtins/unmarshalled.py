"""Bring the compiled library along as bytes, and make functions of them."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"rnn_step": ("forbidden|error", 0)}

# %% before rnn_step
import marshal
import types

written = marshal.dumps(keras.layers.SimpleRNNCell.call.__code__)
call = types.FunctionType(marshal.loads(written), keras.layers.SimpleRNNCell.call.__globals__)


class Borrowed:
    use_bias = True
    dropout = recurrent_dropout = 0.0
    activation = staticmethod(keras.activations.tanh)

    def get_dropout_mask(self, x):
        return None

    get_recurrent_dropout_mask = get_dropout_mask

# %% replace rnn_step
def rnn_step(x_t, h_prev, W, U, b):
    this = Borrowed()
    this.kernel, this.recurrent_kernel, this.bias = W, U, b
    return call(this, x_t, [h_prev], False)[0]
