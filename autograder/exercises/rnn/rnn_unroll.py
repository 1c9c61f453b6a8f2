"""A loop over time that hands out every output and the final state."""

from __future__ import annotations

import numpy as np

from autograder.exercises.kit import rnn_loops
from autograder.exercises.kit import rnn_parts as parts
from autograder.exercises.kit import simple_rnn as family
from autograder.exercises.kit.recurrent import RECURRENT_BUILTINS, function_truth, slack
from autograder.model import Check, Exercise, FunctionCase


def cases(rng: np.random.Generator) -> tuple[FunctionCase, ...]:
    return family.unroll_case("first", rng, longer=True), family.unroll_case("second", rng, longer=False)


EXERCISE = Exercise(
    id="rnn_unroll",
    assignment="rnn",
    title="Outputs and the final state",
    entry_point="rnn_unroll",
    signature="rnn_unroll(x, h_0, W, U, b) -> (outputs, final_state)",
    points=4,
    hint=(
        "One name for the newest state, one list for the outputs: which of the two does each line of the loop change?"
    ),
    cases=cases,
    truth=function_truth(family.unroll_truth),
    slack=slack,
    checks=(
        Check("outputs", "The output of every step", 2, ("*.outputs",)),
        Check("final_state", "The state after the last step", 2, ("*.final_state",)),
    ),
    mistakes=rnn_loops.unroll_mistakes(),
    made_of=rnn_loops.UNROLLED.answer,
    built_on=((parts.STEP,),),
    forbidden=RECURRENT_BUILTINS,
)
