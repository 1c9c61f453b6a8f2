"""What answers may be built on: functions, cells and layers of the same notebook.

Where one is wrong, a stand-in takes its place, of the same signature, weights and shapes, and what right code makes of
the stand-in is right. See `autograder.answering.stand_ins` for what it computes.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

from autograder import axes
from autograder.answering.protocol import Operand, StandIn, Value
from autograder.model import Part


def part(
    name: str,
    kind: str,
    lines: Callable[[Callable[..., Any]], Mapping[str, Any]],
    takes: Mapping[str, str],
    gives: Mapping[str, str],
    *,
    weights: Mapping[str, str] | None = None,
    settings: Mapping[str, Value] | None = None,
    of: str = "",
    assignment: str = "",
) -> Part:
    """A part, its arrays by name with their axes. Arguments as in `Part` and `StandIn`.

    >>> gate = part("gate", "function", lambda made: {"gate": made}, {"x": "batch features"}, {"y": "batch units"})
    >>> gate.stand_in.takes[0].axes
    ((1, 'batch'), (1, 'features'))
    """
    stand_in = StandIn(
        name, kind, takes=_operands(takes), weights=_operands(weights or {}), gives=_operands(gives),
        settings=tuple((settings or {}).items()), of=of, assignment=assignment,
    )  # fmt: skip
    return Part(stand_in, lines)


def of_assignment(one: Part, assignment: str) -> Part:
    """The part as a later assignment takes it from the notebook of this one."""
    stand_in = msgspec.structs.replace(one.stand_in, of=one.stand_in.of or one.name, assignment=assignment)
    return dataclasses.replace(one, stand_in=stand_in)


def trained(name: str, layer: str, assignment: str = "") -> Part:
    """A layer or function of which a model is made. In its place the model is trained with Keras's own.

    layer: its name; `keras.layers.TimeDistributed(keras.layers.Conv2D)` is a convolution within that wrapper, and what
        ends in `()` a function that calls such a layer.

    >>> trained("LSTM", "keras.layers.LSTM", "lstm").stand_in.kind
    'keras.layers.LSTM'
    """
    return Part(StandIn(name, layer, assignment=assignment), lambda made: {})


def _operands(arrays: Mapping[str, str]) -> tuple[Operand, ...]:
    return tuple(Operand(name, axes.parse(named)) for name, named in arrays.items())


@dataclass(frozen=True)
class Sequences:
    """What a layer's stand-in makes of a sequence, with the names of a trace. hidden (batch, time, units), last_cell
    (batch, units) where it has such a state; there are no cell states of single steps."""

    hidden: np.ndarray
    last_cell: np.ndarray | None = None

    @property
    def last_hidden(self) -> np.ndarray:
        return self.hidden[:, -1]  # (batch, units)

    @property
    def cell(self) -> np.ndarray:
        return np.full_like(self.hidden, np.nan)


@dataclass(frozen=True)
class Layer:
    """A layer's stand-in where the lines have a step: `read` is its run over a sequence.

    states: how many it has.
    """

    made: Callable[..., Any]
    states: int

    def read(
        self,
        x: np.ndarray,
        *weights: np.ndarray,
        h0: np.ndarray | None = None,
        c0: np.ndarray | None = None,
        go_backwards: bool = False,
    ) -> Sequences:
        """x (batch, time, features), states (batch, units), zeros by default; the result in the order of reading."""
        zeros = np.zeros((len(x), weights[1].shape[0]), x.dtype)
        states = [zeros if state is None else state for state in (h0, c0)[: self.states]]
        return Sequences(*self.made(x[:, ::-1] if go_backwards else x, *states, *weights))


RECURRENT_SETTINGS: dict[str, Value] = {
    "units": None, "return_sequences": False, "return_state": False, "go_backwards": False
}  # fmt: skip
"""Of a recurrent layer's constructor."""


def read(step: Any, whole: Callable[..., Any], x: np.ndarray, *weights: np.ndarray, **settings: Any) -> Any:
    """A run over a sequence: by `whole` with this step, or by the stand-in of a layer in its place."""
    if isinstance(step, Layer):
        return step.read(x, *weights, **settings)
    return whole(x, *weights, step=step, **settings)
