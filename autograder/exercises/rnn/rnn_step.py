"""h_t = tanh(x_t W + h_{t-1} U + b)"""

from __future__ import annotations

import numpy as np

from autograder.exercises.kit import rnn_steps
from autograder.exercises.kit import simple_rnn as family
from autograder.exercises.kit.recipe import Recipe
from autograder.exercises.kit.recurrent import RECURRENT_BUILTINS, function_truth, slack
from autograder.model import Check, Exercise, FunctionCase


def cases(rng: np.random.Generator) -> tuple[FunctionCase, ...]:
    return family.step_case("first", rng), family.step_case("second", rng)


RECIPE = Recipe(
    lambda use, step, case: {"h_t": use["handed"](step(*case.arguments.values()).hidden)},
    {"handed": lambda h_t: h_t}, around=rnn_steps.STEP, prefix="rnn.",
)  # fmt: skip

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
        *RECIPE.mistakes(rnn_steps.WRONG_STEPS),
        RECIPE.wrong(
            "state_transposed", "The new state is transposed: (units, batch)",
            "Which of the two axes of the result should be as long as the batch?",
            handed=lambda h_t: h_t.T, usual=False,
        ),
        RECIPE.wrong(
            "state_samples_end_to_end", "The states of the samples are joined to one long vector",
            "How many axes should the result have? What does an entry of each of them stand for?",
            handed=lambda h_t: h_t.ravel(), usual=False,
        ),
    ),
    made_of=RECIPE.answer,
    forbidden=RECURRENT_BUILTINS,
)  # fmt: skip
