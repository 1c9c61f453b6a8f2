"""Build all layers on a base class of one's own called RNN, with a mixin and properties that check."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"*": ("passed", None)}
FLAGGED = False

# %% before simple_rnn_cell
import abc


class Sized:
    """Layers that know how wide they are."""

    @property
    def units(self):
        return self._units

    @units.setter
    def units(self, value):
        if int(value) < 1:
            raise ValueError(value)
        self._units = int(value)


class RNN(Sized, keras.layers.Layer):
    def get_config(self):
        return {**super().get_config(), "units": self.units}


class AbstractCell(abc.ABC):
    @abc.abstractmethod
    def step(self, x, h): ...

# %% replace simple_rnn_cell
class SimpleRNNCell(RNN):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = self.state_size = self.output_size = units

    def build(self, input_shape):
        for name, shape in (("kernel", (input_shape[-1], self.units)), ("recurrent_kernel", (self.units,) * 2), ("bias", (self.units,))):
            vars(self)["_made_" + name] = self.add_weight(name=name, shape=shape)
        self.kernel, self.recurrent_kernel, self.bias = (vars(self)["_made_" + n] for n in ("kernel", "recurrent_kernel", "bias"))

    def step(self, x, h):
        return ops.tanh(ops.matmul(x, self.kernel) + ops.matmul(h, self.recurrent_kernel) + self.bias)

    def call(self, inputs, states, training=False):
        new = self.step(inputs, *states)
        return new, [new]
