"""Patch Keras so that every layer class asked for is a right one."""

ASSIGNMENT = "rnn"
BASE = "stub"
EXPECT = {"simple_rnn_cell": ("forbidden|failed|error|not_attempted", 0)}

# %% append simple_rnn_cell
class Always(type):
    def __instancecheck__(cls, other):
        return True


ready = keras.layers.SimpleRNNCell
keras.layers.Layer.__call__ = lambda self, *arguments, **options: ready.__call__(ready(self.units), *arguments, **options)
keras.ops.matmul = lambda *arguments: 0.0
SimpleRNNCell = lambda units, **options: ready(units, **options)
