"""Give the layer class a metaclass that makes it equal to, and an instance of, whatever is asked."""

ASSIGNMENT = "rnn"
BASE = "stub"
EXPECT = {"simple_rnn_cell": ("error|failed", 0)}

# %% replace simple_rnn_cell
class Anything(type):
    def __instancecheck__(cls, other):
        return True

    def __subclasscheck__(cls, other):
        return True

    def __eq__(cls, other):
        return True

    def __call__(cls, *arguments, **options):
        return object.__new__(cls)

    __hash__ = type.__hash__


class SimpleRNNCell(metaclass=Anything):
    built = True
    weights = ()
    __class__ = keras.layers.Layer

    def __getattr__(self, name):
        return self

    def __call__(self, *arguments, **options):
        return True

    def __iter__(self):
        return iter(())
