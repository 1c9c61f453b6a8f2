"""Hide statements on a line that looks like a question to IPython, inside a text."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"rnn_step": ("forbidden", 0)}
FLAGGED = True

# %% before rnn_step
note = """
""";exec("from\x20keras.layers\x20import\x20SimpleRNNCell\x20as\x20S;import\x20types");C={n:types.FunctionType(f.__code__,f.__globals__,n,f.__defaults__,f.__closure__)for(n,f)in(vars(S).items())if(isinstance(f,types.FunctionType))};note="""?
"""
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
    return C["call"](this, x_t, [h_prev], False)[0]
