"""Every picture to mean 0 and standard deviation 1: what the light was like is no longer seen."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.exercises.kit import draw
from autograder.exercises.kit.recipe import Lines, Recipe
from autograder.model import Arrays, Check, Exercise, FunctionCase

EPSILON = 1e-3
"""Added to the standard deviation."""
WHOLE = (1, 2, 3)
"""The axes of one picture."""


def cases(rng: np.random.Generator) -> tuple[FunctionCase, ...]:
    return _case("pictures", rng, flat=False), _case("flat", rng, flat=True)


def _case(name: str, rng: np.random.Generator, *, flat: bool) -> FunctionCase:
    """Pictures of unlike brightness and contrast, with values from 0 to 1, and channels that are unlike too. A flat one
    has a grey whose sums are exact."""
    size = draw.distinct_sizes(rng, ("batch", "channels", "height", "width"), 2, 7)
    batch, channels = sorted((size["batch"], size["channels"]), reverse=True)
    light = np.linspace(0.25, 0.7, batch)[rng.permutation(batch)].reshape(-1, 1, 1, 1)
    contrast = np.linspace(0.05, 0.14, batch)[rng.permutation(batch)].reshape(-1, 1, 1, 1)
    shade = np.linspace(-0.06, 0.06, channels)[rng.permutation(channels)]
    noise = rng.uniform(-1.7, 1.7, (batch, size["height"], size["width"], channels))
    images = np.clip(light + shade + contrast * noise, 0, 1).astype(np.float32)
    if flat:
        images[rng.integers(batch)] = rng.integers(2, 7) / 8
    return FunctionCase(
        id=name,
        arguments={"images": images},
        axes={"images": "batch height width channels"},
        returns={"normalized": "batch height width channels"},
    )


def _deviation(images: Any, over: Any) -> Any:
    return images.std(axis=over, keepdims=True)


RIGHT = {
    # the axes over which the mean and the standard deviation are taken
    "over": WHOLE,
    "middle": lambda images, over: images.mean(axis=over, keepdims=True),
    "deviation": _deviation,
    "guarded": lambda deviation: deviation + EPSILON,
    "divided": lambda centred, by: centred / by,
    "handed": lambda normalized: normalized,
}
"""The lines of a right answer."""


def _made(use: Lines, case: FunctionCase) -> Arrays:
    images = case.arguments["images"]
    centred = images - use["middle"](images, use["over"])  # (batch, height, width, channels)
    by = use["guarded"](use["deviation"](images, use["over"]))
    with np.errstate(divide="ignore", invalid="ignore"):  # some mistakes divide by zero
        return {"normalized": use["handed"](use["divided"](centred, by))}


RECIPE = Recipe(_made, RIGHT, prefix="normalize.")


def slack(case: FunctionCase, truth: Arrays) -> dict[str, float]:
    """The mean is subtracted from values up to 1, and what is left is divided by `by`: rounding errors grow by 1/by."""
    by = _deviation(case.arguments["images"], WHOLE)
    smallest = float(by[by > 0].min(initial=1)) + EPSILON
    return {"normalized": float(np.finfo("float32").eps) * (8 / smallest + 16)}


def _zero(images: Any, over: Any) -> Any:
    return np.zeros_like(images)


def _lowest(images: Any, over: Any) -> Any:
    return images.min(axis=over, keepdims=True)


def _range(images: Any, over: Any) -> Any:
    return np.ptp(images, axis=over, keepdims=True)


def _the_first_ones(reduce: Any) -> Any:
    return lambda images, over: reduce(images[:1], axis=WHOLE, keepdims=True)


_EACH = "How many means are there in your code, and how many pictures? Which axes belong to one picture?"
_FORMULA = "Take a picture of two pixels, 0 and 1. What is its mean, and what its standard deviation? What do you get?"

MISTAKES = (
    RECIPE.wrong(
        "whole_batch", "One mean and one standard deviation are taken of all pictures together",
        "A dark picture and a bright one in one batch: is the mean of each 0 afterwards?", over=(0, 1, 2, 3),
    ),
    RECIPE.wrong(
        "pixel_by_pixel", "Each pixel is compared with the same pixel of the other pictures",
        "Hand in a batch of one picture. What is left of it?", over=(0,),
    ),
    RECIPE.wrong(
        "channel_over_batch", "Each channel gets one mean and one standard deviation for the whole batch",
        "A dark picture and a bright one in one batch: is the mean of each 0 afterwards?", over=(0, 1, 2),
    ),
    RECIPE.wrong("each_channel", "Each channel of a picture is normalized by itself", _EACH, over=(1, 2)),
    RECIPE.wrong("each_row", "Each row of a picture is normalized by itself", _EACH, over=(2, 3)),
    RECIPE.wrong("each_column", "Each column of a picture is normalized by itself", _EACH, over=(1, 3)),
    RECIPE.wrong("along_rows", "The mean is taken along the rows only, channel by channel", _EACH, over=(2,)),
    RECIPE.wrong("along_columns", "The mean is taken down the columns only, channel by channel", _EACH, over=(1,)),
    RECIPE.wrong("over_channels", "The mean is taken over the channels of each pixel", _EACH, over=(3,)),
    RECIPE.wrong(
        "first_picture_for_all", "The mean and the standard deviation of the first picture are used for all",
        _EACH, middle=_the_first_ones(np.mean), deviation=_the_first_ones(np.std),
    ),
    RECIPE.wrong(
        "one_deviation", "Each picture has its own mean, and the standard deviation is that of the whole batch",
        "One picture in fog and one in sunshine: is the standard deviation of each 1 afterwards?",
        deviation=lambda images, over: images.std(keepdims=True),
    ),
    RECIPE.wrong(
        "one_mean", "Each picture has its own standard deviation, and the mean is that of the whole batch",
        "A dark picture and a bright one in one batch: is the mean of each 0 afterwards?",
        middle=lambda images, over: images.mean(keepdims=True),
    ),
    RECIPE.wrong("mean_kept", "The mean is not subtracted", _FORMULA, middle=_zero),
    RECIPE.wrong(
        "mean_only", "The mean is subtracted, and nothing is divided", _FORMULA, divided=lambda centred, by: centred,
    ),
    RECIPE.wrong(
        "multiplied", "It is multiplied by the standard deviation, not divided",
        "Which picture should change more, a pale one or one of strong contrast?",
        divided=lambda centred, by: centred * by,
    ),
    RECIPE.wrong(
        "variance", "It is divided by the variance, not by the standard deviation", _FORMULA,
        deviation=lambda images, over: images.var(axis=over, keepdims=True),
    ),
    RECIPE.wrong(
        "one_less", "The standard deviation divides by the number of pixels less one",
        _FORMULA, deviation=lambda images, over: images.std(axis=over, keepdims=True, ddof=1),
    ),
    RECIPE.wrong(
        "root_mean_square", "It is divided by the root of the mean square of the picture, its mean not taken away",
        "Two pictures of equal contrast, one dark and one bright: should they be divided by different numbers?",
        deviation=lambda images, over: np.sqrt((images**2).mean(axis=over, keepdims=True)),
    ),
    RECIPE.wrong(
        "mean_distance", "It is divided by the mean distance from the mean, not by the standard deviation", _FORMULA,
        deviation=lambda images, over: np.abs(images - images.mean(axis=over, keepdims=True)).mean(
            axis=over, keepdims=True
        ),
    ),
    RECIPE.wrong(
        "range", "It is divided by the distance from the darkest to the brightest pixel", _FORMULA, deviation=_range,
    ),
    RECIPE.wrong(
        "from_0_to_1", "The darkest pixel becomes 0 and the brightest 1",
        "One bright spot of reflected light: what happens to all the other pixels? What is the mean afterwards?",
        middle=_lowest, deviation=_range,
    ),
    RECIPE.wrong(
        "from_minus_1_to_1", "The darkest pixel becomes -1 and the brightest 1",
        "One bright spot of reflected light: what happens to all the other pixels? What is the mean afterwards?",
        middle=_lowest, deviation=_range, handed=lambda normalized: 2 * normalized - 1,
    ),
    RECIPE.wrong(
        "median", "The median is subtracted, not the mean", _FORMULA,
        middle=lambda images, over: np.median(images, axis=over, keepdims=True),
    ),
    RECIPE.wrong(
        "length", "It is divided by the length of the picture as a vector: the root of the sum of squares",
        "Take a picture twice as large with the same contrast. Should its pixels become smaller?",
        deviation=lambda images, over: np.sqrt(
            ((images - images.mean(axis=over, keepdims=True)) ** 2).sum(axis=over, keepdims=True)
        ),
    ),
    RECIPE.wrong(
        "nothing_added", "Nothing, or next to nothing, is added to the standard deviation",
        "What is divided by what for a picture that is the same grey all over?", guarded=lambda deviation: deviation,
    ),
    RECIPE.wrong(
        "under_the_root", "The small number is added to the variance, under the root",
        "To which of the two is the small number added in the formula: before the root is taken, or after?",
        guarded=lambda deviation: np.sqrt(deviation**2 + EPSILON),
    ),
    RECIPE.wrong(
        "lowest_bound", "The small number is the least that the standard deviation can be, and is not added",
        "For a picture with the standard deviation 0.1: by which number do you divide, and by which does the formula?",
        guarded=lambda deviation: np.maximum(deviation, EPSILON), usual=False,  # mostly as if nothing were added
    ),
    RECIPE.wrong(
        "sign", "The picture is subtracted from its mean: dark becomes bright",
        "Which sign has a pixel that is brighter than the mean?", handed=lambda normalized: -normalized,
    ),
)  # fmt: skip


def _keras() -> Any:
    from keras import ops

    def normalize(images: Any) -> Any:
        mean, variance = ops.moments(ops.convert_to_tensor(images), axes=WHOLE, keepdims=True)
        return (images - mean) / (ops.sqrt(variance) + EPSILON)

    return normalize


EXERCISE = Exercise(
    id="normalize",
    assignment="vision",
    title="Every picture in the same light",
    entry_point="normalize",
    signature="normalize(images) -> normalized",
    points=4,
    hint="Take one picture of your result: is its mean 0, and its standard deviation 1? And what of the next picture?",
    hints={"flat": "What is the standard deviation of a picture that is the same grey all over?"},
    cases=cases,
    truth=RECIPE.truth,
    slack=slack,
    checks=(
        Check("pictures", "Each picture by itself has mean 0 and standard deviation 1", 3, ("pictures.normalized",)),
        Check("flat", "A picture that is the same grey all over becomes 0", 1, ("flat.normalized",)),
    ),
    mistakes=MISTAKES,
    made_of=RECIPE.answer,
    witnesses={"keras": _keras},
    permuted=("channels", "height", "width"),
)
