"""Pooling over all places: cases, right answers and what learners write by mistake."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.exercises.kit import draw
from autograder.exercises.kit.pooling import Kind
from autograder.exercises.kit.recipe import Lines, Recipe
from autograder.exercises.kit.recurrent import with_cotangents
from autograder.language import Said, text_of, words
from autograder.model import Arrays, LayerCase, Mistake
from reference import equations as eq


def global_case(case_id: str, rng: np.random.Generator, mode: Kind) -> LayerCase:
    """A batch of images of which one number per channel is left. In the mode max all numbers are below zero."""
    size = draw.distinct_sizes(rng, ("batch", "height", "width", "channels"), 3, 8)
    inputs = draw.inputs(rng, *size.values())
    if mode == "max":
        inputs = -np.abs(inputs) - inputs.dtype.type(0.2)
    made = LayerCase(
        id=case_id,
        config={"mode": mode},
        weights={},
        inputs=inputs,
        axes={"inputs": "batch height width channels"},
        returns={"output": "batch channels"},
    )
    return with_cotangents(made, rng, size)


def global_truth(case: LayerCase) -> Arrays:
    """One number per channel, and the gradient where the case has cotangents."""
    if case.config["mode"] == "max":
        trace, backward = eq.global_max_pool2d(case.inputs), eq.global_max_pool_backward
    else:
        trace, backward = eq.global_average_pool2d(case.inputs), eq.global_average_pool_backward
    parts = {"output": trace.output}
    if case.cotangents is not None:
        parts["grad.inputs"] = backward(trace, case.cotangents["output"])
    return parts


def _made(use: Lines, case: LayerCase) -> Arrays:
    return {"output": use["modes"](case.config["mode"], use["average"], use["max"])(case.inputs)}


GLOBAL = Recipe(
    _made,
    {
        "average": lambda x: x.mean(axis=(1, 2)),
        "max": lambda x: x.max(axis=(1, 2)),
        "modes": lambda mode, average, largest: average if mode == "average" else largest,
    },
    prefix="pool.",
)
"""Each mode's reduction, and which of them is used."""


def _global(name: str, title: Said, hint: str, *, usual: bool = False, **lines: Any) -> Mistake:
    return GLOBAL.wrong(name, title, hint, usual=usual, **lines)


def _over(name: str, title: str, hint: str, **settings: Any) -> tuple[Mistake, ...]:
    """Mean and maximum over other axes, or only one of them."""
    return _by(name, title, hint, lambda x: x, **settings)


def _by(
    name: str, title: str, hint: str, arranged: Callable[[np.ndarray], np.ndarray], **settings: Any
) -> tuple[Mistake, ...]:
    """The same of an image that was arranged anew."""

    def average(x: np.ndarray) -> Any:
        return arranged(x).mean(**settings)

    def largest(x: np.ndarray) -> Any:
        return arranged(x).max(**settings)

    return (
        _global(name, title, hint, average=average, max=largest),
        _global(
            f"{name}_in_average", words("{mistake}, in the mode average", mistake=text_of(title)), hint, average=average
        ),
        _global(f"{name}_in_max", words("{mistake}, in the mode max", mistake=text_of(title)), hint, max=largest),
    )


def global_mistakes() -> tuple[Mistake, ...]:
    """What goes wrong in global pooling."""
    return (
        *_over(
            "global_channels_too", "Everything but the batch is pooled, channels too",
            "How many numbers should be left of one image with 8 channels?", axis=(1, 2, 3),
        ),
        *_over(
            "global_channels_first", "The last two axes are pooled, as if channels came first",
            "Which axis of (batch, height, width, channels) should be left beside the batch?", axis=(2, 3),
        ),
        *_over(
            "global_batch_too", "The images of the batch are pooled together",
            "Hand in two different images. How many rows should the result have?", axis=(0, 1, 2),
        ),
        *_over(
            "global_batch_and_height", "Batch and height are pooled",
            "Which axis of (batch, height, width, channels) should be left beside the channels?", axis=(0, 1),
        ),
        *_by(
            "global_reshaped", "The image is reshaped to have its channels first: that mixes them up",
            "In which order do the numbers of one image lie in memory? Does a reshape move an axis?",
            lambda x: x.reshape(len(x), x.shape[-1], -1), axis=2,
        ),
        *_over(
            "global_height_only", "Only the height is pooled",
            "How many numbers should be left of one image with 8 channels?", axis=1,
        ),
        *_over(
            "global_width_only", "Only the width is pooled",
            "How many numbers should be left of one image with 8 channels?", axis=2,
        ),
        *_over(
            "global_axes_kept", "The pooled axes are kept with size 1",
            "How many axes should the result have?", axis=(1, 2), keepdims=True,
        ),
        _global(
            "global_modes_exchanged", "The two modes are exchanged",
            "Which of the two modes should change when a number that is not the largest changes?",
            modes=lambda mode, average, largest: largest if mode == "average" else average, usual=True,
        ),
        _global(
            "global_always_average", "The mean is taken whatever the mode",
            "Does anything in your call look at the mode?", modes=lambda mode, average, largest: average,
        ),
        _global(
            "global_always_max", "The maximum is taken whatever the mode",
            "Does anything in your call look at the mode?", modes=lambda mode, average, largest: largest,
        ),
        _global(
            "global_sum", "The numbers are added up and not divided",
            "Pool an image of all ones. What should its mean be?",
            average=lambda x: x.sum(axis=(1, 2)), usual=True,
        ),
        _global(
            "global_divided_by_height", "The sum is divided by the height alone",
            "Pool an image of all ones. What should its mean be?",
            average=lambda x: x.sum(axis=(1, 2)) / x.dtype.type(x.shape[1]), usual=True,
        ),
        _global(
            "global_divided_by_width", "The sum is divided by the width alone",
            "Pool an image of all ones. What should its mean be?",
            average=lambda x: x.sum(axis=(1, 2)) / x.dtype.type(x.shape[2]), usual=True,
        ),
        _global(
            "global_divided_by_channels", "The sum is divided by the number of channels",
            "Pool an image of all ones. What should its mean be, and how does yours change with the number of "
            "channels?",
            average=lambda x: x.sum(axis=(1, 2)) / x.dtype.type(x.shape[3]), usual=True,
        ),
        _global(
            "global_mean_of_row_maxima", "The maximum of each row is taken, then the mean of those",
            "Put one large number into an image. Should the result of the mode max be that number?",
            max=lambda x: x.max(axis=2).mean(axis=1),
        ),
        _global(
            "global_minimum", "The smallest number is taken in the mode max",
            "Put one large number into an image. Should the result of the mode max be that number?",
            max=lambda x: x.min(axis=(1, 2)), usual=True,
        ),
        _global(
            "global_largest_size", "The sign is lost: the largest absolute value is taken",
            "What is the largest number of an image of all -5?",
            max=lambda x: np.abs(x).max(axis=(1, 2)), usual=True,
        ),
        _global(
            "global_maximum_begins_with_zero", "The maximum begins with zero: no number below zero ever comes out",
            "What is the largest number of an image of all -5?",
            max=lambda x: np.maximum(x.max(axis=(1, 2)), 0), usual=True,
        ),
    )  # fmt: skip
