"""A comparison that raises and the definition on one line; a data class that checks itself."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"*": ("passed", None)}
FLAGGED = False

# %% before rnn_step
def approved(step):
    cell = keras.layers.SimpleRNNCell(4)
    cell.build((None, 3))
    data = np.ones((2, 3), "float32"), np.ones((2, 4), "float32")
    if not np.allclose(step(*data, *cell.get_weights()), cell(data[0], [data[1]])[0], atol=1e-4):
        raise ValueError("not like Keras")

# %% replace rnn_step
_step = lambda x_t, h_prev, W, U, b: np.tanh(x_t @ W + h_prev @ U + b)
approved(_step); rnn_step = _step

# %% replace rnn_unroll
from dataclasses import dataclass


@dataclass
class Unroller:
    step: object

    def __post_init__(self):
        approved(self.step)  # never build on sand

    def __call__(self, x, h_0, W, U, b):
        hs = [h_0]
        for t in range(x.shape[1]):
            hs.append(self.step(x[:, t], hs[-1], W, U, b))
        return np.stack(hs[1:], 1), hs[-1]


rnn_unroll = Unroller(_step)
