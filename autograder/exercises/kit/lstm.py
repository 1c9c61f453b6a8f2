"""What the LSTM exercises share: layer cases, truth, layouts of the weights, and wrong steps.

Gates in Keras's block order i, f, c, o (input, forget, candidate, output).
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

import numpy as np

from autograder.exercises.kit import draw
from autograder.exercises.kit.lstm_steps import GATES, STEP
from autograder.exercises.kit.recipe import Recipe
from autograder.exercises.kit.recurrent import as_a_layer, from_states, joined, sequence_returns, with_cotangents
from autograder.model import Arrays, LayerCase, Layout
from reference import equations as eq

Fused: TypeAlias = tuple[np.ndarray, np.ndarray, np.ndarray]
"""kernel, recurrent kernel and bias of one layer."""

WEIGHT_AXES = {"kernel": "features 4*units", "recurrent_kernel": "units 4*units", "bias": "4*units"}

# ---------------------------------------------------------------------------------------------------- layouts


_WORDS = {
    "i": ("i", "input"), "f": ("f", "forget"), "c": ("c", "g", "candidate", "cell", "update", "memory"),
    "o": ("o", "output"),
}  # fmt: skip
"""What a weight of a gate, or the sublayer that holds it, may be called after."""


def _per_gate(weights: Arrays) -> Arrays:
    return {
        f"{name}_{gate}": block
        for name, value in weights.items()
        for gate, block in zip(GATES, np.split(value, 4, axis=-1), strict=True)
    }


def _per_gate_letters(weights: Arrays) -> Arrays:
    letter = {"kernel": "W", "recurrent_kernel": "U", "bias": "b"}
    named = _per_gate(weights)
    return {f"{letter[name.rpartition('_')[0]]}_{name[-1]}": value for name, value in named.items()}


def _joined_per_gate(order: tuple[str, str]) -> Callable[[Arrays], Arrays]:
    def cut(weights: Arrays) -> Arrays:
        named = _per_gate(weights)
        rows = {f"W_{gate}": np.concatenate([named[f"{name}_{gate}"] for name in order]) for gate in GATES}
        return rows | {f"b_{gate}": named[f"bias_{gate}"] for gate in GATES}

    return cut


def _of_each_gate(*names: str) -> dict[str, tuple[str, ...]]:
    return {f"{name}_{gate}": words for name in names for gate, words in _WORDS.items()}


def _a_bias_each(identity: str, named: Callable[[Arrays], Arrays]) -> Layout:
    """A layer for x and one for h, each with a bias of its own: all of it is in the first."""

    def cut(weights: Arrays, *, twice: bool = False) -> Arrays:
        own = named(weights)
        second = {f"recurrent_{name}": value for name, value in own.items() if name.startswith("bias")}
        return {**own, **(second if twice else {name: np.zeros_like(value) for name, value in second.items()})}

    words = _of_each_gate("kernel", "recurrent_kernel", "bias", "recurrent_bias")
    told = words if named is _per_gate else {"bias": ("bias",), "recurrent_bias": ("bias",)}
    return Layout(f"{identity}, two biases", cut, functools.partial(cut, twice=True), told)


def _as_it_is(weights: Arrays) -> Arrays:
    return dict(weights)


X_THEN_H, H_THEN_X = ("kernel", "recurrent_kernel"), ("recurrent_kernel", "kernel")

LAYOUTS = (
    Layout("per gate", _per_gate, words=_of_each_gate("kernel", "recurrent_kernel", "bias")),
    Layout("per gate, letters", _per_gate_letters),
    Layout("joined kernel, rows of x before rows of h", functools.partial(joined, X_THEN_H)),
    Layout("joined kernel, rows of h before rows of x", functools.partial(joined, H_THEN_X)),
    Layout("joined per gate, rows of x before rows of h", _joined_per_gate(X_THEN_H), words=_of_each_gate("W", "b")),
    Layout("joined per gate, rows of h before rows of x", _joined_per_gate(H_THEN_X), words=_of_each_gate("W", "b")),
    _a_bias_each("per gate", _per_gate),
    _a_bias_each("fused", _as_it_is),
)

# ------------------------------------------------------------------------------------------------------ cases


def cell_case(case_id: str, rng: np.random.Generator, *, gradients: bool = False, **changes: Any) -> LayerCase:
    """One step of an LSTM cell from random states."""
    size = draw.distinct_sizes(rng, ("batch", "features", "units"), 2, 6)
    batch, units = size["batch"], size["units"]
    case = LayerCase(
        id=case_id,
        config={"units": units},
        weights=_weights(rng, size),
        inputs=draw.inputs(rng, batch, size["features"]),
        axes={"inputs": "batch features", "state.0": "batch units", "state.1": "batch units"} | WEIGHT_AXES,
        returns={"output": "batch units", "state.0": "batch units", "state.1": "batch units"},
        states=(draw.state(rng, batch, units), draw.inputs(rng, batch, units)),
        protocol="cell",
    )
    if gradients:
        case = with_cotangents(case, rng, size)
    return dataclasses.replace(case, **changes)


def layer_case(
    case_id: str,
    rng: np.random.Generator,
    *,
    config: dict[str, Any] | None = None,
    states: bool = False,
    gradients: bool = False,
    short: bool = False,
    **changes: Any,
) -> LayerCase:
    """A sequence of 3 to 6 steps through an LSTM layer, of 3 where `short`."""
    size = sequence_sizes(rng, ("batch", "features", "units"), short=short)
    batch, units = size["batch"], size["units"]
    config = {"units": units} | (config or {})
    case = LayerCase(
        id=case_id,
        config=config,
        weights=_weights(rng, size),
        inputs=draw.inputs(rng, batch, size["time"], size["features"]),
        axes={"inputs": "batch time features"} | WEIGHT_AXES,
        returns=sequence_returns(config, ("state_h", "state_c")),
    )
    if states:
        case = from_states(case, draw.state(rng, batch, units), draw.inputs(rng, batch, units))
    if gradients:
        case = with_cotangents(case, rng, size)
    return dataclasses.replace(case, **changes)


def sequence_sizes(rng: np.random.Generator, names: tuple[str, ...], *, short: bool) -> dict[str, int]:
    """Pairwise distinct sizes of these axes and of `time`, which is 3 where `short`: fewer cannot show every
    mistake, and each step costs time."""
    if short:
        return draw.distinct_sizes(rng, names, 4, 5 + len(names)) | {"time": 3}
    return draw.distinct_sizes(rng, ("time", *names), 3, 4 + len(names))


def fused(case: LayerCase) -> list[Fused]:
    """The weights of a case, layer by layer."""
    arrays = list(case.weights.values())
    return [(arrays[k], arrays[k + 1], arrays[k + 2]) for k in range(0, len(arrays), 3)]


def _weights(rng: np.random.Generator, size: dict[str, int]) -> dict[str, np.ndarray]:
    features, units = size["features"], size["units"]
    return {
        "kernel": draw.weight(rng, features, 4 * units),
        "recurrent_kernel": draw.weight(rng, units, 4 * units),
        "bias": draw.bias(rng, 4 * units),
    }


# ------------------------------------------------------------------------------------------------------ truth


def truth(case: LayerCase) -> Arrays:
    """All parts of a cell or layer case, gradients too where the case has cotangents; of a fresh layer the bias."""
    if case.route == "fresh":
        zeros = np.zeros(case.config["units"], case.inputs.dtype)
        return {"weight.bias": np.concatenate([zeros, zeros + 1, zeros, zeros])}
    return run(as_a_layer(case) if case.route == "loop" else case, eq.lstm_step)


def run(case: LayerCase, step: Callable[..., eq.LSTMStep], *, gradients: bool = True) -> Arrays:
    """The parts of a cell or layer case when every step is made by `step`."""
    cell = case.protocol == "cell"
    x = case.inputs[:, np.newaxis] if cell else case.inputs  # (batch, time, features)
    h0, c0 = case.states or (None, None)
    (weights,) = fused(case)
    trace = eq.lstm(
        x, *weights, h0=h0, c0=c0, mask=case.mask, step=step,
        go_backwards=bool(case.config.get("go_backwards")),
    )  # fmt: skip
    parts = collect(case, trace.hidden, trace.last_hidden, trace.last_cell)
    if case.cotangents is not None and gradients:
        upstream = dict(case.cotangents)
        names = list(case.returns)
        output = upstream[names[0]]
        d_hidden = output[:, np.newaxis] if cell else output if case.config.get("return_sequences") else None
        d_last_hidden = None if cell or case.config.get("return_sequences") else output
        d_last_cell = None
        if len(names) == 3:
            extra = upstream[names[1]]
            d_last_hidden = extra if d_last_hidden is None else d_last_hidden + extra
            d_last_cell = upstream[names[2]]
        grads = eq.lstm_backward(trace, d_hidden, d_last_hidden, d_last_cell)
        parts["grad.inputs"] = grads.x[:, 0] if cell else grads.x
        if case.states is not None:
            parts |= {"grad.state.0": grads.h0, "grad.state.1": grads.c0}
        by_name = {"kernel": grads.kernel, "recurrent_kernel": grads.recurrent_kernel, "bias": grads.bias}
        parts |= {f"grad.{name}": by_name[name] for name in case.weights}
    return parts


def collect(case: LayerCase, hidden: np.ndarray, last_hidden: np.ndarray, last_cell: np.ndarray) -> dict[str, Any]:
    """What the case returns, by name, from a whole run."""
    sequences = case.config.get("return_sequences") and case.protocol == "layer"
    values = (hidden if sequences else last_hidden, last_hidden, last_cell)
    return dict(zip(case.returns, values, strict=False))


def around_step(answer: Callable[..., Arrays | None], *, pairs_inside: bool = True) -> Recipe:
    """A recipe around a step in which the rest is one line, `layer`: the parts of a case from it and a step."""
    return Recipe(
        lambda use, step, case: use["layer"](case, step), {"layer": answer}, around=STEP, pairs_inside=pairs_inside
    )


RECIPE = around_step(lambda case, step: run(case, step, gradients=False))
"""A cell or a layer."""

FORCED = 30.0
"""A bias that opens a gate as far as float32 can tell; its negative shuts it."""
_HELD: dict[str, dict[str, float]] = {
    "forget": {"i": -FORCED, "o": FORCED},
    "input": {"f": -FORCED, "c": FORCED, "o": FORCED},
    "candidate": {"f": -FORCED, "i": FORCED, "o": FORCED},
    "cell": {"f": FORCED, "i": FORCED, "c": FORCED, "o": FORCED},
    "output": {"f": FORCED, "i": -FORCED},
}
"""For each gate, how the others are held so that it alone shows."""


def alone(case: LayerCase) -> Iterator[tuple[str, LayerCase]]:
    """(gate, case in which it alone shows), for a case with initial states."""
    if case.states is None:
        return
    for gate, weights in each_alone(case.weights):
        yield gate, dataclasses.replace(case, weights=weights, cotangents=None)


def each_alone(weights: Arrays) -> Iterator[tuple[str, dict[str, np.ndarray]]]:
    """(gate, fused weights with which it alone shows)."""
    for gate, held in _HELD.items():
        yield gate, held_open_or_shut(weights, held)


def held_open_or_shut(weights: Arrays, held: Mapping[str, float]) -> dict[str, np.ndarray]:
    """The fused weights with some gates held by their bias, whatever arrives."""
    changed = {name: np.array(value) for name, value in weights.items()}
    units = len(changed["recurrent_kernel"])
    for letter, bias in held.items():
        block = slice(GATES.index(letter) * units, (GATES.index(letter) + 1) * units)
        changed["kernel"][:, block] = 0
        changed["recurrent_kernel"][:, block] = 0
        changed["bias"][block] = bias
    return changed
