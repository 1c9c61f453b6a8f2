"""h_t = tanh(x_t W + h_{t-1} U + b)"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from autograder.exercises.kit import rnn_steps
from autograder.exercises.kit import simple_rnn as family
from autograder.exercises.kit.recurrent import RECURRENT_BUILTINS, function_truth, slack
from autograder.model import Arrays, Check, Exercise, FunctionCase, Mistake


def cases(rng: np.random.Generator) -> tuple[FunctionCase, ...]:
    return family.step_case("first", rng), family.step_case("second", rng)


def _answer(case: FunctionCase, lines: Mapping[str, Any]) -> Arrays:
    return {"h_t": rnn_steps.step_with(lines)(*case.arguments.values()).hidden}


EXERCISE = Exercise(
    id="rnn_step",
    assignment="rnn",
    title="One step of a recurrent network",
    entry_point="rnn_step",
    signature="rnn_step(x_t, h_prev, W, U, b) -> h_t",
    points=2,
    hint="Two matrix products and a bias make one number per sample and unit; tanh squashes it.",
    cases=cases,
    truth=function_truth(family.step_truth),
    slack=slack,
    checks=(Check("values", "The new state", 2, ("*.h_t",)),),
    mistakes=(
        *rnn_steps.step_mistakes(_answer),
        Mistake(
            "rnn.state_transposed", "The new state is transposed: (units, batch)",
            "Which of the two axes of the result should be as long as the batch?",
            lambda case: {"h_t": family.step_truth(*case.arguments.values()).T},
        ),
        Mistake(
            "rnn.state_samples_end_to_end", "The states of the samples are joined to one long vector",
            "How many axes should the result have? What does an entry of each of them stand for?",
            lambda case: {"h_t": family.step_truth(*case.arguments.values()).ravel()},
        ),
    ),
    made_of=_answer,
    forbidden=RECURRENT_BUILTINS,
)  # fmt: skip
