"""LSTM layers on top of each other: each reads the hidden states of all steps of the one below."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograder.exercises.kit import draw, hints
from autograder.exercises.kit import lstm as family
from autograder.exercises.kit import lstm_parts as parts
from autograder.exercises.kit.lstm_gates import GATES, PICTURE
from autograder.exercises.kit.lstm_steps import WRONG_STEPS
from autograder.exercises.kit.parts import read
from autograder.exercises.kit.recurrent import RECURRENT_BUILTINS, in_every_group, slack
from autograder.model import Arrays, Check, Exercise, LayerCase, Mistake
from reference import equations as eq


def cases(rng: np.random.Generator) -> tuple[LayerCase, ...]:
    return (
        _case("two", 2, rng),
        _case("three", 3, rng, return_sequences=True),
        _case("config", 1, rng, route="from_config"),
    )


def _case(
    name: str, layers: int, rng: np.random.Generator, *, return_sequences: bool = False, route: str = "eager"
) -> LayerCase:
    widths = [f"units_{k}" for k in range(layers)]
    size = family.sequence_sizes(rng, ("batch", "features", *widths), short=True)
    axes = {"inputs": "batch time features"}
    weights = {}
    for k, (below, units) in enumerate(zip(["features", *widths], widths, strict=False)):
        weights[f"{k}/kernel"] = draw.weight(rng, size[below], 4 * size[units])
        weights[f"{k}/recurrent_kernel"] = draw.weight(rng, size[units], 4 * size[units])
        weights[f"{k}/bias"] = draw.bias(rng, 4 * size[units])
        axes[f"{k}/kernel"] = f"{below} 4*{units}"
        axes[f"{k}/recurrent_kernel"] = f"{units} 4*{units}"
        axes[f"{k}/bias"] = f"4*{units}"
    config: dict[str, Any] = {"units": [size[units] for units in widths]}
    if return_sequences:
        config["return_sequences"] = True
    return LayerCase(
        id=name,
        config=config,
        weights=weights,
        inputs=draw.inputs(rng, size["batch"], size["time"], size["features"]),
        axes=axes,
        returns={"output": f"batch time {widths[-1]}" if return_sequences else f"batch {widths[-1]}"},
        route=route,
        config_back={"return_sequences": False} | config if route == "from_config" else {},
    )


# ------------------------------------------------------------------------------------ truth, and wrong stacks


def _run(
    case: LayerCase,
    step: Callable[..., eq.LSTMStep] = eq.lstm_step,
    *,
    passed_up: Callable[[eq.LSTMTrace], np.ndarray] = lambda trace: trace.hidden,
    put_out: Callable[[eq.LSTMTrace], np.ndarray] = lambda trace: trace.hidden[:, -1],
    sequence_out: Callable[[eq.LSTMTrace], np.ndarray] = lambda trace: trace.hidden,
    layers: int | None = None,
) -> Arrays:
    """The output of the stack.

    passed_up: what a layer hands to the next one, of a whole run. put_out: what the top layer shows when the
    sequence is not asked for. sequence_out: what it shows when it is. layers: how many are run."""
    sequence = case.inputs
    for weights in family.fused(case)[:layers]:
        trace = read(step, eq.lstm, sequence, *weights)
        sequence = passed_up(trace)
    return {"output": (sequence_out if case.config.get("return_sequences") else put_out)(trace)}


def _repeated(trace: eq.LSTMTrace) -> np.ndarray:
    return np.repeat(trace.hidden[:, -1:], trace.hidden.shape[1], axis=1)


def _one_step_late(trace: eq.LSTMTrace) -> np.ndarray:
    return np.concatenate([np.zeros_like(trace.hidden[:, :1]), trace.hidden[:, :-1]], axis=1)


def _turned_round(trace: eq.LSTMTrace) -> np.ndarray:
    return trace.hidden[:, ::-1]


def _never_carried(step: Callable[..., eq.LSTMStep]) -> Callable[..., eq.LSTMStep]:
    """Every step begins with states of zero."""
    return lambda x_t, h_prev, c_prev, *weights: step(x_t, h_prev * 0, c_prev * 0, *weights)


STACK = family.around_step(_run, pairs_inside=False)


def _mistake(name: str, title: str, hint: str, *, usual: bool = True, **changes: Any) -> Mistake:
    return STACK.wrong(name, title, hint, usual=usual, layer=functools.partial(_run, **changes))


# -------------------------------------------------------------------------------------------------- witnesses


def _stack_of(layer: Any) -> Any:
    import keras

    class Stack(keras.layers.Layer):
        def __init__(self, units: Sequence[int], return_sequences: bool = False, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            below = [layer(width, return_sequences=True) for width in units[:-1]]
            self.layers = [*below, layer(units[-1], return_sequences=return_sequences)]

        def call(self, x: Any) -> Any:
            for each in self.layers:
                x = each(x)
            return x

    return Stack


def _keras() -> Any:
    import keras

    return _stack_of(keras.layers.LSTM)


def _reference() -> Any:
    from reference import LSTM

    return _stack_of(LSTM)


EXERCISE = Exercise(
    id="stacked_lstm",
    assignment="lstm",
    title="LSTM layers on top of each other",
    entry_point="StackedLSTM",
    signature="StackedLSTM(units, return_sequences=False)(x), one number per layer, the lowest first",
    points=4,
    hint="What does an upper layer iterate over, and which setting of the layer below delivers it?",
    hints={
        "three": "Which of the layers hand out every step, and which decides about that by itself?",
        "config": hints.CONFIG,
    },
    cases=cases,
    truth=_run,
    slack=slack,
    checks=(
        Check("values", "Two layers, the last hidden state of the upper one", 2, ("two.*",)),
        Check("three", "Three layers, all hidden states of the top one", 1, ("three.*",), ("values",)),
        Check("config", "get_config makes the same stack again", 1, ("config.*",), ("values",)),
    ),
    mistakes=(
        *STACK.mistakes(WRONG_STEPS),
        _mistake(
            "stack.last_output_repeated",
            "An upper layer reads the last output of the layer below, repeated at every step",
            "Does step 2 of the upper layer see something else than step 1 in yours? Should it?",
            passed_up=_repeated,
        ),
        _mistake(
            "stack.cell_state_passed_up", "An upper layer reads the cell states of the layer below",
            "Which of the two lines that travel through a cell is meant for the outside?",
            passed_up=lambda trace: trace.cell,
        ),
        _mistake(
            "stack.one_step_late", "An upper layer reads what the layer below put out one step earlier",
            "When the first input has passed the lowest layer, what does the layer above read in the "
            "same step?",
            passed_up=_one_step_late, usual=False,
        ),
        _mistake(
            "stack.sequence_turned_round", "The sequence is turned round between two layers",
            "Give the lowest layer an input that is zero except at the first step. Where does the upper "
            "layer see it?",
            passed_up=_turned_round, usual=False,
        ),
        _mistake(
            "stack.first_output_returned", "The top layer's first hidden state is returned",
            "How much of the sequence has the state seen that you return?",
            put_out=lambda trace: trace.hidden[:, 0],
        ),
        _mistake(
            "stack.mean_returned", "The mean of the top layer's hidden states is returned",
            "Is what you return the state of any step at all?",
            put_out=lambda trace: trace.hidden.mean(axis=1),
        ),
        _mistake(
            "stack.cell_state_put_out", "The top layer's cell state is returned",
            "Can your output leave (-1, 1)? Should it?",
            put_out=lambda trace: trace.cell[:, -1], usual=False,
        ),
        _mistake(
            "stack.sequence_always_returned",
            "The top layer returns all steps although only the last is asked for",
            "Which of your layers has to return its whole sequence, and which one only if it is asked to?",
            put_out=lambda trace: trace.hidden, usual=False,
        ),
        _mistake(
            "stack.sequence_never_returned", "The top layer returns its last state although all steps are asked for",
            "Make the stack with and without return_sequences. Do the two outputs have the same number of axes?",
            sequence_out=lambda trace: trace.hidden[:, -1], usual=False,
        ),
        _mistake(
            "stack.sequence_stacked_first", "The states of the top layer are stacked on the first axis",
            "Your list has one entry per step. Which axis of the result should have that length?",
            sequence_out=lambda trace: trace.hidden.swapaxes(0, 1), usual=False,
        ),
        _mistake(
            "stack.last_unit_returned", "The last unit of every step is returned in place of the last step",
            "Name the axes of the top layer's states in their order. Which of them does your index -1 stand on?",
            put_out=lambda trace: trace.hidden[:, :, -1], usual=False,
        ),
        _mistake(
            "stack.last_sample_returned", "The last sample of the batch is returned in place of the last step",
            "Name the axes of the top layer's states in their order. Which of them does your index -1 stand on?",
            put_out=lambda trace: trace.hidden[-1], usual=False,
        ),
        _mistake(
            "stack.time_axis_kept", "The last state keeps a time axis of length 1",
            "How many axes does the last state have? What does an index do to an axis, and what does a slice do?",
            put_out=lambda trace: trace.hidden[:, -1:], usual=False,
        ),
        _mistake(
            "stack.cell_state_everywhere",
            "Cell states are handed on and put out in place of hidden states, in every layer",
            "Which of the two lines that travel through a cell is meant for the outside? Which one leaves your layers?",
            passed_up=lambda trace: trace.cell, put_out=lambda trace: trace.cell[:, -1],
            sequence_out=lambda trace: trace.cell, usual=False,
        ),
        STACK.other(
            "stack.states_never_carried", "Every step of every layer begins with states of zero",
            "Change the first input only. Should the last output change? Does yours?",
            lambda case: _run(case, _never_carried(eq.lstm_step)),
        ),
        _mistake(
            "stack.top_layer_missing", "The last layer of the list is not used",
            "How wide should the output be, and which number of the list is yours?",
            layers=-1, usual=False,
        ),
        _mistake(
            "stack.lowest_layer_only", "Only the first two layers of the list are used",
            "Hand in a list of three numbers. How many layers were made, and how many were used?",
            layers=2, usual=False,
        ),
    ),
    witnesses={"keras": _keras, "reference": _reference},
    layouts=in_every_group(family.LAYOUTS),
    made_of=STACK.answer,
    built_on=((parts.LAYER,), (parts.CELL,)),
    forbidden=RECURRENT_BUILTINS,
    permuted=("features", "units_0", "units_1", "units_2"),
    gates=GATES,
    picture=PICTURE,
)  # fmt: skip
