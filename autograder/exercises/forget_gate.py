"""f_t = sigmoid(x_t W_f + h_{t-1} U_f + b_f)"""

from __future__ import annotations

import numpy as np

from autograder.families import draw
from autograder.families.recurrent import RECURRENT_BUILTINS, function_truth, slack
from autograder.model import Check, Exercise, FunctionCase, Mistake
from reference import equations as eq


def cases(rng: np.random.Generator) -> tuple[FunctionCase, ...]:
    return tuple(_case(name, rng) for name in ("first", "second"))


def _case(name: str, rng: np.random.Generator) -> FunctionCase:
    size = draw.distinct_sizes(rng, ("batch", "features", "units"))
    batch, features, units = size.values()
    return FunctionCase(
        id=name,
        arguments={
            "x_t": draw.inputs(rng, batch, features),
            "h_prev": draw.state(rng, batch, units),
            "W_f": draw.weight(rng, features, units),
            "U_f": draw.weight(rng, units, units),
            "b_f": draw.bias(rng, units),
        },
        axes={
            "x_t": "batch features",
            "h_prev": "batch units",
            "W_f": "features units",
            "U_f": "units units",
            "b_f": "units",
        },
        returns={"f_t": "batch units"},
    )


def _mistake(name: str, title: str, hint: str, line) -> Mistake:  # type: ignore[no-untyped-def]
    return Mistake(name, title, hint, lambda case: {"f_t": line(*case.arguments.values())}, "forget")


EXERCISE = Exercise(
    id="forget_gate",
    assignment="lstm",
    title="The forget gate",
    entry_point="forget_gate",
    signature="forget_gate(x_t, h_prev, W_f, U_f, b_f) -> f_t",
    points=2,
    hint="Two matrix products and a bias make one number per unit; the activation turns it into a share from 0 to 1.",
    cases=cases,
    truth=function_truth(eq.forget_gate),
    slack=slack,
    checks=(Check("values", "The value of the gate", 2, ("*.f_t",)),),
    mistakes=(
        _mistake(
            "lstm.gate_tanh", "The gate goes through tanh",
            "A gate lets a share of something through. Can a share be negative?",
            lambda x, h, W, U, b: eq.tanh(x @ W + h @ U + b),
        ),
        _mistake(
            "lstm.gate_no_activation", "The gate has no activation",
            "What are the smallest and the largest value of your gate? Are they possible for a share?",
            lambda x, h, W, U, b: x @ W + h @ U + b,
        ),
        _mistake(
            "lstm.gate_no_bias", "The bias is missing",
            "Point at each symbol of the equation in turn. Which of them does not occur in your line?",
            lambda x, h, W, U, b: eq.sigmoid(x @ W + h @ U),
        ),
        _mistake(
            "lstm.gate_no_recurrence", "The previous hidden state is not used",
            "Should the gate of this step change when the past changes? Does yours?",
            lambda x, h, W, U, b: eq.sigmoid(x @ W + b),
        ),
        _mistake(
            "lstm.gate_recurrent_kernel_transposed", "The recurrent kernel is transposed",
            "Row j of the recurrent kernel belongs to unit j of the previous state. Which of the two axes do you sum over?",
            lambda x, h, W, U, b: eq.sigmoid(x @ W + h @ U.T + b),
        ),
        _mistake(
            "lstm.gate_inverted", "The gate is turned round: 1 - f",
            "Raise one bias a lot. Should that gate open or shut?",
            lambda x, h, W, U, b: 1 - eq.sigmoid(x @ W + h @ U + b),
        ),
        _mistake(
            "lstm.gate_bias_after_sigmoid", "The bias is added after the sigmoid",
            "What are the smallest and the largest value of your gate? Are they possible for a sigmoid?",
            lambda x, h, W, U, b: eq.sigmoid(x @ W + h @ U) + b,
        ),
    ),
    forbidden=RECURRENT_BUILTINS,
)  # fmt: skip
