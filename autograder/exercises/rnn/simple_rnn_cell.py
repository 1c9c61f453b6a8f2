"""A simple recurrent cell as a Keras layer: one step, weights made in `build`, states `[h]`."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.exercises.kit import advice, hints, rnn_steps
from autograder.exercises.kit import rnn_parts as parts
from autograder.exercises.kit import simple_rnn as family
from autograder.exercises.kit.recipe import Lines, Recipe
from autograder.exercises.kit.recurrent import RECURRENT_BUILTINS, slack, through_a_loop
from autograder.model import Arrays, Check, Exercise, LayerCase
from reference import equations as eq


def cases(rng: np.random.Generator) -> tuple[LayerCase, ...]:
    step = family.cell_case("step", rng, gradients=True)
    again = family.cell_case("again", rng, route="twice")
    config = family.cell_case("config", rng, route="from_config")
    return step, again, dataclasses.replace(config, config_back=dict(config.config))


def contracts(rng: np.random.Generator) -> tuple[LayerCase, ...]:
    return (through_a_loop(family.layer_case("loop", rng), ("state.0",)),)


def _made(use: Lines, step: Callable[..., eq.RNNStep], case: LayerCase) -> Arrays:
    """`handed`: (output, state) from the sum before tanh, the new and the old state."""
    old = family.initial_state(case)
    weights = tuple(case.weights.values())
    new = step(case.inputs, old, *weights).hidden
    before_tanh = eq.rnn_step(case.inputs, old, *weights).pre_activation
    output, state = use["handed"](before_tanh, new, old)
    return {"output": output, "state.0": state}


CELL = Recipe(_made, {"handed": lambda a, h, old: (h, h)}, around=rnn_steps.STEP, prefix="rnn.")


def _keras() -> Any:
    import keras

    return keras.layers.SimpleRNNCell


def _reference() -> Any:
    from reference import SimpleRNNCell

    return SimpleRNNCell


EXERCISE = Exercise(
    id="simple_rnn_cell",
    assignment="rnn",
    title="The recurrent cell as a Keras layer",
    entry_point="SimpleRNNCell",
    signature="SimpleRNNCell(units)(x_t, [h_prev]) -> h_t, [h_t]",
    points=6,
    hint=(
        "build makes kernel, recurrent_kernel and bias; call takes one step and hands out an output and a "
        "list of states."
    ),
    hints={
        "states": "What travels to the next step, and in what kind of list does Keras want it?",
        "gradients": hints.GRADIENTS,
        "no_leak": hints.NO_LEAK,
        "config": hints.CONFIG,
        "loop": advice.LOOP,
    },
    cases=cases,
    advice=contracts,
    truth=family.truth,
    slack=slack,
    checks=(
        Check("values", "Output of one step", 2, ("step.output",)),
        Check("states", "The new state", 1, ("step.state.*",)),
        Check(
            "gradients",
            "Gradients reach inputs, state and weights",
            1,
            ("step.grad.*",),
            ("values", "states"),
        ),
        Check("no_leak", "A second call does not remember the first", 1, ("again.*",), ("values", "states")),
        Check("config", "get_config makes the same cell again", 1, ("config.*",), ("values", "states")),
        Check("loop", "Runs inside `keras.layers.RNN`", 0, ("loop.*",)),
    ),
    mistakes=(
        *CELL.mistakes(rnn_steps.WRONG_STEPS),
        CELL.wrong(
            "cell_old_state_returned", "The new state that is returned is the old one",
            "Call your cell twice, the second time with the state it returned. Has the first input left "
            "any trace?",
            handed=lambda a, h, old: (h, old),
        ),
        CELL.wrong(
            "cell_output_before_tanh", "The output is the sum before the tanh; the state is right",
            "In which range does your output lie, and in which your state? Should they differ in this cell?",
            handed=lambda a, h, old: (a, h), usual=False,
        ),
        CELL.wrong(
            "cell_state_before_tanh", "The state is the sum before the tanh; the output is right",
            "In which range does your state lie, and in which your output? Should they differ in this cell?",
            handed=lambda a, h, old: (h, a), usual=False,
        ),
        CELL.wrong(
            "cell_output_is_old_state", "The output is the state from before the step",
            "Change the input of this step. Should its output move? Does yours?",
            handed=lambda a, h, old: (old, h),
        ),
        CELL.wrong(
            "state_list_taken_for_state", "The list of states is used as if it were the state",
            "What type is the second argument of the cell, and how long is it? How many axes has your result?",
            handed=lambda a, h, old: (h[np.newaxis], h[np.newaxis]), usual=False,
        ),
        CELL.wrong(
            "cell_nothing_new", "The old state is handed out as output and as state",
            "Change the input of this step. Should anything that you hand out move? Does it?",
            handed=lambda a, h, old: (old, old), usual=False,
        ),
    ),
    made_of=CELL.answer,
    witnesses={"keras": _keras, "reference": _reference},
    layouts=family.LAYOUTS,
    built_on=((parts.STEP,),),
    forbidden=RECURRENT_BUILTINS,
)  # fmt: skip
