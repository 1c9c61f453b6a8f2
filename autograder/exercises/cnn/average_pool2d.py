"""Average pooling: the mean of every window, channel by channel; the border does not count."""

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
        family.case("overlapping", rng, (3, 4), heights=(6, 8), widths=(10,), config=strided, gradients="average"),
        family.case("same", rng, (3, 4), heights=(6,), widths=(7,), config=same),
        family.case("same_across", rng, (3, 4), heights=(6, 8), widths=(9,), config=same | strided),
    )


def _keras() -> Any:
    import keras

    return keras.layers.AveragePooling2D


def _reference() -> Any:
    from reference import AveragePooling2D

    return AveragePooling2D


EXERCISE = Exercise(
    id="average_pool2d",
    assignment="cnn",
    title="Average pooling",
    entry_point="AveragePooling2D",
    signature='AveragePooling2D(pool_size, strides=None, padding="valid")(x)',
    points=4,
    hint="A window holds height times width numbers. Cut one out, and mind how many of them are cells of the image.",
    hints={
        "same": "A window at the border holds fewer cells of the image. How many, and how can a layer count them?",
        "overlapping": "Which argument says how far apart two windows start, and which how large they are?",
        "gradients": hints.GRADIENTS,
        **family.ADVICE_HINTS,
    },
    cases=cases,
    advice=family.contracts,
    truth=family.truth("average"),
    slack=family.slack_of_means,
    checks=(
        Check("default", "Windows side by side: without strides they move by their own size", 1, ("default.*",)),
        Check("overlapping", "Windows that overlap", 1, ("overlapping.output",), ("default",)),
        Check("same", "The border of `same` has no say", 1, ("same.*", "same_across.*"), ("overlapping",)),
        Check("gradients", "Gradients reach the inputs", 1, ("overlapping.grad.*",), ("overlapping",)),
        *family.ADVICE,
    ),
    mistakes=family.mistakes("average"),
    made_of=family.RECIPE["average"].answer,
    witnesses={"keras": _keras, "reference": _reference},
    built_on=((parts.PAD,), (parts.AMOUNTS,)),
    forbidden=family.POOLING_BUILTINS,
    permuted=("channels",),
)
