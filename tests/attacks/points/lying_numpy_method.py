"""Give one array to whoever asks first, and another to whoever looks again."""

ASSIGNMENT = "rnn"
BASE = "stub"
EXPECT = {"rnn_step": ("failed", 0)}

# %% replace rnn_step
class Tensor:
    asked = 0

    def __init__(self, shape):
        self.shape = shape

    def numpy(self):
        Tensor.asked += 1
        return np.full(self.shape, Tensor.asked / 100, "float32")


def rnn_step(x_t, h_prev, W, U, b):
    return Tensor((len(x_t), len(b)))
