"""Two or three recurrent layers on top of each other, all but the last returning sequences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograder.families import simple_rnn as family
from autograder.families.recurrent import RECURRENT_BUILTINS, in_every_group, slack
from autograder.model import Check, Exercise, LayerCase


def cases(rng: np.random.Generator) -> tuple[LayerCase, ...]:
    return family.stacked_case("two", rng, 2, gradients=True), family.stacked_case("three", rng, 3)


def _stack(layer: Any) -> Any:
    """The stack as one layer, made of a given recurrent layer."""
    import keras

    class StackedRNN(keras.layers.Layer):
        def __init__(self, units: Sequence[int], **kwargs: Any) -> None:
            super().__init__(**kwargs)
            last = len(units) - 1
            self.layers = [layer(width, return_sequences=k < last) for k, width in enumerate(units)]

        def build(self, input_shape: Any) -> None:
            for part in self.layers:
                part.build(tuple(input_shape))
                input_shape = (*input_shape[:2], part.units)

        def call(self, inputs: Any) -> Any:
            for part in self.layers:
                inputs = part(inputs)
            return inputs

    return StackedRNN


def _keras() -> Any:
    import keras

    return _stack(keras.layers.SimpleRNN)


def _reference() -> Any:
    from reference import SimpleRNN

    return _stack(SimpleRNN)


EXERCISE = Exercise(
    id="stacked_rnn",
    assignment="rnn",
    title="Recurrent layers on top of each other",
    entry_point="StackedRNN",
    signature="StackedRNN(units)(x) -> last output of the last layer",
    points=4,
    hint="Every layer but the last has a reader above it. What does that reader iterate over?",
    cases=cases,
    truth=family.stacked_truth,
    slack=slack,
    checks=(
        Check("two", "Two layers", 2, ("two.output",)),
        Check("three", "Three layers", 1, ("three.output",)),
        Check("gradients", "Gradients reach inputs and weights of both layers", 1, ("two.grad.*",), ("two",)),
    ),
    mistakes=family.stacked_mistakes(),
    witnesses={"keras": _keras, "reference": _reference},
    layouts=in_every_group(family.LAYOUTS),
    forbidden=RECURRENT_BUILTINS,
    permuted=("features", "units_0", "units_1", "units_2"),
)
