"""g_t = tanh(x_t W_c + h_{t-1} U_c + b_c)"""

from __future__ import annotations

from autograder.exercises.kit import gates
from autograder.exercises.kit.lstm_gates import GATES, PICTURE
from autograder.exercises.kit.recurrent import RECURRENT_BUILTINS, function_truth, slack
from autograder.model import Check, Exercise
from reference import equations as eq

GATE = gates.recipe("g_t", "candidate", eq.tanh)

EXERCISE = Exercise(
    id="candidate",
    assignment="lstm",
    title="The candidate",
    entry_point="candidate",
    signature="candidate(x_t, h_prev, W_c, U_c, b_c) -> g_t",
    points=2,
    hint=(
        "The delivery is not a share: it can add to the memory or take away from it. Which range does that call for?"
    ),
    cases=gates.cases("c", "g_t"),
    truth=function_truth(eq.candidate),
    slack=slack,
    checks=(Check("values", "The value of the candidate", 2, ("*.g_t",)),),
    mistakes=gates.tanh_mistakes(GATE),
    made_of=GATE.answer,
    forbidden=RECURRENT_BUILTINS,
    gates=GATES,
    picture=PICTURE,
)
