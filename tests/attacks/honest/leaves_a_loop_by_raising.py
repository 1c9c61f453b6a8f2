"""Compare with Keras within the answer, and leave a loop by an exception that is caught."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"*": ("passed", None)}
FLAGGED = False

# %% before rnn_unroll
class Done(Exception):
    pass


def compared(x, kernel, recurrent_kernel, bias, mine):
    layer = keras.layers.SimpleRNN(len(bias), return_sequences=True)
    layer.build(x.shape)
    layer.set_weights([kernel, recurrent_kernel, bias])
    return float(np.abs(np.asarray(layer(x)) - mine).max())

# %% replace rnn_step
def rnn_step(x_t, h_prev, kernel, recurrent_kernel, bias):
    cell = keras.layers.SimpleRNNCell(len(bias))
    cell.build(x_t.shape)
    cell.set_weights([kernel, recurrent_kernel, bias])
    theirs = np.asarray(cell(x_t, [h_prev])[0])
    total, parts = bias, [(x_t, kernel), (h_prev, recurrent_kernel)]
    try:
        while True:
            if not parts:
                raise StopIteration
            a, b = parts.pop()
            total = total + a @ b
    except StopIteration:
        pass
    return np.tanh(total)
