"""Global pooling: one number per channel, whatever the size of the image."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from autograder.exercises.kit import global_pooling, hints
from autograder.exercises.kit import pooling as family
from autograder.model import Check, Exercise, LayerCase


def cases(rng: np.random.Generator) -> tuple[LayerCase, ...]:
    return global_pooling.global_case("average", rng, "average"), global_pooling.global_case("max", rng, "max")


def contracts(rng: np.random.Generator) -> tuple[LayerCase, ...]:
    config = global_pooling.global_case("config", rng, "max")
    return (dataclasses.replace(config, route="from_config", cotangents=None, config_back=dict(config.config)),)


def _by_mode(average: Any, largest: Any) -> Any:
    """The two layers as one, as the student writes it."""
    import keras

    class GlobalPooling2D(keras.layers.Layer):
        def __init__(self, mode: str = "average", **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.mode = mode
            self.layer = average() if mode == "average" else largest()

        def call(self, inputs: Any) -> Any:
            return self.layer(inputs)

        def get_config(self) -> dict[str, Any]:
            return {**super().get_config(), "mode": self.mode}

    return GlobalPooling2D


def _keras() -> Any:
    import keras

    return _by_mode(keras.layers.GlobalAveragePooling2D, keras.layers.GlobalMaxPooling2D)


def _reference() -> Any:
    from reference import GlobalAveragePooling2D, GlobalMaxPooling2D

    return _by_mode(GlobalAveragePooling2D, GlobalMaxPooling2D)


EXERCISE = Exercise(
    id="global_pool",
    assignment="cnn",
    title="Global pooling",
    entry_point="GlobalPooling2D",
    signature='GlobalPooling2D(mode="average")(x) -> (batch, channels)',
    points=2,
    hint="The window is the whole image. Which axes does it cover, and which are left?",
    hints={"config": hints.CONFIG},
    cases=cases,
    advice=contracts,
    truth=global_pooling.global_truth,
    slack=family.slack,
    checks=(
        Check("average", "The mean of every channel", 1, ("average.*",)),
        Check("max", "The largest number of every channel", 1, ("max.*",)),
        Check("config", "get_config makes the same layer again", 0, ("config.*",)),
    ),
    mistakes=global_pooling.global_mistakes(),
    made_of=global_pooling.GLOBAL.answer,
    witnesses={"keras": _keras, "reference": _reference},
    forbidden=family.POOLING_BUILTINS,
    permuted=("channels",),
)
