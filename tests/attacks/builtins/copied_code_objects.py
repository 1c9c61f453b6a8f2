"""Copy the functions of the built-in, code and all, before any question is asked."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"rnn_step": ("forbidden|error", 0)}

# %% before rnn_step
import types

copied = {}
for name, item in vars(keras.layers.SimpleRNNCell).items():
    if isinstance(item, types.FunctionType):
        copied[name] = types.FunctionType(item.__code__.replace(), item.__globals__, name, item.__defaults__, item.__closure__)


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
    return copied["call"](this, x_t, [h_prev], False)[0]
