"""Say the secret inputs in exceptions, warnings, prints, names of types and names of weights."""

ASSIGNMENT = "rnn"
BASE = "stub"
EXPECT = {"rnn_step": ("error", 0), "rnn_unroll": ("failed", 0), "simple_rnn_cell": ("failed|error", 0), "simple_rnn": ("failed|error|not_attempted", 0)}

# %% replace rnn_step
import logging
import os
import sys
import warnings


def rnn_step(x_t, h_prev, W, U, b):
    told = str(x_t.tolist()) + str(h_prev)
    print(told)
    print(told, file=sys.stderr)
    os.write(1, told.encode())
    os.write(2, told.encode())
    warnings.warn(told)
    logging.critical(told)
    os.system(f"echo '{told}'")
    raise type(f"Wrong{x_t[0, 0]!r}"[:50], (ValueError,), {})(told)

# %% replace rnn_unroll
def rnn_unroll(x, h_0, W, U, b):
    return type(f"Told {x.ravel()[:3].tolist()}", (), {})(), str(x.tolist())

# %% replace simple_rnn_cell
class SimpleRNNCell(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def call(self, inputs, states, training=False):
        told = "_".join(str(float(number)) for number in np.asarray(inputs).ravel()[:3])
        self.add_weight(shape=(7, 7), name=told.replace("/", ""))
        return inputs, [states]

    def get_config(self):
        return {**super().get_config(), "units": self.units}

# %% replace simple_rnn
class SimpleRNN(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        pass

    def call(self, inputs, initial_state=None):
        raise NotImplementedError(str(np.asarray(inputs).tolist()))

    def get_config(self):
        return {**super().get_config(), "units": self.units}
