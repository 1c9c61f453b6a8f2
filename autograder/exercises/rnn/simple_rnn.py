"""A simple recurrent layer: a loop over time with `return_sequences`, `return_state` and an initial state."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from autograder.exercises.kit import advice, hints, rnn_loops
from autograder.exercises.kit import rnn_parts as parts
from autograder.exercises.kit import simple_rnn as family
from autograder.exercises.kit.recurrent import RECURRENT_BUILTINS, slack
from autograder.model import Check, Exercise, LayerCase


def cases(rng: np.random.Generator) -> tuple[LayerCase, ...]:
    sequences, state = {"return_sequences": True}, {"return_state": True}
    config = family.layer_case("config", rng, config=sequences | state, route="from_config")
    return (
        family.layer_case("last", rng),
        family.layer_case("sequences", rng, config=sequences),
        family.layer_case("last_and_state", rng, config=state, states=True),
        family.layer_case("sequences_and_state", rng, config=sequences | state, states=True, gradients=True),
        family.layer_case("again", rng, config=sequences, route="twice"),
        family.layer_case("open_batch", rng, route="symbolic"),
        dataclasses.replace(config, config_back=dict(config.config)),
    )


def contracts(rng: np.random.Generator) -> tuple[LayerCase, ...]:
    return (
        advice.in_float64(family.layer_case("float64", rng)),
        family.layer_case("resized", rng, config={"return_sequences": True}, route="resized"),
    )


def _keras() -> Any:
    import keras

    return keras.layers.SimpleRNN


def _reference() -> Any:
    from reference import SimpleRNN

    return SimpleRNN


EXERCISE = Exercise(
    id="simple_rnn",
    assignment="rnn",
    title="The recurrent layer",
    entry_point="SimpleRNN",
    signature=(
        "SimpleRNN(units, return_sequences=False, return_state=False)(x, initial_state=None) -> output or [output, h_T]"
    ),
    points=10,
    hint="One loop serves all four settings: the two switches only decide what is handed out after it.",
    hints={
        "initial_state": "With what does the loop start when a state is given?",
        "gradients": hints.GRADIENTS,
        "no_leak": hints.NO_LEAK,
        "contract": (
            "A second layer is made from `get_config()` alone, and a model does not know its batch size yet. "
            "Which of your lines counts on knowing more?"
        ),
        "float64": advice.FLOAT64,
        "resized": advice.RESIZED,
    },
    cases=cases,
    advice=contracts,
    truth=family.truth,
    slack=slack,
    checks=(
        Check("last", "The last output, with the default settings", 2, ("last.output",)),
        Check("sequences", "Every output, with return_sequences", 2, ("sequences.output",)),
        Check(
            "initial_state",
            "The outputs, with an initial state",
            1,
            ("last_and_state.output", "sequences_and_state.output"),
            ("last", "sequences"),
        ),
        Check("state", "The final state, with return_state", 2, ("*_and_state.state",)),
        Check(
            "gradients",
            "Gradients reach inputs, initial state and weights",
            1,
            ("sequences_and_state.grad.*",),
            ("initial_state", "state"),
        ),
        Check("no_leak", "A second call does not remember the first", 1, ("again.*",), ("sequences",)),
        Check(
            "contract",
            "A batch of open size in a functional model; get_config makes the same layer again",
            1,
            ("open_batch.*", "config.*"),
            ("last", "sequences"),
        ),
        Check("float64", "float64 in, float64 out", 0, ("float64.*",)),
        Check("resized", "Reads sequences of another length afterwards", 0, ("resized.*",)),
    ),
    mistakes=rnn_loops.layer_mistakes(),
    made_of=rnn_loops.LAYER.answer,
    witnesses={"keras": _keras, "reference": _reference},
    layouts=family.LAYOUTS,
    built_on=((parts.CELL,), (parts.STEP,)),
    forbidden=RECURRENT_BUILTINS,
)
