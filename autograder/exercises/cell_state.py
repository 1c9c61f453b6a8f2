"""c_t = f_t * c_{t-1} + i_t * g_t"""

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


def _mistake(name: str, title: str, hint: str, line: Callable[[Any, Any, Any, Any], np.ndarray]) -> Mistake:
    def answer(case: FunctionCase) -> Arrays:
        return {"c_t": line(*case.arguments.values())}

    return Mistake(f"lstm.{name}", title, hint, answer, "cell")


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
        _mistake(
            "gates_exchanged", "The forget gate and the input gate are exchanged",
            "Say in words what each of the two gates is in charge of. Which tensor stands next to it in "
            "your line?",
            lambda f, c, i, g: i * c + f * g,
        ),
        _mistake(
            "no_forget_gate", "The old memory is kept whole: the forget gate is not used",
            "If you delete the forget gate from the arguments, does your line still run?",
            lambda f, c, i, g: c + i * g,
        ),
        _mistake(
            "forget_inverted", "The forget gate is used as 1 - f",
            "Set the forget gate to 1 everywhere. Should the memory be kept or cleared?",
            lambda f, c, i, g: (1 - f) * c + i * g,
        ),
        _mistake(
            "no_input_gate", "The candidate arrives whole: the input gate is not used",
            "If the input gate is 0, how much of the candidate should arrive?",
            lambda f, c, i, g: f * c + g,
        ),
        _mistake(
            "input_gate_added", "Input gate and candidate are added instead of multiplied",
            "If the input gate is 0, how much of the candidate should arrive?",
            lambda f, c, i, g: f * c + (i + g),
        ),
        _mistake(
            "input_gate_is_one_minus_forget", "The input gate is taken as 1 - f",
            "May a memory keep everything and take something new in as well? Can yours?",
            lambda f, c, i, g: f * c + (1 - f) * g,
        ),
        _mistake(
            "forget_gate_on_candidate", "The forget gate multiplies the candidate in place of the input gate",
            "Name, in words, what each gate is in charge of. Which tensor stands next to it in your line?",
            lambda f, c, i, g: f * c + f * g,
        ),
        _mistake(
            "forget_gate_on_everything", "The forget gate multiplies the new content as well",
            "Today's delivery came in after the clearing out. Does your line throw part of it out again?",
            lambda f, c, i, g: f * (c + i * g),
        ),
        _mistake(
            "old_memory_missing", "The old memory does not enter the new one",
            "The cell state runs through every step. Where does your line read what was there before?",
            lambda f, c, i, g: i * g,
        ),
        _mistake(
            "update_subtracted", "The new content is subtracted from the memory",
            "What should an open input gate do to the memory when the candidate is positive?",
            lambda f, c, i, g: f * c - i * g,
        ),
        _mistake(
            "update_multiplied", "Old and new content are multiplied instead of added",
            "Start with an empty memory. Can anything ever get in?",
            lambda f, c, i, g: (f * c) * (i * g),
        ),
        _mistake(
            "tanh_inside_the_memory", "tanh is put round the new cell state",
            "Set forget to 1 and input to 0. After a hundred steps, what should be left of the memory?",
            lambda f, c, i, g: eq.tanh(f * c + i * g),
        ),
        _mistake(
            "candidate_squashed_again", "The candidate goes through tanh once more",
            "Set forget to 0 and input to 1. Which number should be left in the memory, exactly?",
            lambda f, c, i, g: f * c + i * eq.tanh(g),
        ),
        _mistake(
            "gates_squashed_again", "The gates go through the sigmoid once more",
            "Hand in a forget gate of exactly 0. Is the old memory gone in yours?",
            lambda f, c, i, g: eq.sigmoid(f) * c + eq.sigmoid(i) * g,
        ),
    ),
    forbidden=RECURRENT_BUILTINS,
    permuted=("units",),
)  # fmt: skip
