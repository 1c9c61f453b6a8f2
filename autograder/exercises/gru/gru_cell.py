"""A GRU cell as a Keras layer: one step, weights made in `build`, states `[h]`, the reset gate after the product."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np

from autograder.exercises.kit import draw, hints
from autograder.exercises.kit.recipe import Lines, Recipe
from autograder.exercises.kit.recurrent import RECURRENT_BUILTINS, slack, with_cotangents
from autograder.language import words
from autograder.model import Arrays, Check, Exercise, Gate, LayerCase
from reference import equations as eq

GATES = {
    "update": Gate(
        words("update gate"),
        words("the update gate"),
        words("With a candidate that is always 1, the update gate gives wrong values."),
    ),
    "reset": Gate(
        words("reset gate"),
        words("the reset gate"),
        words("With the update gate shut and nothing but the reset gate in the candidate, it gives wrong values."),
    ),
    "candidate": Gate(
        words("candidate"),
        words("the candidate"),
        words("With the update gate shut and the reset gate open, the candidate gives wrong values."),
    ),
}
FORCED = 30.0
"""A bias that opens a gate as far as float32 can tell; its negative shuts it."""
_HELD: dict[str, dict[int, tuple[float, float]]] = {
    "update": {2: (FORCED, 0.0)},
    "reset": {0: (-FORCED, 0.0), 2: (0.0, 1.0)},
    "candidate": {0: (-FORCED, 0.0), 1: (FORCED, 0.0)},
}
"""For each gate, which of the blocks z, r, h are held so that it alone shows: their bias of the input and of the
state."""


def _case(case_id: str, rng: np.random.Generator, *, gradients: bool = False, **changes: Any) -> LayerCase:
    """One step from a random state; kernel blocks in Keras's order z, r, h, and a bias for the input and the state."""
    size = draw.distinct_sizes(rng, ("batch", "features", "units"), 3, 7)
    batch, features, units = size["batch"], size["features"], size["units"]
    case = LayerCase(
        id=case_id,
        config={"units": units},
        weights={
            "kernel": draw.weight(rng, features, 3 * units),
            "recurrent_kernel": draw.weight(rng, units, 3 * units),
            "bias": np.stack([draw.bias(rng, 3 * units) for _ in range(2)]),  # (2, 3 * units)
        },
        inputs=draw.inputs(rng, batch, features),
        axes={
            "inputs": "batch features", "state.0": "batch units", "kernel": "features 3*units",
            "recurrent_kernel": "units 3*units", "bias": "2 3*units",
        },
        returns={"output": "batch units", "state.0": "batch units"},
        states=(draw.state(rng, batch, units),),
        protocol="cell",
    )  # fmt: skip
    case = with_cotangents(case, rng, size) if gradients else case
    return dataclasses.replace(case, **changes)


def cases(rng: np.random.Generator) -> tuple[LayerCase, ...]:
    config = _case("config", rng, route="from_config")
    return (
        _case("step", rng, gradients=True),
        _case("again", rng, route="twice"),
        dataclasses.replace(config, config_back=dict(config.config)),
    )


def truth(case: LayerCase) -> Arrays:
    kernel, recurrent_kernel, bias = case.weights.values()
    trace = eq.gru(case.inputs[:, np.newaxis], kernel, recurrent_kernel, bias, h0=_old(case))  # one step
    parts: dict[str, np.ndarray] = {"output": trace.hidden[:, 0], "state.0": trace.last_hidden}
    if case.cotangents is not None:
        upstream = case.cotangents
        grads = eq.gru_backward(trace, upstream["output"][:, np.newaxis], upstream["state.0"])
        assert grads.bias is not None
        parts |= {"grad.inputs": grads.x[:, 0], "grad.state.0": grads.h0, "grad.bias": grads.bias}
        parts |= {"grad.kernel": grads.kernel, "grad.recurrent_kernel": grads.recurrent_kernel}
    return parts


def alone(case: LayerCase) -> Iterator[tuple[str, LayerCase]]:
    """(gate, case in which it alone shows)."""
    units = len(case.weights["recurrent_kernel"])
    for gate, held in _HELD.items():
        weights = {name: np.array(value) for name, value in case.weights.items()}
        for number, biases in held.items():
            block = slice(number * units, (number + 1) * units)
            weights["kernel"][:, block] = weights["recurrent_kernel"][:, block] = 0
            weights["bias"][0, block], weights["bias"][1, block] = biases
        yield gate, dataclasses.replace(case, weights=weights, cotangents=None)


def _old(case: LayerCase) -> np.ndarray:
    assert case.states is not None
    return np.asarray(case.states[0])


def _sums(case: LayerCase) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """For z, r and the candidate: what comes of the input, and what comes of the state, each (batch, units)."""
    kernel, recurrent_kernel, bias = case.weights.values()
    of_input, of_state = case.inputs @ kernel + bias[0], _old(case) @ recurrent_kernel + bias[1]
    return zip(np.split(of_input, 3, axis=1), np.split(of_state, 3, axis=1), strict=True)


def _made(use: Lines, case: LayerCase) -> Arrays:
    kernels = use["blocks"](case.weights)
    case = dataclasses.replace(case, weights=kernels)
    (x_z, h_z), (x_r, h_r), (x_g, h_g) = _sums(case)
    g = use["candidate"](x_g, h_g, use["reset"](x_r, h_r), case)
    new = np.asarray(use["hidden"](use["update"](x_z, h_z), _old(case), g))
    return {"output": new, "state.0": use["returned"](new, _old(case))}


CELL = Recipe(
    _made,
    {
        "blocks": lambda weights: weights,
        "update": lambda x, h: eq.sigmoid(x + h),
        "reset": lambda x, h: eq.sigmoid(x + h),
        "candidate": lambda x, h, r, case: eq.tanh(x + r * h),
        "hidden": lambda z, old, g: z * old + (1 - z) * g,
        "returned": lambda new, old: new,
    },
    prefix="gru.",
)
"""What is made of the sums over input and state, gate by gate; `blocks` are the weights as they are cut, `returned` is
the state that is handed on."""


def _reset_before(x: np.ndarray, h: np.ndarray, r: np.ndarray, case: LayerCase) -> np.ndarray:
    block = slice(2 * len(case.weights["recurrent_kernel"]), None)
    recurrent, bias = case.weights["recurrent_kernel"][:, block], case.weights["bias"][1, block]
    return np.asarray(eq.tanh(x + (r * _old(case)) @ recurrent + bias))


def _exchanged(weights: Arrays) -> Arrays:
    blocks = {name: np.split(value, 3, axis=-1) for name, value in weights.items()}
    return {name: np.concatenate([r, z, g], axis=-1) for name, (z, r, g) in blocks.items()}


def _keras() -> Any:
    import keras

    return keras.layers.GRUCell


def _reference() -> Any:
    from reference import GRUCell

    return GRUCell


EXERCISE = Exercise(
    id="gru_cell",
    assignment="gru",
    title="The GRU cell as a Keras layer",
    entry_point="GRUCell",
    signature="GRUCell(units)(x_t, [h_prev]) -> h_t, [h_t]",
    points=8,
    hint="build makes kernel, recurrent_kernel and a bias of two rows; call cuts the sums into the blocks z, r, h.",
    hints={
        "gradients": hints.GRADIENTS,
        "no_leak": hints.NO_LEAK,
        "config": hints.CONFIG,
        "states": "What travels to the next step, and in what kind of list does Keras want it?",
    },
    cases=cases,
    truth=truth,
    slack=slack,
    checks=(
        Check("values", "Output of one step", 4, ("step.output",)),
        Check("states", "The new state", 1, ("step.state.*",)),
        Check(
            "gradients", "Gradients reach inputs, state and weights", 1, ("step.grad.*",), ("values", "states"),
        ),
        Check("no_leak", "A second call does not remember the first", 1, ("again.*",), ("values", "states")),
        Check("config", "get_config makes the same cell again", 1, ("config.*",), ("values", "states")),
    ),
    mistakes=(
        CELL.wrong(
            "update_inverted", "The update gate lets in what it should keep",
            "Let z be 1 everywhere. Should the new state be the old one, or the candidate?",
            gate="update", hidden=lambda z, old, g: (1 - z) * old + z * g,
        ),
        CELL.wrong(
            "update_tanh", "The update gate is a tanh", "A share lies between 0 and 1. Between what does yours lie?",
            gate="update", update=lambda x, h: eq.tanh(x + h),
        ),
        CELL.wrong(
            "update_forgets_the_state", "The update gate reads the input alone",
            "What does the gate read besides x_t? Which of your weights meets it?",
            gate="update", update=lambda x, h: eq.sigmoid(x),
        ),
        CELL.wrong(
            "reset_left_out", "The reset gate acts on nothing",
            "Shut the reset gate by its bias. Does your candidate still know the old state?",
            gate="reset", candidate=lambda x, h, r, case: eq.tanh(x + h),
        ),
        CELL.wrong(
            "reset_before_the_product", "The reset gate acts on the state, not on the product",
            "The bias has two rows. Does the gate come before or after the second one is added?",
            gate="reset", candidate=_reset_before,
        ),
        CELL.wrong(
            "reset_on_the_input_too", "The reset gate acts on the whole sum",
            "Which part of the candidate's sum is about the past?",
            gate="reset", candidate=lambda x, h, r, case: eq.tanh(r * (x + h)),
        ),
        CELL.wrong(
            "candidate_sigmoid", "The candidate is a sigmoid",
            "Can the state of your cell ever fall below 0?",
            gate="candidate", candidate=lambda x, h, r, case: eq.sigmoid(x + r * h),
        ),
        CELL.wrong(
            "update_and_reset_exchanged", "The blocks of the update and the reset gate are exchanged",
            "In which order do the blocks stand in Keras's kernel?", gate="update", blocks=_exchanged,
        ),
        CELL.wrong(
            "old_state_returned", "The new state that is returned is the old one",
            "Call your cell twice, the second time with the state it returned. Has the first input left any trace?",
            returned=lambda new, old: old,
        ),
    ),
    made_of=CELL.answer,
    witnesses={"keras": _keras, "reference": _reference},
    alone=alone,
    forbidden=RECURRENT_BUILTINS,
    gates=GATES,
)  # fmt: skip
