"""What LSTM answers may be built on: the functions of a step, the step, the cell, the layer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from autograder.exercises.kit.lstm import WEIGHT_AXES
from autograder.exercises.kit.parts import RECURRENT_SETTINGS, Layer, part
from autograder.model import Part
from reference import equations as eq

_STATES = {"h_prev": "batch units", "c_prev": "batch units"}
_NEW = {"h_t": "batch units", "c_t": "batch units"}


def _gate(name: str, letter: str, line: str) -> Part:
    """A gate or the candidate. letter: of its weights; line: its name among the lines of a step."""

    def lines(made: Callable[..., Any]) -> dict[str, Any]:
        return {
            f"sum.{line}": lambda s, W, U, b: made(s.x_t, s.h_prev, W, U, b)[0],
            f"activation.{line}": lambda gate: gate,
        }

    weights = {f"W_{letter}": "features units", f"U_{letter}": "units units", f"b_{letter}": "units"}
    takes = {"x_t": "batch features", "h_prev": "batch units"} | weights
    return part(name, "function", lines, takes, {f"{letter}_t": "batch units"})


def _step(made: Callable[..., Any]) -> dict[str, Any]:
    def step(x_t: Any, h_prev: Any, c_prev: Any, *weights: Any) -> eq.LSTMStep:
        h_t, c_t = made(x_t, h_prev, c_prev, *weights)
        return eq.LSTMStep(h_t, h_t, h_t, h_t, c_t, h_t)  # it has no gates

    return {"step": step}


def _layer(made: Callable[..., Any]) -> Mapping[str, Any]:
    return {"step": Layer(made, states=2)}


FUNCTIONS = (
    _gate("forget_gate", "f", "f"),
    _gate("input_gate", "i", "i"),
    _gate("candidate", "c", "c"),
    part(
        "cell_state", "function", lambda made: {"memory": lambda s, i, f, g, o: made(f, s.c_prev, i, g)[0]},
        dict.fromkeys(("f_t", "c_prev", "i_t", "g_t"), "batch units"), {"c_t": "batch units"},
    ),
    _gate("output_gate", "o", "o"),
    part(
        "hidden_state", "function", lambda made: {"output": lambda s, i, f, g, o, c: made(o, c)[0]},
        dict.fromkeys(("o_t", "c_t"), "batch units"), {"h_t": "batch units"},
    ),
)  # fmt: skip
STEP = part("lstm_step", "function", _step, {"x_t": "batch features", **_STATES, **WEIGHT_AXES}, _NEW)
CELL = part(
    "LSTMCell", "cell", _step, {"inputs": "batch features", **_STATES}, _NEW, weights=WEIGHT_AXES,
    settings={"units": None},
)  # fmt: skip
LAYER = part(
    "LSTM", "layer", _layer, {"inputs": "batch time features", **_STATES},
    {"output": "batch time units", "c_t": "batch units"}, weights=WEIGHT_AXES, settings=RECURRENT_SETTINGS,
)  # fmt: skip
