"""An LSTM cell as a Keras layer: one step, weights made in `build`, states `[h, c]`."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.exercises.kit import advice, hints
from autograder.exercises.kit import lstm as family
from autograder.exercises.kit import lstm_parts as parts
from autograder.exercises.kit.lstm_gates import GATES, PICTURE
from autograder.exercises.kit.lstm_steps import WRONG_STEPS
from autograder.exercises.kit.recurrent import RECURRENT_BUILTINS, slack, through_a_loop
from autograder.model import Arrays, Check, Exercise, LayerCase


def cases(rng: np.random.Generator) -> tuple[LayerCase, ...]:
    step = family.cell_case("step", rng, gradients=True)
    again = dataclasses.replace(family.cell_case("again", rng), route="twice")
    config = family.cell_case("config", rng, route="from_config")
    return step, again, dataclasses.replace(config, config_back=dict(config.config))


def contracts(rng: np.random.Generator) -> tuple[LayerCase, ...]:
    loop = through_a_loop(family.layer_case("loop", rng, short=True), ("state.0", "state.1"))
    return loop, dataclasses.replace(family.cell_case("fresh", rng), route="fresh", returns={})


def _rearranged(
    change: Callable[[Any, Any, LayerCase], tuple[Any, Any, Any]],
) -> Callable[..., Arrays]:
    """Output, first and second state made of the right h_t and c_t."""

    def answer(case: LayerCase, step: Callable[..., Any]) -> Arrays:
        right = family.run(case, step, gradients=False)
        return dict(zip(case.returns, change(right["state.0"], right["state.1"], case), strict=True))

    return answer


def _previous_states_exchanged(case: LayerCase, step: Callable[..., Any]) -> Arrays:
    assert case.states is not None
    return family.run(dataclasses.replace(case, states=case.states[::-1]), step, gradients=False)


def _keras() -> Any:
    import keras

    return keras.layers.LSTMCell


def _reference() -> Any:
    from reference import LSTMCell

    return LSTMCell


EXERCISE = Exercise(
    id="lstm_cell",
    assignment="lstm",
    title="The LSTM cell as a Keras layer",
    entry_point="LSTMCell",
    signature="LSTMCell(units)(x_t, [h_prev, c_prev]) -> h_t, [h_t, c_t]",
    points=8,
    hint="build makes kernel, recurrent_kernel and bias; call cuts the sum into the blocks i, f, c, o.",
    hints={
        "states": "Two things travel to the next step. Which of them stands first in the list?",
        "gradients": hints.GRADIENTS,
        "no_leak": hints.NO_LEAK,
        "config": hints.CONFIG,
        "loop": advice.LOOP,
        "forget_bias": advice.FORGET_BIAS,
    },
    cases=cases,
    advice=contracts,
    truth=family.truth,
    slack=slack,
    checks=(
        Check("values", "Output of one step", 3, ("step.output",)),
        Check("states", "The two new states, h then c", 2, ("step.state.*",)),
        Check(
            "gradients", "Gradients reach inputs, states and weights", 1,
            ("step.grad.*",), ("values", "states"),
        ),
        Check("no_leak", "A second call does not remember the first", 1, ("again.*",), ("values", "states")),
        Check("config", "get_config makes the same cell again", 1, ("config.*",), ("values", "states")),
        Check("loop", "Runs inside `keras.layers.RNN`", 0, ("loop.*",)),
        Check("forget_bias", "A fresh cell has a forget bias of one, and zeros beside it", 0, ("fresh.*",)),
    ),
    mistakes=(
        *family.RECIPE.mistakes(WRONG_STEPS),
        family.RECIPE.wrong(
            "lstm.states_exchanged", "The new states are returned as [c, h]",
            "One of the two states can leave (-1, 1), the other cannot. Which one stands first in yours?",
            gate="output", layer=_rearranged(lambda h, c, case: (h, c, h)),
        ),
        family.RECIPE.wrong(
            "lstm.previous_states_exchanged", "The previous states are unpacked as c, h",
            "In which order does Keras hand in the two states? Which of yours meets the recurrent kernel?",
            gate="cell", layer=_previous_states_exchanged,
        ),
        family.RECIPE.wrong(
            "lstm.cell_state_put_out", "The cell state is the output",
            "Which of the two lines that travel through the cell is meant for the outside?",
            gate="output", layer=_rearranged(lambda h, c, case: (c, h, c)),
        ),
        family.RECIPE.wrong(
            "lstm.hidden_returned_twice", "The hidden state is returned as both states",
            "Two different things travel to the next step. Is your second one ever larger than 1?",
            gate="cell", layer=_rearranged(lambda h, c, case: (h, h, h)),
        ),
        family.RECIPE.wrong(
            "lstm.old_states_returned", "The previous states are returned unchanged",
            "The next step starts from what you return. Will it ever learn that this step took place?",
            gate="cell", layer=_rearranged(lambda h, c, case: (h, *(case.states or ()))),
        ),
        family.RECIPE.wrong(
            "lstm.old_cell_state_returned", "The previous cell state is returned beside the new hidden state",
            "The next step starts from the two states you return. How old is each of them?",
            gate="cell", layer=_rearranged(lambda h, c, case: (h, h, (case.states or ())[1])),
        ),
    ),
    witnesses={"keras": _keras, "reference": _reference},
    layouts=family.LAYOUTS,
    made_of=family.RECIPE.answer,
    alone=family.alone,
    built_on=((parts.STEP,), parts.FUNCTIONS),
    forbidden=RECURRENT_BUILTINS,
    gates=GATES,
    picture=PICTURE,
)  # fmt: skip
