"""The convolution layer: several channels, several filters, a bias, strides, and `same`."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from autograder.exercises.kit import advice, conv2d_mistakes, hints
from autograder.exercises.kit import border_parts as parts
from autograder.exercises.kit import convolution as family
from autograder.model import Check, Exercise, LayerCase


def cases(rng: np.random.Generator) -> tuple[LayerCase, ...]:
    strided, same = {"strides": (2, 3)}, {"strides": (2, 1), "padding": "same"}
    config = family.conv2d_case(
        "config", rng, (2, 3), heights=(5, 7), widths=(4, 6), config=same | strided, route="from_config"
    )
    return (
        family.conv2d_case("valid", rng, (3, 2), heights=(5, 6), widths=(4, 5)),
        family.conv2d_case("strided", rng, (3, 2), heights=(6, 8), widths=(7,), config=strided, gradients=True),
        family.conv2d_case("same", rng, (3, 4), heights=(6,), widths=(5, 7), config=same),
        dataclasses.replace(config, config_back=dict(config.config)),
        family.conv2d_case("open_batch", rng, (3, 2), heights=(6,), widths=(7,), config=strided, route="symbolic"),
        # An odd row and an odd column, and other amounts with a stride of 1. Last: the others stay what they were.
        family.conv2d_case("same_across", rng, (3, 4), heights=(6, 8), widths=(9,), config=same | strided),
    )


def contracts(rng: np.random.Generator) -> tuple[LayerCase, ...]:
    whole = {"kernel_size": 2, "strides": 3}
    return (
        family.conv2d_case("whole_number", rng, (2, 2), heights=(5,), widths=(8,), config=whole),
        advice.in_float64(family.conv2d_case("float64", rng, (2, 3), heights=(4,), widths=(5,))),
        family.conv2d_case(
            "resized", rng, (3, 2), heights=(4,), widths=(5,), config={"padding": "same", "strides": (2, 3)},
            route="resized",
        ),
    )  # fmt: skip


def _keras() -> Any:
    import keras

    return keras.layers.Conv2D


def _reference() -> Any:
    from reference import Conv2D

    return Conv2D


EXERCISE = Exercise(
    id="conv2d",
    assignment="cnn",
    title="The convolution layer",
    entry_point="Conv2D",
    signature='Conv2D(filters, kernel_size, strides=(1, 1), padding="valid")(x)',
    points=10,
    hint=(
        "For one place: cut out the window with all its channels. What must be multiplied and added up so "
        "that one number per filter is left?"
    ),
    hints={
        "strides": "For output (1, 1), in which row and which column does the window start?",
        "same": "How many rows and columns are missing so that every window is full, and where does the odd one go?",
        "gradients": hints.GRADIENTS,
        "config": hints.CONFIG,
        "open_batch": hints.OPEN_BATCH,
        "whole_number": advice.WHOLE_NUMBER,
        "float64": advice.FLOAT64,
        "resized": advice.RESIZED,
    },
    cases=cases,
    advice=contracts,
    truth=family.truth,
    slack=family.slack,
    checks=(
        Check("valid", "All channels of a window and the bias, for every filter", 3, ("valid.*",)),
        Check("strides", "Strides that differ down and across", 2, ("strided.output",), ("valid",)),
        Check("same", "`same`, with a stride", 2, ("same.*", "same_across.*"), ("valid",)),
        Check("gradients", "Gradients reach inputs, kernel and bias", 1, ("strided.grad.*",), ("strides",)),
        Check("config", "get_config makes the same layer again", 1, ("config.*",), ("same",)),
        Check("open_batch", "Works in a model of unknown batch size", 1, ("open_batch.*",), ("strides",)),
        Check("whole_number", "One whole number for both directions", 0, ("whole_number.*",)),
        Check("float64", "float64 in, float64 out", 0, ("float64.*",)),
        Check("resized", "Takes images of another size afterwards", 0, ("resized.*",)),
    ),
    mistakes=conv2d_mistakes.conv2d_mistakes(),
    made_of=conv2d_mistakes.RECIPE.answer,
    witnesses={"keras": _keras, "reference": _reference},
    built_on=((parts.PAD,), (parts.AMOUNTS,)),
    forbidden=family.CONVOLUTION_BUILTINS,
    permuted=("channels", "filters"),
)
