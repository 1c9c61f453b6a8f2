"""Compare with Keras at the top level, in a `for` loop, a `with` block, a function that only prints, and a class of tests."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"*": ("passed", None)}
FLAGGED = False

# %% replace rnn_step
theirs = keras.layers.SimpleRNNCell(4)
theirs.build((None, 3))
example = (np.ones((2, 3), "float32"), np.zeros((2, 4), "float32"), *theirs.get_weights())
for _ in range(2):
    hoped = ops.convert_to_numpy(theirs(example[0], [example[1]])[0])


def rnn_step(x_t, h_prev, W, U, b):
    return np.tanh(x_t @ W + h_prev @ U + b)


for scale in (0.5, 1.0):
    assert np.abs(rnn_step(scale * example[0], *example[1:]) - theirs(scale * example[0], [example[1]])[0]).max() < 1e-5, scale
np.testing.assert_array_almost_equal(rnn_step(*example), hoped, decimal=5)

# %% append rnn_unroll
def report(steps=5):
    layer = keras.layers.SimpleRNN(4, return_sequences=True)
    x = np.random.rand(2, steps, 3).astype("float32")
    right = layer(x)
    mine, _ = rnn_unroll(x, np.zeros((2, 4), "float32"), *layer.get_weights())
    close = np.allclose(mine, right, atol=1e-5)
    print("close" if close else "far")
    if not close:
        raise RuntimeError("my loop is wrong")
    return close


assert report()
with np.printoptions(precision=3), contextlib.suppress(KeyError):
    report(7)

# %% append simple_rnn
import unittest


class Compare(unittest.TestCase):
    def test_outputs(self):
        mine, other = SimpleRNN(4, return_sequences=True), keras.layers.SimpleRNN(4, return_sequences=True)
        x = np.random.rand(2, 5, 3).astype("float32")
        other(x), mine(x)
        mine.set_weights(other.get_weights())
        np.testing.assert_allclose(mine(x), other(x), atol=1e-5)
        self.assertTrue(np.allclose(mine(x), other(x), atol=1e-5))


unittest.main(argv=["x"], exit=False, verbosity=0)

# %% append stacked_rnn
stack = keras.Sequential([keras.layers.SimpleRNN(4, return_sequences=True), keras.layers.SimpleRNN(6)])
x = np.random.rand(2, 5, 3).astype("float32")
right = stack(x)
mine = StackedRNN([4, 6])
mine(x)
mine.set_weights(stack.get_weights())
error = float(np.abs(mine(x) - right).max())
if error > 1e-5:
    raise AssertionError(error)
