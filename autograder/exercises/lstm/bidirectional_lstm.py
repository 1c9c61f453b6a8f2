"""Two LSTM layers over one sequence, one from each end, joined along the units."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from autograder.exercises.kit import draw, hints
from autograder.exercises.kit import lstm as family
from autograder.exercises.kit import lstm_parts as parts
from autograder.exercises.kit.lstm_gates import GATES, PICTURE
from autograder.exercises.kit.lstm_steps import STEP, WRONG_STEPS
from autograder.exercises.kit.parts import read
from autograder.exercises.kit.recipe import Lines, Recipe
from autograder.exercises.kit.recurrent import RECURRENT_BUILTINS, in_every_group, slack
from autograder.model import Arrays, Check, Exercise, LayerCase
from reference import equations as eq

DIRECTIONS = ("forward", "backward")


def cases(rng: np.random.Generator) -> tuple[LayerCase, ...]:
    return (
        _case("last", rng),
        _case("sequences", rng, return_sequences=True),
        _case("config", rng, return_sequences=True, route="from_config"),
    )


def _case(name: str, rng: np.random.Generator, *, return_sequences: bool = False, route: str = "eager") -> LayerCase:
    size = family.sequence_sizes(rng, ("batch", "features", "units"), short=True)
    units = size["units"]
    config: dict[str, Any] = {"units": units} | ({"return_sequences": True} if return_sequences else {})
    weights = {}
    for direction in DIRECTIONS:
        weights[f"{direction}/kernel"] = draw.weight(rng, size["features"], 4 * units)
        weights[f"{direction}/recurrent_kernel"] = draw.weight(rng, units, 4 * units)
        weights[f"{direction}/bias"] = draw.bias(rng, 4 * units)
    return LayerCase(
        id=name,
        config=config,
        weights=weights,
        inputs=draw.inputs(rng, size["batch"], size["time"], size["features"]),
        axes={"inputs": "batch time features"}
        | {f"{way}/{weight}": named for way in DIRECTIONS for weight, named in family.WEIGHT_AXES.items()},
        returns={"output": "batch time 2*units" if return_sequences else "batch 2*units"},
        route=route,
        config_back={"return_sequences": False} | config if route == "from_config" else {},
    )


# ----------------------------------------------------------------------------------- truth, and wrong readers

Step: TypeAlias = Callable[..., eq.LSTMStep]
Halves: TypeAlias = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Reading:
    """What the two readers have before them."""

    x: np.ndarray
    ahead: family.Fused
    back: family.Fused
    step: Step
    sequences: bool

    def read(self, weights: family.Fused, *, backwards: bool = False, x: np.ndarray | None = None) -> eq.LSTMTrace:
        """One reader's run, in its own order of reading."""
        return read(self.step, eq.lstm, self.x if x is None else x, *weights, go_backwards=backwards)

    def half(
        self, trace: eq.LSTMTrace, turned: Callable[[np.ndarray], np.ndarray] = lambda hidden: hidden
    ) -> np.ndarray:
        """What a run puts out: all hidden states, `turned`, or the last one."""
        return turned(trace.hidden) if self.sequences else trace.hidden[:, -1]


def _back_in_time(hidden: np.ndarray) -> np.ndarray:
    return hidden[:, ::-1]


def _right_halves(r: Reading) -> Halves:
    return r.half(r.read(r.ahead)), r.half(r.read(r.back, backwards=True), _back_in_time)


def _made(use: Lines, step: Step, case: LayerCase) -> Arrays:
    """`halves`: what the two readers put out. `join`: both together."""
    ahead, back = family.fused(case)
    reading = Reading(case.inputs, ahead, back, step, bool(case.config.get("return_sequences")))
    return {"output": use["join"](*use["halves"](reading))}


PAIR = Recipe(
    _made, {"halves": _right_halves, "join": lambda a, b: np.concatenate([a, b], axis=-1)},
    around=STEP, pairs_inside=False,
)  # fmt: skip
"""The step was an exercise of its own, and a pair takes as long here as the layers together."""


def _not_turned_back(r: Reading) -> Halves:
    return r.half(r.read(r.ahead)), r.half(r.read(r.back, backwards=True))


def _both_turned(r: Reading) -> Halves:
    return r.half(r.read(r.ahead), _back_in_time), r.half(r.read(r.back, backwards=True), _back_in_time)


def _last_position(r: Reading) -> Halves:
    if r.sequences:
        return _right_halves(r)
    return r.read(r.ahead).hidden[:, -1], r.read(r.back, backwards=True).hidden[:, 0]


def _forward_weights_twice(r: Reading) -> Halves:
    return r.half(r.read(r.ahead)), r.half(r.read(r.ahead, backwards=True), _back_in_time)


def _forward_result_twice(r: Reading) -> Halves:
    ahead = r.half(r.read(r.ahead))
    return ahead, ahead


def _forward_twice_output_turned(r: Reading) -> Halves:
    ahead = r.read(r.ahead)
    return r.half(ahead), r.half(ahead, _back_in_time)


def _forward_last_twice(r: Reading) -> Halves:
    return _right_halves(r) if r.sequences else _forward_result_twice(r)


def _same_direction(r: Reading) -> Halves:
    return r.half(r.read(r.ahead)), r.half(r.read(r.back))


def _only_output_turned(r: Reading) -> Halves:
    return r.half(r.read(r.ahead)), r.half(r.read(r.back), _back_in_time)


def _directions_exchanged(r: Reading) -> Halves:
    return r.half(r.read(r.ahead, backwards=True), _back_in_time), r.half(r.read(r.back))


def _state_handed_over(r: Reading) -> Halves:
    ahead = r.read(r.ahead)
    back = read(r.step, eq.lstm, r.x, *r.back, h0=ahead.last_hidden, c0=ahead.last_cell, go_backwards=True)
    return r.half(ahead), r.half(back, _back_in_time)


def _turned(
    before: Callable[[np.ndarray], np.ndarray], after: Callable[[np.ndarray], np.ndarray]
) -> Callable[..., Any]:
    """A backward reader that reads forwards what was turned round before, and is turned round after."""
    return lambda r: (r.half(r.read(r.ahead)), r.half(r.read(r.back, x=before(r.x)), after))


def _features(array: np.ndarray) -> np.ndarray:
    return array[:, :, ::-1]


def _batch(array: np.ndarray) -> np.ndarray:
    return array[::-1]


def _steps_stacked_first(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    joined = np.concatenate([a, b], axis=-1)
    return joined.swapaxes(0, 1) if joined.ndim == 3 else joined


# -------------------------------------------------------------------------------------------------- witnesses


def _pair_of(layer: Any) -> Any:
    import keras

    class Pair(keras.layers.Layer):
        def __init__(self, units: int, return_sequences: bool = False, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.forward_layer = layer(units, return_sequences=return_sequences)
            self.backward_layer = layer(units, return_sequences=return_sequences, go_backwards=True)
            self.return_sequences = return_sequences

        def call(self, x: Any) -> Any:
            ahead, back = self.forward_layer(x), self.backward_layer(x)
            back = keras.ops.flip(back, axis=1) if self.return_sequences else back
            return keras.ops.concatenate([ahead, back], axis=-1)

    return Pair


def _keras() -> Any:
    import keras

    return _pair_of(keras.layers.LSTM)


def _reference() -> Any:
    from reference import LSTM

    return _pair_of(LSTM)


EXERCISE = Exercise(
    id="bidirectional_lstm",
    assignment="lstm",
    title="Reading from both ends",
    entry_point="BidirectionalLSTM",
    signature="BidirectionalLSTM(units, return_sequences=False)(x), with forward_layer and backward_layer",
    points=6,
    hint=(
        "Two readers, one from each end, joined at the last axis. In which order does each of them hand out "
        "its steps?"
    ),
    hints={
        "sequences": (
            "At every position of the output both halves should speak of the same input. Which of them has to be "
            "turned round?"
        ),
        "config": hints.CONFIG,
    },
    cases=cases,
    truth=PAIR.truth,
    slack=slack,
    checks=(
        Check("last", "The last state of each reader, joined", 2, ("last.*",)),
        Check("sequences", "All steps: both halves speak of the same position", 3, ("sequences.*",)),
        Check("config", "get_config makes the same layer again", 1, ("config.*",), ("sequences",)),
    ),
    mistakes=(
        *PAIR.mistakes(WRONG_STEPS),
        PAIR.wrong(
            "layer.backward_output_not_flipped",
            "The backward outputs are joined in the order in which they were made",
            "Feed a sequence that is zero except at one step. Where do the two halves react?",
            halves=_not_turned_back,
        ),
        PAIR.wrong(
            "layer.forward_output_flipped_too", "Both halves are turned round before they are joined",
            "Feed a sequence that is zero except at one step. Where do the two halves react?",
            halves=_both_turned,
        ),
        PAIR.wrong(
            "layer.bidirectional_last_step",
            "The last position of the joined sequence is taken as the summary",
            "At the last position, how many inputs has the right-to-left reader seen?",
            halves=_last_position,
        ),
        PAIR.wrong(
            "bidirectional.halves_exchanged", "The backward half stands first",
            "Which half of the output should depend on the first input alone at the first position?",
            join=lambda a, b: np.concatenate([b, a], axis=-1),
        ),
        PAIR.wrong(
            "bidirectional.added", "The two halves are added",
            "How wide is the output of two readers that keep their own words? How wide is yours?",
            join=lambda a, b: a + b, usual=False,
        ),
        PAIR.wrong(
            "bidirectional.averaged", "The two halves are averaged",
            "Can what one reader says cancel what the other one says? Can it in yours?",
            join=lambda a, b: (a + b) / 2, usual=False,
        ),
        PAIR.wrong(
            "bidirectional.multiplied", "The two halves are multiplied",
            "Can what one reader says silence what the other one says? Can it in yours?",
            join=lambda a, b: a * b, usual=False,
        ),
        PAIR.wrong(
            "bidirectional.stacked", "The two halves are stacked on a new last axis",
            "How many axes does one half have, and how many should both of them together have?",
            join=lambda a, b: np.stack([a, b], axis=-1), usual=False,
        ),
        PAIR.wrong(
            "bidirectional.joined_on_wrong_axis",
            "The two halves are joined along the second axis from the end",
            "Both readers report on every position. Which axis of the output grows, time or units?",
            join=lambda a, b: np.concatenate([a, b], axis=-2), usual=False,
        ),
        PAIR.wrong(
            "bidirectional.joined_along_time",
            "The two halves are joined on axis 1, which is time when all steps are returned",
            "Both readers report on every position. Which axis of the output grows, time or units?",
            join=lambda a, b: np.concatenate([a, b], axis=1), usual=False,
        ),
        PAIR.wrong(
            "bidirectional.steps_stacked_first", "The steps of the joined sequence are stacked on the first axis",
            "Your list has one entry per step. Which axis of the result should have that length?",
            join=_steps_stacked_first, usual=False,
        ),
        PAIR.wrong(
            "bidirectional.same_direction", "The backward layer reads from the front as well",
            "Change the last input only. Which half of the first position should notice?",
            halves=_same_direction,
        ),
        PAIR.wrong(
            "bidirectional.only_output_turned", "The backward layer reads from the front; only its output "
            "is turned round",
            "Change the last input only. Which half of the first position should notice?",
            halves=_only_output_turned,
        ),
        PAIR.wrong(
            "bidirectional.forward_layer_twice", "The forward layer reads in both directions",
            "How many kernels has a layer with two readers, and how many of them does your output depend on?",
            halves=_forward_weights_twice,
        ),
        PAIR.wrong(
            "bidirectional.forward_result_twice", "The forward half stands in both places",
            "How many kernels has a layer with two readers, and how many of them does your output depend on?",
            halves=_forward_result_twice, usual=False,
        ),
        PAIR.wrong(
            "bidirectional.forward_result_turned",
            "The forward layer is called twice, and its second result is turned round for the backward half",
            "How many kernels has a layer with two readers, and how many of them does your output depend on?",
            halves=_forward_twice_output_turned, usual=False,
        ),
        PAIR.wrong(
            "bidirectional.forward_last_twice", "The last state of the forward layer stands in both places",
            "Change the last input only, without return_sequences. Do your two halves change alike? Should they?",
            halves=_forward_last_twice, usual=False,
        ),
        PAIR.wrong(
            "bidirectional.weights_exchanged",
            "The forward layer reads backwards and the backward layer forwards",
            "Which of your two layers meets the first input first?",
            halves=_directions_exchanged,
        ),
        PAIR.wrong(
            "bidirectional.state_handed_over",
            "The backward reader starts from the last states of the forward reader",
            "What should the backward reader know before it has read anything?",
            halves=_state_handed_over, usual=False,
        ),
        PAIR.wrong(
            "bidirectional.features_turned_round", "The feature axis is turned round instead of the time axis",
            "Name the three axes of the input in their order. Which one does a reader run along, and "
            "which one did you turn?",
            halves=_turned(_features, _features), usual=False,
        ),
        PAIR.wrong(
            "bidirectional.batch_turned_round", "The batch axis is turned round instead of the time axis",
            "Name the three axes of the input in their order. Which one does a reader run along, and "
            "which one did you turn?",
            halves=_turned(_batch, _batch), usual=False,
        ),
        PAIR.wrong(
            "bidirectional.features_turned_before",
            "The features are turned round before the backward layer reads, and time after",
            "Name the three axes of the input in their order. Which one does a reader run along, and "
            "which one did you turn?",
            halves=_turned(_features, _back_in_time), usual=False,
        ),
        PAIR.wrong(
            "bidirectional.batch_turned_before",
            "The batch is turned round before the backward layer reads, and time after",
            "Name the three axes of the input in their order. Which one does a reader run along, and "
            "which one did you turn?",
            halves=_turned(_batch, _back_in_time), usual=False,
        ),
        PAIR.wrong(
            "bidirectional.units_turned_after",
            "Time is turned round before the backward layer reads, and the units after",
            "Name the three axes of the input in their order. Which one does a reader run along, and "
            "which one did you turn?",
            halves=_turned(_back_in_time, _features), usual=False,
        ),
        PAIR.wrong(
            "bidirectional.batch_turned_after",
            "Time is turned round before the backward layer reads, and the batch after",
            "Name the three axes of the input in their order. Which one does a reader run along, and "
            "which one did you turn?",
            halves=_turned(_back_in_time, _batch), usual=False,
        ),
    ),
    made_of=PAIR.answer,
    witnesses={"keras": _keras, "reference": _reference},
    layouts=in_every_group(family.LAYOUTS),
    built_on=((parts.LAYER,), (parts.CELL,)),
    forbidden=RECURRENT_BUILTINS,
    gates=GATES,
    picture=PICTURE,
)  # fmt: skip
