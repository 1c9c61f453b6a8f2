"""One LSTM step on the fused weights: (h_t, c_t) from x_t, h_{t-1}, c_{t-1}.

Besides random steps there are steps with gates forced by a bias of 30 or -30, so that one part alone shows in
h_t.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograder.exercises.kit import draw, lstm_steps
from autograder.exercises.kit import lstm as family
from autograder.exercises.kit import lstm_parts as parts
from autograder.exercises.kit.lstm_gates import GATES, PICTURE
from autograder.exercises.kit.recurrent import RECURRENT_BUILTINS, slack
from autograder.model import Arrays, Check, Exercise, FunctionCase
from reference import equations as eq


def cases(rng: np.random.Generator) -> tuple[FunctionCase, ...]:
    return (
        _case("first", rng),
        _case("second", rng),
        _case("forget_alone", rng, i=-family.FORCED, o=family.FORCED),
        _case("input_alone", rng, f=-family.FORCED, o=family.FORCED),
        _case("output_alone", rng, i=-family.FORCED, f=family.FORCED),
    )


def _case(name: str, rng: np.random.Generator, **forced: float) -> FunctionCase:
    size = draw.distinct_sizes(rng, ("batch", "features", "units"))
    batch, features, units = size.values()
    bias = draw.bias(rng, 4 * units)
    for gate, value in forced.items():
        block = lstm_steps.GATES.index(gate)
        bias[block * units : (block + 1) * units] = value
    return FunctionCase(
        id=name,
        arguments={
            "x_t": draw.inputs(rng, batch, features),
            "h_prev": draw.state(rng, batch, units),
            "c_prev": draw.inputs(rng, batch, units),
            "kernel": draw.weight(rng, features, 4 * units),
            "recurrent_kernel": draw.weight(rng, units, 4 * units),
            "bias": bias,
        },
        axes={"x_t": "batch features", "h_prev": "batch units", "c_prev": "batch units"} | family.WEIGHT_AXES,
        returns={"h_t": "batch units", "c_t": "batch units"},
    )


def _answer(case: FunctionCase, step: Callable[..., Any]) -> Arrays:
    made = step(*case.arguments.values())
    return {"h_t": made.hidden, "c_t": made.cell}


def _alone(case: FunctionCase) -> Iterator[tuple[str, FunctionCase]]:
    weights = {name: case.arguments[name] for name in family.WEIGHT_AXES}
    for gate, changed in family.each_alone(weights):
        yield gate, dataclasses.replace(case, arguments={**case.arguments, **changed})


def _truth(case: FunctionCase) -> Arrays:
    return _answer(case, eq.lstm_step)


def _returned_exchanged(case: FunctionCase, step: Callable[..., Any]) -> Arrays:
    right = _answer(case, step)
    return {"h_t": right["c_t"], "c_t": right["h_t"]}


def _states_exchanged(case: FunctionCase, step: Callable[..., Any]) -> Arrays:
    h_prev, c_prev = case.arguments["h_prev"], case.arguments["c_prev"]
    return _answer(dataclasses.replace(case, arguments={**case.arguments, "h_prev": c_prev, "c_prev": h_prev}), step)


def _hidden_twice(case: FunctionCase, step: Callable[..., Any]) -> Arrays:
    right = _answer(case, step)
    return {"h_t": right["h_t"], "c_t": right["h_t"]}


RECIPE = family.around_step(_answer)

EXERCISE = Exercise(
    id="lstm_step",
    assignment="lstm",
    title="One step on the fused weights",
    entry_point="lstm_step",
    signature="lstm_step(x_t, h_prev, c_prev, kernel, recurrent_kernel, bias) -> (h_t, c_t)",
    points=4,
    hint=(
        "One sum of width 4 * units, cut into four blocks in the order i, f, c, o; then the six lines from "
        "before."
    ),
    cases=cases,
    truth=_truth,
    slack=slack,
    checks=(
        Check("cell", "The new cell state", 2, ("first.c_t", "second.c_t")),
        Check("hidden", "The new hidden state", 2, ("first.h_t", "second.h_t")),
        Check("forget_alone", "With input shut, output open: forget gate alone", 0, ("forget_alone.*",)),
        Check("input_alone", "With forget shut, output open: input and candidate", 0, ("input_alone.*",)),
        Check("output_alone", "With forget open, input shut: output gate alone", 0, ("output_alone.*",)),
    ),
    mistakes=(
        *RECIPE.mistakes(lstm_steps.WRONG_STEPS),
        RECIPE.wrong(
            "lstm.states_exchanged", "The new states are returned as (c_t, h_t)",
            "One of the two can leave (-1, 1), the other cannot. Which one stands first in yours?",
            gate="output", layer=_returned_exchanged,
        ),
        RECIPE.wrong(
            "lstm.previous_states_exchanged", "The two previous states are exchanged",
            "Which of the two previous states meets the recurrent kernel, and which one meets the forget "
            "gate?",
            gate="cell", layer=_states_exchanged,
        ),
        RECIPE.wrong(
            "lstm.hidden_returned_twice", "The hidden state is returned in both places",
            "Two different things travel to the next step. Is your second one ever larger than 1?",
            gate="cell", layer=_hidden_twice,
        ),
    ),
    made_of=RECIPE.answer,
    alone=_alone,
    built_on=(parts.FUNCTIONS,),
    forbidden=RECURRENT_BUILTINS,
    gates=GATES,
    picture=PICTURE,
)  # fmt: skip
