"""h_t = o_t * tanh(c_t)"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.exercises.kit import draw
from autograder.exercises.kit.gates import softmax
from autograder.exercises.kit.lstm_gates import GATES, PICTURE
from autograder.exercises.kit.recipe import Lines, Recipe
from autograder.exercises.kit.recurrent import RECURRENT_BUILTINS, function_truth, slack
from autograder.model import Arrays, Check, Exercise, FunctionCase
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


RIGHT: dict[str, Callable[..., Any]] = {
    "share": lambda o: o,
    "squash": eq.tanh,
    "join": lambda o, squashed: o * squashed,
    "result": lambda h_t: h_t,
}
"""The lines of a right answer: the gate and the squashed memory as they are used, both together, and what is handed
out."""


def _made(use: Lines, case: FunctionCase) -> Arrays:
    o, c = case.arguments.values()
    return {"h_t": use["result"](use["join"](use["share"](o), use["squash"](c)))}


RECIPE = Recipe(_made, RIGHT, prefix="lstm.", gate="output")

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
        RECIPE.wrong(
            "no_tanh_on_output", "The hidden state is the output gate times the raw cell state",
            "After fifty steps the memory can be large. What keeps the output in range?",
            squash=lambda c: c,
        ),
        RECIPE.wrong(
            "sigmoid_on_output", "The memory goes out through a sigmoid instead of tanh",
            "Can your hidden state be negative?",
            squash=eq.sigmoid,
        ),
        RECIPE.wrong(
            "relu_on_output", "The memory goes out through a ReLU instead of tanh",
            "Can your hidden state be negative? Can it exceed 1?",
            squash=lambda c: np.maximum(c, 0),
        ),
        RECIPE.wrong(
            "hard_tanh_on_output", "The memory goes out through a piecewise linear tanh",
            "How many entries of the squashed memory are exactly 1 or -1? Does tanh ever get there?",
            squash=lambda c: np.clip(c, -1, 1),
        ),
        RECIPE.wrong(
            "softmax_on_output", "The memory goes out through a softmax over the units",
            "Should what one unit shows depend on what the others remember? Does it in yours?",
            squash=softmax, usual=False,
        ),
        RECIPE.wrong(
            "tanh_twice_on_output", "tanh is applied to the memory twice",
            "How near to 1 can the squashed memory come when the memory is huge? How near should it come?",
            squash=lambda c: eq.tanh(eq.tanh(c)), usual=False,
        ),
        RECIPE.wrong(
            "no_output_gate", "The output gate is not used",
            "Set the output gate to 0. What should the hidden state be then?",
            join=lambda o, squashed: squashed,
        ),
        RECIPE.wrong(
            "memory_not_used", "The output gate itself is handed out: the memory is not used",
            "Empty the memory. Should anything be left to show? Is there in yours?",
            join=lambda o, squashed: o,
        ),
        RECIPE.wrong(
            "output_gate_added", "Output gate and memory are added instead of multiplied",
            "Set the output gate to 0. What should the hidden state be then?",
            join=lambda o, squashed: o + squashed,
        ),
        RECIPE.wrong(
            "output_gate_inverted", "The output gate is used as 1 - o",
            "Set the output gate to 1. Should all of the memory show, or nothing of it?",
            share=lambda o: 1 - o,
        ),
        RECIPE.wrong(
            "output_gate_squashed_again", "The output gate goes through the sigmoid once more",
            "Hand in an output gate of exactly 0. Is your hidden state 0?",
            share=eq.sigmoid,
        ),
        RECIPE.wrong(
            "tanh_on_both", "tanh is applied to the gate as well as to the memory",
            "Hand in an output gate of 1. How much of the squashed memory should pass, and how much passes in yours?",
            share=eq.tanh,
        ),
        RECIPE.wrong(
            "tanh_on_the_gate", "tanh is applied to the gate instead of the memory",
            "Which of the two numbers is already a share, and which one still needs to be brought into "
            "range?",
            share=eq.tanh, squash=lambda c: c, usual=False,
        ),
        RECIPE.wrong(
            "tanh_round_the_product", "tanh is put round the product of gate and memory",
            "With a memory of 100 and a gate of 0.5, half of the output should pass. How much passes in "
            "yours?",
            squash=lambda c: c, result=eq.tanh, usual=False,
        ),
        RECIPE.wrong(
            "tanh_round_everything", "Another tanh is put round the product of gate and squashed memory",
            "Hand in an output gate of 1 and a huge memory. How near to 1 should the output come?",
            result=eq.tanh,
        ),
        RECIPE.wrong(
            "gate_as_matrix_product",
            "The output gate is applied with a matrix product, made to fit by a transpose: (batch, batch)",
            "A gate has one valve for every entry of the memory. Should valve 3 ever touch entry 5?",
            join=lambda o, squashed: o @ squashed.T, usual=False,
        ),
        RECIPE.wrong(
            "gate_as_matrix_product_over_batch",
            "The output gate is applied with a matrix product over the batch, made to fit by a transpose: "
            "(units, units)",
            "A gate has one valve for every entry of the memory. Should what one sample shows depend on another "
            "sample?",
            join=lambda o, squashed: o.T @ squashed, usual=False,
        ),
        RECIPE.wrong(
            "shown_summed_over_units", "The products are added up over the units",
            "How many numbers does one sample show to the next step, and how many do you hand out for it?",
            result=lambda h_t: h_t.sum(axis=-1), usual=False,
        ),
    ),
    made_of=RECIPE.answer,
    forbidden=RECURRENT_BUILTINS,
    permuted=("units",),
    gates=GATES,
    picture=PICTURE,
)  # fmt: skip
