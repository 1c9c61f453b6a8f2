"""h_t = tanh(x_t W + h_{t-1} U + b)"""

from __future__ import annotations

import numpy as np

from autograder.families import simple_rnn as family
from autograder.families.recurrent import RECURRENT_BUILTINS, function_truth, slack
from autograder.model import Check, Exercise, FunctionCase


def cases(rng: np.random.Generator) -> tuple[FunctionCase, ...]:
    return family.step_case("first", rng), family.step_case("second", rng)


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
    mistakes=family.step_mistakes(),
    forbidden=RECURRENT_BUILTINS,
)
