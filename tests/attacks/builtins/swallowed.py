"""Call the built-in, and swallow the exception that says one must not."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"rnn_step": ("forbidden", 0)}

# %% replace rnn_step
def rnn_step(x_t, h_prev, W, U, b):
    try:
        cell = keras.layers.SimpleRNNCell(len(b))
        cell.build(x_t.shape)
        cell.set_weights([W, U, b])
        return cell(x_t, [h_prev])[0]
    except BaseException:
        return np.tanh(x_t @ W + h_prev @ U + b)
