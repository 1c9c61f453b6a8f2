"""o_t = sigmoid(x_t W_o + h_{t-1} U_o + b_o)"""

from __future__ import annotations

from autograder.exercises.kit import gates
from autograder.exercises.kit.lstm_gates import GATES, PICTURE
from autograder.exercises.kit.recurrent import RECURRENT_BUILTINS, function_truth, slack
from autograder.model import Check, Exercise
from reference import equations as eq

GATE = gates.recipe("o_t", "output", eq.sigmoid)

EXERCISE = Exercise(
    id="output_gate",
    assignment="lstm",
    title="The output gate",
    entry_point="output_gate",
    signature="output_gate(x_t, h_prev, W_o, U_o, b_o) -> o_t",
    points=2,
    hint="Which two things does the gate look at, and between which two numbers must the answer lie?",
    cases=gates.cases("o", "o_t"),
    truth=function_truth(eq.output_gate),
    slack=slack,
    checks=(Check("values", "The value of the gate", 2, ("*.o_t",)),),
    mistakes=gates.sigmoid_mistakes(
        GATE,
        raised=(
            "Raise one unit's bias a lot. Should that unit show more or less of its memory? What does yours "
            "say?"
        ),
    ),
    made_of=GATE.answer,
    forbidden=RECURRENT_BUILTINS,
    gates=GATES,
    picture=PICTURE,
)  # fmt: skip
