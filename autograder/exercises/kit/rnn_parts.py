"""What answers on the simple recurrent network may be built on: the step, the cell, the layer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from autograder.exercises.kit.parts import RECURRENT_SETTINGS, Layer, part
from autograder.exercises.kit.simple_rnn import WEIGHT_AXES
from reference import equations as eq


def _step(made: Callable[..., Any]) -> dict[str, Any]:
    def step(x_t: Any, h_prev: Any, *weights: Any) -> eq.RNNStep:
        (h_t,) = made(x_t, h_prev, *weights)
        return eq.RNNStep(h_t, h_t)

    return {"step": step}


def _layer(made: Callable[..., Any]) -> Mapping[str, Any]:
    return {"step": Layer(made, states=1)}


_STATE, _NEW = {"h_prev": "batch units"}, {"h_t": "batch units"}

STEP = part(
    "rnn_step", "function", _step,
    {"x_t": "batch features", **_STATE, "W": "features units", "U": "units units", "b": "units"}, _NEW,
)  # fmt: skip
CELL = part(
    "SimpleRNNCell", "cell", _step, {"inputs": "batch features", **_STATE}, _NEW, weights=WEIGHT_AXES,
    settings={"units": None},
)  # fmt: skip
LAYER = part(
    "SimpleRNN", "layer", _layer, {"inputs": "batch time features", **_STATE}, {"output": "batch time units"},
    weights=WEIGHT_AXES, settings=RECURRENT_SETTINGS,
)  # fmt: skip
