"""c_t = f_t * c_{t-1} + i_t * g_t"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.exercises.kit import draw
from autograder.exercises.kit.lstm_gates import GATES, PICTURE
from autograder.exercises.kit.recipe import Lines, Recipe
from autograder.exercises.kit.recurrent import RECURRENT_BUILTINS, function_truth, slack
from autograder.model import Arrays, Check, Exercise, FunctionCase
from reference import equations as eq


def cases(rng: np.random.Generator) -> tuple[FunctionCase, ...]:
    return tuple(_case(name, rng) for name in ("first", "second"))


def _case(name: str, rng: np.random.Generator) -> FunctionCase:
    shape = tuple(draw.distinct_sizes(rng, ("batch", "units")).values())
    return FunctionCase(
        id=name,
        arguments={
            "f_t": draw.gate(rng, *shape),
            "c_prev": draw.inputs(rng, *shape),
            "i_t": draw.gate(rng, *shape),
            "g_t": draw.state(rng, *shape),
        },
        axes=dict.fromkeys(("f_t", "c_prev", "i_t", "g_t"), "batch units"),
        returns={"c_t": "batch units"},
    )


RIGHT: dict[str, Callable[..., Any]] = {
    "old": lambda f, c, i, g: f * c,
    "new": lambda f, c, i, g: i * g,
    "join": lambda old, new: old + new,
    "result": lambda c_t: c_t,
}
"""The lines of a right answer: what stays, what comes in, both together, and what is handed out."""


def _made(use: Lines, case: FunctionCase) -> Arrays:
    gates = case.arguments.values()
    return {"c_t": use["result"](use["join"](use["old"](*gates), use["new"](*gates)))}


RECIPE = Recipe(_made, RIGHT, prefix="lstm.", gate="cell")

EXERCISE = Exercise(
    id="cell_state",
    assignment="lstm",
    title="The new cell state",
    entry_point="cell_state",
    signature="cell_state(f_t, c_prev, i_t, g_t) -> c_t",
    points=2,
    hint="Two products, one sum: what stays of the old stock, and what comes in of the delivery?",
    cases=cases,
    truth=function_truth(eq.cell_state),
    slack=slack,
    checks=(Check("values", "The new memory", 2, ("*.c_t",)),),
    mistakes=(
        RECIPE.wrong(
            "gates_exchanged",
            "Each gate stands beside the other's tensor: the forget gate at the candidate, the input gate at the "
            "memory",
            "Say in words what each of the two gates is in charge of. Which tensor stands next to it in "
            "your line?",
            old=lambda f, c, i, g: i * c, new=lambda f, c, i, g: f * g,
        ),
        RECIPE.wrong(
            "no_forget_gate", "The old memory is kept whole: the forget gate is not used",
            "If you delete the forget gate from the arguments, does your line still run?",
            old=lambda f, c, i, g: c,
        ),
        RECIPE.wrong(
            "forget_inverted", "The forget gate is used as 1 - f",
            "Set the forget gate to 1 everywhere. Should the memory be kept or cleared?",
            old=lambda f, c, i, g: (1 - f) * c,
        ),
        RECIPE.wrong(
            "input_gate_on_old_memory", "The input gate multiplies the old memory in place of the forget gate",
            "Name, in words, what each gate is in charge of. Which tensor stands next to it in your line?",
            old=lambda f, c, i, g: i * c,
        ),
        RECIPE.wrong(
            "forget_gate_added", "Forget gate and old memory are added instead of multiplied",
            "Set the forget gate to 0. How much of the old memory should be left?",
            old=lambda f, c, i, g: f + c,
        ),
        RECIPE.wrong(
            "old_memory_missing", "The old memory does not enter the new one",
            "The cell state runs through every step. Where does your line read what was there before?",
            old=lambda f, c, i, g: c * 0,
        ),
        RECIPE.wrong(
            "no_input_gate", "The candidate arrives whole: the input gate is not used",
            "If the input gate is 0, how much of the candidate should arrive?",
            new=lambda f, c, i, g: g,
        ),
        RECIPE.wrong(
            "input_gate_added", "Input gate and candidate are added instead of multiplied",
            "If the input gate is 0, how much of the candidate should arrive?",
            new=lambda f, c, i, g: i + g,
        ),
        RECIPE.wrong(
            "input_inverted", "The input gate is used as 1 - i",
            "Set the input gate to 1 everywhere. Should the delivery come in or stay out?",
            new=lambda f, c, i, g: (1 - i) * g,
        ),
        RECIPE.wrong(
            "input_gate_is_one_minus_forget", "The input gate is taken as 1 - f",
            "May a memory keep everything and take something new in as well? Can yours?",
            new=lambda f, c, i, g: (1 - f) * g, usual=False,
        ),
        RECIPE.wrong(
            "forget_gate_on_candidate", "The forget gate multiplies the candidate in place of the input gate",
            "Name, in words, what each gate is in charge of. Which tensor stands next to it in your line?",
            new=lambda f, c, i, g: f * g,
        ),
        RECIPE.wrong(
            "forget_gate_on_everything", "The forget gate multiplies the new content as well",
            "Today's delivery came in after the clearing out. Does your line throw part of it out again?",
            new=lambda f, c, i, g: f * (i * g), usual=False,
        ),
        RECIPE.wrong(
            "input_gate_on_everything", "The input gate multiplies the old memory as well",
            "Shut the input gate and open the forget gate. What should happen to the old memory, and what "
            "happens to it in yours?",
            old=lambda f, c, i, g: i * (f * c), usual=False,
        ),
        RECIPE.wrong(
            "new_content_missing", "The new content does not enter the memory",
            "If another candidate arrives, should the memory change? Does yours?",
            new=lambda f, c, i, g: g * 0,
        ),
        RECIPE.wrong(
            "update_subtracted", "The new content is subtracted from the memory",
            "What should an open input gate do to the memory when the candidate is positive?",
            join=lambda old, new: old - new,
        ),
        RECIPE.wrong(
            "update_multiplied", "Old and new content are multiplied instead of added",
            "Start with an empty memory. Can anything ever get in?",
            join=lambda old, new: old * new,
        ),
        RECIPE.wrong(
            "tanh_inside_the_memory", "tanh is put round the new cell state",
            "Set forget to 1 and input to 0. After a hundred steps, what should be left of the memory?",
            result=eq.tanh,
        ),
        RECIPE.wrong(
            "sigmoid_round_the_memory", "A sigmoid is put round the new cell state",
            "Start with an empty memory and shut the input gate. What should be in the memory then?",
            result=eq.sigmoid, usual=False,
        ),
        RECIPE.wrong(
            "candidate_squashed_again", "The candidate goes through tanh once more",
            "Set forget to 0 and input to 1. Which number should be left in the memory, exactly?",
            new=lambda f, c, i, g: i * eq.tanh(g),
        ),
        RECIPE.wrong(
            "gates_squashed_again", "The gates go through the sigmoid once more",
            "Hand in a forget gate of exactly 0. Is the old memory gone in yours?",
            old=lambda f, c, i, g: eq.sigmoid(f) * c, new=lambda f, c, i, g: eq.sigmoid(i) * g,
        ),
        RECIPE.wrong(
            "gates_as_matrix_products",
            "The gates are applied with matrix products, made to fit by a transpose: (batch, batch)",
            "A gate has one valve for every entry of the memory. Should valve 3 ever touch entry 5?",
            old=lambda f, c, i, g: f @ c.T, new=lambda f, c, i, g: i @ g.T, usual=False,
        ),
        RECIPE.wrong(
            "gates_as_matrix_products_over_batch",
            "The gates are applied with matrix products over the batch, made to fit by a transpose: (units, units)",
            "A gate has one valve for every entry of the memory. Should what one sample remembers reach another "
            "sample?",
            old=lambda f, c, i, g: f.T @ c, new=lambda f, c, i, g: i.T @ g, usual=False,
        ),
        RECIPE.wrong(
            "summed_over_units", "The products are added up over the units",
            "How many numbers does the memory of one sample hold before the step, and how many after yours?",
            result=lambda c_t: c_t.sum(axis=-1), usual=False,
        ),
    ),
    made_of=RECIPE.answer,
    forbidden=RECURRENT_BUILTINS,
    permuted=("units",),
    gates=GATES,
    picture=PICTURE,
)  # fmt: skip
