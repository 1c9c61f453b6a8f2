"""The tested version is returned by a function that raises; a registry of tested ones."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"*": ("passed", None)}
FLAGGED = False

# %% before rnn_step
def approved(step):
    """Give back a step that does what Keras's does, else raise."""
    cell = keras.layers.SimpleRNNCell(4)
    cell.build((None, 3))
    data = np.ones((2, 3), "float32"), np.ones((2, 4), "float32")
    if not np.allclose(step(*data, *cell.get_weights()), cell(data[0], [data[1]])[0], atol=1e-4):
        raise ValueError("not like Keras")
    return step


def _step(x_t, h_prev, W, U, b):
    return np.tanh(x_t @ W + h_prev @ U + b)

# %% replace rnn_step
rnn_step = approved(_step)

# %% replace rnn_unroll
def _unroll(x, h_0, W, U, b):
    hs = [h_0]
    for t in range(x.shape[1]):
        hs.append(_step(x[:, t], hs[-1], W, U, b))
    return np.stack(hs[1:], 1), hs[-1]


step_is_right = True
try:
    approved(_step)
except ValueError:
    step_is_right = False
rnn_unroll = _unroll if step_is_right else None
