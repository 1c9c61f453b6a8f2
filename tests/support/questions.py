"""Questions and sources that the tests of the worker share."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.answering.protocol import Array, CallLayer, NamedArray, decode_array, encode_array
from autograder.running.workers import Limits

LIMITS = Limits(cell_seconds=20, question_seconds=20, submission_seconds=60, grace_seconds=0.5, memory=900 * 2**20)

CELL = """
import keras
from keras import ops

class LSTMCell(keras.layers.Layer):
    def __init__(self, units, **options):
        super().__init__(**options)
        self.units = units
        self.state_size = [units, units]
        self.output_size = units

    def build(self, input_shape):
        self.kernel = self.add_weight(shape=(input_shape[-1], 4 * self.units), name="kernel")
        self.recurrent_kernel = self.add_weight(shape=(self.units, 4 * self.units), name="recurrent_kernel")
        self.bias = self.add_weight(shape=(4 * self.units,), name="bias")

    def call(self, inputs, states, training=False):
        h, c = states
        i, f, g, o = ops.split(inputs @ self.kernel + h @ self.recurrent_kernel + self.bias, 4, axis=-1)
        c = ops.sigmoid(f) * c + ops.sigmoid(i) * ops.tanh(g)
        h = ops.sigmoid(o) * ops.tanh(c)
        return h, [h, c]

    def get_config(self):
        return {**super().get_config(), "units": self.units}
"""

LAYER = """
class LSTM(keras.layers.Layer):
    def __init__(self, units, **options):
        super().__init__(**options)
        self.units = units
        self.cell = LSTMCell(units)

    def call(self, inputs, initial_state=None):
        states = initial_state or [ops.zeros((ops.shape(inputs)[0], self.units), inputs.dtype)] * 2
        for t in range(inputs.shape[1]):
            output, states = self.cell(inputs[:, t], states)
        return output

    def get_config(self):
        return {**super().get_config(), "units": self.units}
"""


def array(*shape: int, seed: int = 0, dtype: str = "float32") -> Array:
    """A random array on the wire."""
    return encode_array(np.random.default_rng([seed, *shape]).normal(size=shape).astype(dtype))


def lstm_weights(features: int = 3, units: int = 4, dtype: str = "float32") -> tuple[NamedArray, ...]:
    return (
        NamedArray("kernel", array(features, 4 * units, dtype=dtype)),
        NamedArray("recurrent_kernel", array(units, 4 * units, dtype=dtype)),
        NamedArray("bias", array(4 * units, dtype=dtype)),
    )


def cell_question(**changes: Any) -> CallLayer:
    """A step of an LSTM cell: batch 2, features 3, units 4."""
    settings: dict[str, Any] = {
        "entry_point": "LSTMCell",
        "config": {"units": 4},
        "layouts": (lstm_weights(),),
        "inputs": array(2, 3),
        "states": (array(2, 4, seed=1), array(2, 4, seed=2)),
        "protocol": "cell",
        "cotangents": (array(2, 4, seed=3), array(2, 4, seed=4), array(2, 4, seed=5)),
    }
    return CallLayer(**(settings | changes))


def layer_question(**changes: Any) -> CallLayer:
    """An LSTM layer over five steps, last output only."""
    settings: dict[str, Any] = {
        "entry_point": "LSTM",
        "config": {"units": 4},
        "layouts": (lstm_weights(),),
        "inputs": array(2, 5, 3),
        "states": (array(2, 4, seed=1), array(2, 4, seed=2)),
        "cotangents": (array(2, 4, seed=3),),
    }
    return CallLayer(**(settings | changes))


def flat(value: Any) -> list[np.ndarray]:
    """All arrays of a value in order."""
    if isinstance(value, Array):
        return [decode_array(value)]
    return [part for item in getattr(value, "items", ()) for part in flat(item)]


def lstm_steps(question: CallLayer) -> tuple[np.ndarray, np.ndarray]:
    """The right hidden and cell state, in NumPy."""
    kernel, recurrent, bias = (decode_array(named.array).astype("float64") for named in lstm_weights())
    inputs = decode_array(question.inputs).astype("float64")
    inputs = inputs[:, None] if inputs.ndim == 2 else inputs
    assert question.states is not None
    h, c = (decode_array(state).astype("float64") for state in question.states)
    for t in range(inputs.shape[1]):
        i, f, g, o = np.split(inputs[:, t] @ kernel + h @ recurrent + bias, 4, axis=-1)
        c = _sigmoid(f) * c + _sigmoid(i) * np.tanh(g)
        h = _sigmoid(o) * np.tanh(c)
    return h, c


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))
