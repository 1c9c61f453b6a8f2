"""A simple recurrent cell as a Keras layer: one step, weights made in `build`, states `[h]`."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from autograder.families import simple_rnn as family
from autograder.families.recurrent import RECURRENT_BUILTINS, slack
from autograder.model import Check, Exercise, LayerCase


def cases(rng: np.random.Generator) -> tuple[LayerCase, ...]:
    step = family.cell_case("step", rng, gradients=True)
    again = family.cell_case("again", rng, route="twice")
    config = family.cell_case("config", rng, route="from_config")
    return step, again, dataclasses.replace(config, config_back=dict(config.config))


def _keras() -> Any:
    import keras

    return keras.layers.SimpleRNNCell


def _reference() -> Any:
    from reference import SimpleRNNCell

    return SimpleRNNCell


EXERCISE = Exercise(
    id="simple_rnn_cell",
    assignment="rnn",
    title="The recurrent cell as a Keras layer",
    entry_point="SimpleRNNCell",
    signature="SimpleRNNCell(units)(x_t, [h_prev]) -> h_t, [h_t]",
    points=6,
    hint=(
        "build makes kernel, recurrent_kernel and bias; call takes one step and hands out an output and a "
        "list of states."
    ),
    cases=cases,
    truth=family.truth,
    slack=slack,
    checks=(
        Check("values", "Output of one step", 2, ("step.output",)),
        Check("states", "The new state", 1, ("step.state.*",)),
        Check(
            "gradients",
            "Gradients reach inputs, state and weights",
            1,
            ("step.grad.*",),
            ("values", "states"),
        ),
        Check("no_leak", "A second call does not remember the first", 1, ("again.*",), ("values", "states")),
        Check("config", "get_config makes the same cell again", 1, ("config.*",), ("values", "states")),
    ),
    mistakes=family.cell_mistakes(),
    witnesses={"keras": _keras, "reference": _reference},
    layouts=family.LAYOUTS,
    forbidden=RECURRENT_BUILTINS,
)
