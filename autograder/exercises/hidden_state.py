"""h_t = o_t * tanh(c_t)"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.families import draw
from autograder.families.recurrent import RECURRENT_BUILTINS, function_truth, slack
from autograder.model import Arrays, Check, Exercise, FunctionCase, Mistake
from reference import equations as eq


def cases(rng: np.random.Generator) -> tuple[FunctionCase, ...]:
    return tuple(_case(name, rng) for name in ("first", "second"))


def _case(name: str, rng: np.random.Generator) -> FunctionCase:
    shape = tuple(draw.distinct_sizes(rng, ("batch", "units")).values())
    memory = 2 * draw.inputs(rng, *shape)  # wide enough for tanh to bend it
    return FunctionCase(
        id=name,
        arguments={"o_t": draw.gate(rng, *shape), "c_t": memory},
        axes={"o_t": "batch units", "c_t": "batch units"},
        returns={"h_t": "batch units"},
    )


def _mistake(name: str, title: str, hint: str, line: Callable[[Any, Any], np.ndarray]) -> Mistake:
    def answer(case: FunctionCase) -> Arrays:
        return {"h_t": line(*case.arguments.values())}

    return Mistake(f"lstm.{name}", title, hint, answer, "output")


EXERCISE = Exercise(
    id="hidden_state",
    assignment="lstm",
    title="The new hidden state",
    entry_point="hidden_state",
    signature="hidden_state(o_t, c_t) -> h_t",
    points=2,
    hint="The memory may be large. What brings it into range before part of it is shown?",
    cases=cases,
    truth=function_truth(eq.hidden_state),
    slack=slack,
    checks=(Check("values", "What is shown of the memory", 2, ("*.h_t",)),),
    mistakes=(
        _mistake(
            "no_tanh_on_output", "The hidden state is the output gate times the raw cell state",
            "After fifty steps the memory can be large. What keeps the output in range?",
            lambda o, c: o * c,
        ),
        _mistake(
            "no_output_gate", "The output gate is not used",
            "Set the output gate to 0. What should the hidden state be then?",
            lambda o, c: eq.tanh(c),
        ),
        _mistake(
            "sigmoid_on_output", "The memory goes out through a sigmoid instead of tanh",
            "Can your hidden state be negative?",
            lambda o, c: o * eq.sigmoid(c),
        ),
        _mistake(
            "tanh_round_the_product", "tanh is put round the product of gate and memory",
            "With a memory of 100 and a gate of 0.5, half of the output should pass. How much passes in "
            "yours?",
            lambda o, c: eq.tanh(o * c),
        ),
        _mistake(
            "tanh_on_the_gate", "tanh is applied to the gate instead of the memory",
            "Which of the two numbers is already a share, and which one still needs to be brought into "
            "range?",
            lambda o, c: eq.tanh(o) * c,
        ),
        _mistake(
            "output_gate_squashed_again", "The output gate goes through the sigmoid once more",
            "Hand in an output gate of exactly 0. Is your hidden state 0?",
            lambda o, c: eq.sigmoid(o) * eq.tanh(c),
        ),
        _mistake(
            "output_gate_added", "Output gate and memory are added instead of multiplied",
            "Set the output gate to 0. What should the hidden state be then?",
            lambda o, c: o + eq.tanh(c),
        ),
        _mistake(
            "output_gate_inverted", "The output gate is used as 1 - o",
            "Set the output gate to 1. Should all of the memory show, or nothing of it?",
            lambda o, c: (1 - o) * eq.tanh(c),
        ),
        _mistake(
            "relu_on_output", "The memory goes out through a ReLU instead of tanh",
            "Can your hidden state be negative? Can it exceed 1?",
            lambda o, c: o * np.maximum(c, 0),
        ),
    ),
    forbidden=RECURRENT_BUILTINS,
    permuted=("units",),
)  # fmt: skip
