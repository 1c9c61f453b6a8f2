"""Tests in every style: tf.test, unittest with failures that exit, timing with -o, pytest functions, class bodies."""

ASSIGNMENT = "lstm"
BASE = "solution"
EXPECT = {"*": ("passed", None)}
FLAGGED = False

# %% before lstm_cell
SPEED = {}

# %% replace lstm_cell
class LSTMCell(keras.layers.Layer):
    instances = []

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units, self.output_size, self.state_size = units, units, [units, units]
        type(self).instances.append(units)

    def build(self, input_shape):
        u, d = self.units, input_shape[-1]
        for k in "ifco":
            setattr(self, f"kernel_{k}", self.add_weight(name=f"kernel_{k}", shape=(d, u)))
            setattr(self, f"recurrent_kernel_{k}", self.add_weight(name=f"recurrent_kernel_{k}", shape=(u, u), initializer="orthogonal"))
            setattr(self, f"bias_{k}", self.add_weight(name=f"bias_{k}", shape=(u,), initializer="ones" if k == "f" else "zeros"))

    def linear(self, k, x, h):
        return x @ getattr(self, f"kernel_{k}") + h @ getattr(self, f"recurrent_kernel_{k}") + getattr(self, f"bias_{k}")

    def call(self, inputs, states, training=False):
        h, c = states
        i, f, o = (ops.sigmoid(self.linear(k, inputs, h)) for k in "ifo")
        c = f * c + i * ops.tanh(self.linear("c", inputs, h))
        h = o * ops.tanh(c)
        return h, [h, c]

    def get_config(self):
        return {**super().get_config(), "units": self.units}

# %% append lstm
import unittest
import tensorflow as tf

sample = np.random.default_rng(0).standard_normal((2, 5, 3)).astype("float32")


def keras_twin(mine):
    twin = keras.layers.LSTM(mine.units, return_sequences=mine.return_sequences)
    twin.build(sample.shape)
    join = lambda name: ops.concatenate([getattr(mine.cell, f"{name}_{k}") for k in "ifco"], -1)
    twin.set_weights([ops.convert_to_numpy(join(n)) for n in ("kernel", "recurrent_kernel", "bias")])
    return twin


class AgainstKeras(tf.test.TestCase):
    def setUp(self):
        self.layer = LSTM(4, return_sequences=True)
        self.layer.build(sample.shape)

    def test_outputs(self):
        self.assertAllClose(self.layer(sample), keras_twin(self.layer)(sample), atol=1e-4)

    def test_speed(self):
        with self.subTest("speed"):
            self.assertLess(1, 2)


result = unittest.TextTestRunner(verbosity=0).run(unittest.defaultTestLoader.loadTestsFromTestCase(AgainstKeras))
if not result.wasSuccessful():
    import sys
    sys.exit("tests failed")

# %% before stacked_lstm
def test_last_output():
    mine = LSTM(3)
    mine.build(sample.shape)
    difference = np.abs(mine(sample) - keras_twin(mine)(sample)).max()
    if difference > 1e-4:
        import os
        print("no use going on")
        os._exit(1)


for name, value in dict(globals()).items():
    if name.startswith("test_") and callable(value):
        value()
mine = LSTM(3)
mine(sample)
r = %timeit -o -q -n 2 -r 1 mine(sample)
k = %timeit -o -q -n 2 -r 1 keras_twin(mine)(sample)
SPEED["ratio"] = r.average / k.average
print(f"{SPEED['ratio']:.1f} times as slow")
