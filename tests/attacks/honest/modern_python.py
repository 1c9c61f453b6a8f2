"""Data classes, enumerations, protocols, overloading, single dispatch, pattern matching, and a class made by a metaclass."""

ASSIGNMENT = "lstm"
BASE = "solution"
EXPECT = {"*": ("passed", None)}
FLAGGED = False

# %% before forget_gate
from __future__ import annotations

import dataclasses
import enum
import functools
import typing
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from keras.layers import LSTMCell as TheirCell


class Squash(enum.Enum):
    SHARE = "sigmoid"
    CONTENT = "tanh"

    def __call__(self, z):
        match self:
            case Squash.SHARE:
                return ops.sigmoid(z)
            case Squash.CONTENT:
                return ops.tanh(z)


class Gate(Protocol):
    def __call__(self, x, h, W, U, b) -> "np.ndarray | TheirCell": ...


@dataclasses.dataclass(frozen=True, kw_only=True)
class Affine:
    squash: Squash

    def __call__(self, x, h, W, U, b):
        return self.squash(ops.matmul(x, W) + ops.matmul(h, U) + b)

    def __matmul__(self, other):
        return Both((self, other))

    def __or__(self, other):
        return self.squash is other.squash


@dataclasses.dataclass(frozen=True)
class Both:
    parts: tuple


class State(NamedTuple):
    h: object
    c: object


class Registered(type):
    known: typing.ClassVar[dict] = {}

    def __new__(meta, name, bases, space):
        made = super().__new__(meta, name, bases, space)
        meta.known[name] = made
        return made


class Memory(metaclass=Registered):
    @staticmethod
    def step(f, c, i, g):
        return f * c + i * g


@functools.singledispatch
def squeeze(value):
    return ops.tanh(value)


@squeeze.register
def _(value: np.ndarray):
    return np.tanh(value)


share, content = Affine(squash=Squash.SHARE), Affine(squash=Squash("tanh"))
print(share | content, (share @ content).parts[1], Registered.known)

# %% replace forget_gate
forget_gate = share

# %% replace input_gate
input_gate = functools.partial(share)

# %% replace candidate
candidate = content

# %% replace cell_state
cell_state = Registered.known["Memory"].step

# %% replace output_gate
output_gate = lambda *given: share(*given)

# %% replace hidden_state
def hidden_state(o_t, c_t):
    return o_t * squeeze(c_t)

# %% replace lstm_step
def lstm_step(x_t, h_prev, c_prev, kernel, recurrent_kernel, bias):
    parts = zip(*(ops.split(each, 4, axis=-1) for each in (kernel, recurrent_kernel, bias)))
    i, f, g, o = (gate(x_t, h_prev, *part) for gate, part in zip((input_gate, forget_gate, candidate, output_gate), parts))
    return State(c=(c := cell_state(f, c_prev, i, g)), h=o * ops.tanh(c))
