"""Convolution over time: causal padding and dilation."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from autograder.exercises.kit import border_parts as parts
from autograder.exercises.kit import conv1d_mistakes, hints
from autograder.exercises.kit import convolution as family
from autograder.model import Check, Exercise, LayerCase


def cases(rng: np.random.Generator) -> tuple[LayerCase, ...]:
    causal = {"padding": "causal", "dilation_rate": 2}
    config = family.conv1d_case("config", rng, 3, times=(7, 8), config=causal, route="from_config")
    return (
        family.conv1d_case("valid", rng, 3, times=(6, 7)),
        family.conv1d_case("same", rng, 4, times=(6, 7), config={"padding": "same"}),
        family.conv1d_case("causal", rng, 3, times=(6, 7), config={"padding": "causal"}),
        family.conv1d_case("dilated_same", rng, 4, times=(7, 8), config={"padding": "same", "dilation_rate": 2}),
        family.conv1d_case("dilated_causal", rng, 3, times=(7, 8), config=causal, gradients=True),
        dataclasses.replace(config, config_back=dict(config.config)),
    )


def _keras() -> Any:
    import keras

    return keras.layers.Conv1D


def _reference() -> Any:
    from reference import Conv1D

    return Conv1D


EXERCISE = Exercise(
    id="conv1d",
    assignment="cnn",
    title="Convolution over time",
    entry_point="Conv1D",
    signature='Conv1D(filters, kernel_size, padding="valid", dilation_rate=1)(x)',
    points=6,
    hint="First the steps that one window touches, then the zeros that must stand before or around them.",
    hints={
        "same": "How many zeros does `same` add in all, and where does the odd one go?",
        "causal": "Which inputs may output t see? On which side must the zeros stand?",
        "dilated": "How many steps lie between the first and the last cell of a kernel with gaps?",
        "gradients": hints.GRADIENTS,
        "config": hints.CONFIG,
    },
    cases=cases,
    truth=family.truth,
    slack=family.slack,
    checks=(
        Check("valid", "Windows over time, without padding", 1, ("valid.*",)),
        Check("same", "`same` with a kernel of even size", 1, ("same.*",), ("valid",)),
        Check("causal", "`causal`: no output sees a later input", 1, ("causal.*",), ("valid",)),
        Check(
            "dilated", "Dilation, under `same` and `causal`", 1,
            ("dilated_same.output", "dilated_causal.output"), ("same", "causal"),
        ),
        Check(
            "gradients", "Gradients reach inputs, kernel and bias", 1,
            ("dilated_causal.grad.*",), ("dilated",),
        ),
        Check("config", "get_config makes the same layer again", 1, ("config.*",), ("dilated",)),
    ),
    mistakes=conv1d_mistakes.conv1d_mistakes(),
    made_of=conv1d_mistakes.RECIPE.answer,
    witnesses={"keras": _keras, "reference": _reference},
    built_on=((parts.AMOUNTS_OF_A_SEQUENCE,),),
    forbidden=family.CONVOLUTION_BUILTINS,
    permuted=("channels", "filters"),
)  # fmt: skip
