"""i_t = sigmoid(x_t W_i + h_{t-1} U_i + b_i)"""

from __future__ import annotations

from autograder.exercises.kit import gates
from autograder.exercises.kit.lstm_gates import GATES, PICTURE
from autograder.exercises.kit.recurrent import RECURRENT_BUILTINS, function_truth, slack
from autograder.model import Check, Exercise
from reference import equations as eq

GATE = gates.recipe("i_t", "input", eq.sigmoid)

EXERCISE = Exercise(
    id="input_gate",
    assignment="lstm",
    title="The input gate",
    entry_point="input_gate",
    signature="input_gate(x_t, h_prev, W_i, U_i, b_i) -> i_t",
    points=2,
    hint=(
        "The same shape of formula as the forget gate, with weights of its own: what should each number say "
        "a share of?"
    ),
    cases=gates.cases("i", "i_t"),
    truth=function_truth(eq.input_gate),
    slack=slack,
    checks=(Check("values", "The value of the gate", 2, ("*.i_t",)),),
    mistakes=gates.sigmoid_mistakes(
        GATE,
        raised=(
            "Raise one unit's bias a lot. Should more or less of the delivery come in? What does yours "
            "say?"
        ),
    ),
    made_of=GATE.answer,
    forbidden=RECURRENT_BUILTINS,
    gates=GATES,
    picture=PICTURE,
)  # fmt: skip
