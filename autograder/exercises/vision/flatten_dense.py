"""Sheets to numbers, numbers to answers: flatten and dense in one layer, for weights of either order."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

from autograder import axes
from autograder.exercises.kit import convolution, draw, hints
from autograder.exercises.kit.recipe import Lines, Recipe
from autograder.exercises.kit.recurrent import with_cotangents
from autograder.model import Arrays, Check, Exercise, LayerCase


def cases(rng: np.random.Generator) -> tuple[LayerCase, ...]:
    config = dataclasses.replace(_case("config", rng, channels_first=True), route="from_config")
    return (
        _case("last", rng, channels_first=False),
        _case("first", rng, channels_first=True),
        _case("gradients", rng, channels_first=True, gradients=True),
        dataclasses.replace(config, config_back=dict(config.config)),
        dataclasses.replace(_case("open_batch", rng, channels_first=True), route="symbolic"),
    )


def _case(name: str, rng: np.random.Generator, *, channels_first: bool, gradients: bool = False) -> LayerCase:
    size = draw.distinct_sizes(rng, ("batch", "height", "width", "channels", "units"), 2, 6)
    batch, height, width, channels, units = size.values()
    features = height * width * channels
    case = LayerCase(
        id=name,
        config={"units": units, "channels_first": channels_first},
        weights={"kernel": draw.weight(rng, features, units), "bias": draw.bias(rng, units)},
        inputs=draw.inputs(rng, batch, height, width, channels),
        axes={"inputs": "batch height width channels", "kernel": "cells units", "bias": "units"},
        returns={"output": "batch units"},
    )
    return with_cotangents(case, rng, size) if gradients else case


def _flat(x: np.ndarray) -> np.ndarray:
    return x.reshape(len(x), -1)


def _channels_first(x: np.ndarray) -> np.ndarray:
    return _flat(np.moveaxis(x, -1, 1))  # (batch, channels * height * width)


RIGHT: dict[str, Callable[..., Any]] = {
    # x (batch, height, width, channels) -> (batch, cells)
    "last": _flat,
    "first": _channels_first,
    "which": lambda channels_first: channels_first,
    "kernel": lambda kernel: kernel,
    "sum": lambda product, bias: product + bias,
    "handed": lambda output: output,
}
"""The lines of a right answer."""


def _made(use: Lines, case: LayerCase) -> Arrays:
    kernel, bias = case.weights.values()
    flat = use["first" if use["which"](case.config["channels_first"]) else "last"](case.inputs)
    return {"output": use["handed"](use["sum"](flat @ use["kernel"](kernel), bias))}


RECIPE = Recipe(_made, RIGHT, prefix="flatten.")


def truth(case: LayerCase) -> Arrays:
    """The output, and the gradients where it has cotangents."""
    parts = dict(RECIPE.truth(case))
    if case.cotangents is not None:
        (cotangent,) = case.cotangents.values()  # (batch, units)
        kernel = case.weights["kernel"]
        batch, height, width, channels = case.inputs.shape
        sheets = (cotangent @ kernel.T).reshape(
            batch, channels, height, width
        )  # all with gradients have channels_first
        parts |= {
            "grad.inputs": np.moveaxis(sheets, 1, -1),
            "grad.kernel": _channels_first(case.inputs).T @ cotangent,
            "grad.bias": cotangent.sum(axis=0),
        }
    return parts


def slack(case: LayerCase, truth: Arrays) -> dict[str, float]:
    """Sums of as many products as there are cells."""
    size = axes.sizes([(case.axes["inputs"], case.inputs)])
    steps = float(np.prod(list(size.values())))
    eps = float(np.finfo("float32").eps)
    return {
        part: eps * (4 + 0.5 * np.sqrt(steps)) * max(1.0, float(np.abs(value).max())) for part, value in truth.items()
    }


def _turned(*order: int) -> Callable[[np.ndarray], np.ndarray]:
    """The axes of x in this order, and then in one row."""
    return lambda x: _flat(np.transpose(x, order))


def _pictures_mixed(flat: Callable[[np.ndarray], np.ndarray]) -> Callable[[np.ndarray], np.ndarray]:
    """What comes of (cells, batch), filled row by row and turned."""
    return lambda x: flat(x).reshape(-1, len(x)).T


def _first_picture(output: np.ndarray) -> np.ndarray:
    return np.repeat(output[:1], len(output), axis=0)


def _softmax(output: np.ndarray) -> np.ndarray:
    shares = np.exp(output - output.max(axis=1, keepdims=True))
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))


def _squeezed(kernel: np.ndarray) -> np.ndarray:
    return kernel.reshape(kernel.shape[::-1]).T


_ORDER = (
    "Number the cells of a picture of 2×2 with three channels from 0 to 11. In which order does your row hold them?"
)
_FROM_FIRST = (
    "Rows of the kernel: the first ones belong to channel 0. Which cells of the picture meet them in your layer?"
)
_ALONE = "Hand in one picture alone, and then the same one in a batch of two. Does it get the same answer?"

MISTAKES = (
    RECIPE.wrong(
        "order_ignored", "The cells stand in Keras's order, whatever `channels_first` says", _FROM_FIRST,
        which=lambda channels_first: False,
    ),
    RECIPE.wrong(
        "always_channels_first", "The channels come first, whatever `channels_first` says", _ORDER,
        which=lambda channels_first: True,
    ),
    RECIPE.wrong(
        "orders_exchanged", "The two orders are exchanged",
        "Which order is Keras's own: are the numbers of one place next to each other, or those of one channel?",
        which=lambda channels_first: not channels_first,
    ),
    RECIPE.wrong(
        "columns_first", "In Keras's order height and width are exchanged", _ORDER, last=_turned(0, 2, 1, 3),
    ),
    RECIPE.wrong(
        "columns_before_rows", "With `channels_first`, height and width are exchanged", _FROM_FIRST,
        first=_turned(0, 3, 2, 1),
    ),
    RECIPE.wrong(
        "way_back", "With `channels_first`, the axes are moved as if the channels stood first already",
        "Which axis of x holds its channels, and at which place should it stand? Print the shape after your transpose.",
        first=_turned(0, 2, 3, 1),
    ),
    RECIPE.wrong(
        "channels_in_the_middle", "With `channels_first`, the channels stand between height and width", _FROM_FIRST,
        first=_turned(0, 1, 3, 2),
    ),
    RECIPE.wrong(
        "columns_at_the_front", "With `channels_first`, the width comes first",
        "Which axis of x holds its channels, and at which place should it stand? Print the shape after your transpose.",
        first=_turned(0, 2, 1, 3),
    ),
    RECIPE.wrong(
        "pictures_mixed", "The numbers of different pictures are mixed", _ALONE,
        last=_pictures_mixed(_flat), first=_pictures_mixed(_channels_first),
    ),
    RECIPE.wrong(
        "pictures_mixed_in_one_order", "With `channels_first`, the numbers of different pictures are mixed", _ALONE,
        first=_pictures_mixed(_channels_first),
    ),
    RECIPE.wrong(
        "first_picture_for_all", "All pictures get the answer of the first one",
        "Hand in two different pictures. Are the two answers different?", handed=_first_picture,
    ),
    RECIPE.wrong(
        "kernel_reshaped", "The kernel is read as (units, cells) and turned",
        "Which axis of the kernel belongs to the units, and what does a reshape do to the order of its numbers?",
        kernel=_squeezed,
    ),
    RECIPE.wrong(
        "no_bias", "The bias is missing", "What does your layer say to a picture of zeros?",
        sum=lambda product, bias: product,
    ),
    RECIPE.wrong(
        "bias_subtracted", "The bias is subtracted", "What does your layer say to a picture of zeros?",
        sum=lambda product, bias: product - bias,
    ),
    RECIPE.wrong(
        "relu", "A ReLU is applied at the end", "Can your output be negative? Should it?",
        handed=lambda output: np.maximum(output, 0),
    ),
    RECIPE.wrong(
        "softmax", "A softmax is applied at the end", "What do your outputs add up to? Does the docstring say so?",
        handed=_softmax,
    ),
    RECIPE.wrong(
        "sigmoid", "A sigmoid is applied at the end", "Can your output be negative? Should it?",
        handed=lambda output: 1 / (1 + np.exp(-output)),
    ),
)  # fmt: skip


def _keras() -> Any:
    import keras

    class FlattenDense(keras.layers.Layer):
        def __init__(self, units: int, channels_first: bool = False, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            order = [keras.layers.Permute((3, 1, 2))] if channels_first else []
            self.inside = keras.Sequential([*order, keras.layers.Flatten(), keras.layers.Dense(units)])

        def build(self, input_shape: tuple[int, ...]) -> None:
            self.inside.build(input_shape)

        def call(self, x: Any) -> Any:
            return self.inside(x)

    return FlattenDense


EXERCISE = Exercise(
    id="flatten_dense",
    assignment="vision",
    title="From sheets to answers",
    entry_point="FlattenDense",
    signature="FlattenDense(units, channels_first=False)(x) -> y",
    points=6,
    hint="What is the shape of x behind your reshape? Has it one row for every picture, and one column for every cell?",
    hints={
        "first": "Print the shape of x before and after you move its axes. Which axis comes right behind the batch?",
        "gradients": hints.GRADIENTS,
        "config": hints.CONFIG,
        "open_batch": hints.OPEN_BATCH,
    },
    cases=cases,
    truth=truth,
    slack=slack,
    checks=(
        Check("last", "In Keras's order: place by place", 2, ("last.output",)),
        Check("first", "With `channels_first`: sheet by sheet", 2, ("first.output", "gradients.output")),
        Check("gradients", "Gradients reach inputs, kernel and bias", 1, ("gradients.grad.*",), ("first",)),
        Check("config", "get_config makes the same layer again", 0.5, ("config.*",), ("first",)),
        Check("open_batch", "Works in a model of unknown batch size", 0.5, ("open_batch.*",), ("first",)),
    ),
    mistakes=MISTAKES,
    made_of=RECIPE.answer,
    witnesses={"keras": _keras},
    permuted=("units",),
    forbidden=convolution.CONVOLUTION_BUILTINS,
)
