"""Set and get one's own attributes by names made in a loop."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"*": ("passed", None)}
FLAGGED = False

# %% replace simple_rnn_cell
class SimpleRNNCell(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.state_size = units
        self.output_size = units

    def build(self, input_shape):
        sizes = {"kernel": (input_shape[-1], self.units), "recurrent_kernel": (self.units, self.units), "bias": (self.units,)}
        for name, shape in sizes.items():
            setattr(self, name, self.add_weight(name=name, shape=shape))
        assert all(hasattr(self, name) for name in sizes)

    def call(self, inputs, states, training=False):
        terms = [inputs @ getattr(self, "kernel"), states[0] @ getattr(self, "recurrent_kernel"), self.bias]
        new = ops.tanh(sum(terms))
        return new, [new]

    def get_config(self):
        return {**super().get_config(), **{name: getattr(self, name) for name in ["units"]}}
