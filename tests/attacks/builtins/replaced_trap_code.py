"""Put the library's code back into its functions at the moment of the question."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"rnn_step": ("forbidden|error", 0)}

# %% before rnn_step
import types

before = {
    function: function.__code__
    for owner in (keras.layers.SimpleRNNCell, keras.layers.SimpleRNN)
    for function in vars(owner).values()
    if isinstance(function, types.FunctionType)
}

# %% replace rnn_step
def rnn_step(x_t, h_prev, W, U, b):
    for function, code in before.items():
        function.__code__ = code
    cell = keras.layers.SimpleRNNCell(len(b))
    cell.build(x_t.shape)
    cell.set_weights([W, U, b])
    return cell(x_t, [h_prev])[0]
