"""f_t = sigmoid(x_t W_f + h_{t-1} U_f + b_f)"""

from __future__ import annotations

from autograder.exercises.kit import gates
from autograder.exercises.kit.lstm_gates import GATES, PICTURE
from autograder.exercises.kit.recurrent import RECURRENT_BUILTINS, function_truth, slack
from autograder.model import Check, Exercise
from reference import equations as eq

GATE = gates.recipe("f_t", "forget", eq.sigmoid)

EXERCISE = Exercise(
    id="forget_gate",
    assignment="lstm",
    title="The forget gate",
    entry_point="forget_gate",
    signature="forget_gate(x_t, h_prev, W_f, U_f, b_f) -> f_t",
    points=2,
    hint=(
        "Two matrix products and a bias make one number per unit; the activation turns it into a share from "
        "0 to 1."
    ),
    cases=gates.cases("f", "f_t"),
    truth=function_truth(eq.forget_gate),
    slack=slack,
    checks=(Check("values", "The value of the gate", 2, ("*.f_t",)),),
    mistakes=(
        *gates.sigmoid_mistakes(
            GATE,
            raised=(
                "Raise one unit's bias a lot. Should the memory of that unit be kept or cleared? What does "
                "yours say?"
            ),
        ),
        GATE.wrong(
            "one_added_to_bias", "1 is added to the bias inside the gate",
            "Look at the bias of a freshly built Keras LSTM. Is the famous 1 a number in a weight, or a "
            "term in the formula?",
            bias=lambda g: g.b + 1,
        ),
    ),
    made_of=GATE.answer,
    forbidden=RECURRENT_BUILTINS,
    gates=GATES,
    picture=PICTURE,
)  # fmt: skip
