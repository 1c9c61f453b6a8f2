"""Max pooling: the largest number of every window, channel by channel."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.exercises.kit import border_parts as parts
from autograder.exercises.kit import hints
from autograder.exercises.kit import pooling as family
from autograder.model import Check, Exercise, LayerCase


def cases(rng: np.random.Generator) -> tuple[LayerCase, ...]:
    strided, same = {"strides": (2, 3)}, {"strides": (2, 1), "padding": "same"}
    return (
        family.case("default", rng, (3, 2), heights=(7, 8), widths=(5, 7)),
        family.case("overlapping", rng, (3, 4), heights=(6, 8), widths=(10,), config=strided, gradients="max"),
        family.case("same", rng, (3, 4), heights=(6,), widths=(7,), config=same),
        family.case("same_across", rng, (3, 4), heights=(6, 8), widths=(9,), config=same | strided),
    )


def _keras() -> Any:
    import keras

    return keras.layers.MaxPooling2D


def _reference() -> Any:
    from reference import MaxPooling2D

    return MaxPooling2D


EXERCISE = Exercise(
    id="max_pool2d",
    assignment="cnn",
    title="Max pooling",
    entry_point="MaxPooling2D",
    signature='MaxPooling2D(pool_size, strides=None, padding="valid")(x)',
    points=5,
    hint="Cut out one window of every channel: which of its numbers is kept, and over which axes do you look for it?",
    hints={
        "same": "What must stand in the border so that it never is the largest number of a window?",
        "overlapping": "Which argument says how far apart two windows start, and which how large they are?",
        "gradients": hints.GRADIENTS,
        **family.ADVICE_HINTS,
    },
    cases=cases,
    advice=family.contracts,
    truth=family.truth("max"),
    slack=family.slack,
    checks=(
        Check("default", "Windows side by side: without strides they move by their own size", 2, ("default.*",)),
        Check("overlapping", "Windows that overlap", 1, ("overlapping.output",), ("default",)),
        Check("same", "The border of `same` has no say", 1, ("same.*", "same_across.*"), ("overlapping",)),
        Check("gradients", "Gradients reach the inputs", 1, ("overlapping.grad.*",), ("overlapping",)),
        *family.ADVICE,
    ),
    mistakes=family.mistakes("max"),
    made_of=family.RECIPE["max"].answer,
    witnesses={"keras": _keras, "reference": _reference},
    built_on=((parts.PAD,), (parts.AMOUNTS,)),
    forbidden=family.POOLING_BUILTINS,
    permuted=("channels",),
)
