"""The border of an image, as `same` asks for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograder.exercises.kit import convolution as family
from autograder.exercises.kit import draw
from autograder.exercises.kit.convolution import Amounts, Pair
from autograder.exercises.kit.recipe import Lines, Recipe
from autograder.model import Arrays, Check, Exercise, FunctionCase
from reference import equations as eq


def cases(rng: np.random.Generator) -> tuple[FunctionCase, ...]:
    def case(
        case_id: str,
        window: Pair,
        strides: Pair,
        padding: str,
        value: float,
        heights: Sequence[int],
        widths: Sequence[int],
    ) -> FunctionCase:
        height, width = family.image_size(rng, heights, widths)
        size = family.other_sizes(rng, ("batch", "channels"), (height, width))
        return FunctionCase(
            id=case_id,
            arguments={
                "x": draw.inputs(rng, size["batch"], height, width, size["channels"]),
                "window": window,
                "strides": strides,
                "padding": padding,
                "value": value,
            },
            axes={"x": "batch height width channels"},
            returns={"padded": "batch padded_height padded_width channels"},
        )

    return (
        case("valid", (3, 2), (1, 1), "valid", 0.0, (7, 8), (7, 8, 9)),
        case("same", (3, 4), (1, 1), "same", 0.0, (7, 8), (7, 8, 9)),
        case("strided", (5, 4), (3, 1), "same", 0.0, (8, 11), (9,)),
        case("value", (2, 5), (1, 2), "same", -9.0, (7, 9), (8, 10)),
        # Rows between the windows are read by none: nothing is lacking. Last: the others stay what they were.
        case("apart", (2, 3), (3, 1), "same", 0.0, (6, 9), (7, 8)),
    )


def _amounts(case: FunctionCase) -> Amounts:
    x, window, strides, padding, _ = case.arguments.values()
    if padding == "valid":
        return (0, 0), (0, 0)
    return family.same_amounts(x.shape[1:3], window, strides)


def truth(case: FunctionCase) -> Arrays:
    return {"padded": eq.pad(case.arguments["x"], _amounts(case), case.arguments["value"])}


def _made(use: Lines, case: FunctionCase) -> Arrays:
    x, window, strides, padding, value = case.arguments.values()
    amounts = use["border"](x.shape[1:3], window, strides) if padding == "same" else ((0, 0), (0, 0))
    return {"padded": use["padded"](x, amounts, use["value"](value))}


RECIPE = Recipe(_made, {"border": family.same_amounts, "value": lambda value: value, "padded": eq.pad}, prefix="conv.")
"""The cells around the image, what stands in them, and how they are added to the image."""


def _of_axes(first: int) -> Callable[..., np.ndarray]:
    """The two pairs given to the axes `first` and `first + 1`."""

    def padded(x: np.ndarray, amounts: Amounts, value: float) -> np.ndarray:
        pairs = [(0, 0)] * 4
        pairs[first : first + 2] = amounts
        return _filled(x, pairs, value)

    return padded


def _filled(x: np.ndarray, pairs: Sequence[Pair], value: float) -> np.ndarray:
    return np.pad(x, pairs, constant_values=x.dtype.type(value))


def _always(case: FunctionCase) -> Arrays:
    x, window, strides, _, value = case.arguments.values()
    return {"padded": eq.pad(x, family.same_amounts(x.shape[1:3], window, strides), value)}


def _inverted(case: FunctionCase) -> Arrays:
    return _always(case) if case.arguments["padding"] == "valid" else {"padded": case.arguments["x"]}


def _whole_strides_only(lengths: Pair, sizes: Pair, strides: Pair) -> Amounts:
    """The rule for lengths that the stride divides."""
    totals = [max(size - stride, 0) for size, stride in zip(sizes, strides, strict=True)]
    rows, columns = ((total // 2, total - total // 2) for total in totals)
    return rows, columns


def _places_rounded_down(lengths: Pair, sizes: Pair, strides: Pair) -> Amounts:
    totals = [
        max((length // stride - 1) * stride + size - length, 0)
        for length, size, stride in zip(lengths, sizes, strides, strict=True)
    ]
    rows, columns = ((total // 2, total - total // 2) for total in totals)
    return rows, columns


def _keras() -> Any:
    from keras import ops

    def pad(x: np.ndarray, window: Pair, strides: Pair, padding: str, value: float) -> Any:
        """Kernels that hold a single 1 show what each cell of a window reads, border included."""
        amounts = []
        for axis in (0, 1):
            length, size, stride = x.shape[1 + axis], window[axis], strides[axis]
            numbered = np.arange(1, length + 1, dtype=np.float32).reshape(1, length, 1)
            read = [
                np.asarray(ops.conv(numbered, np.eye(size, dtype=np.float32)[m].reshape(size, 1, 1), stride, padding))[
                    0, :, 0
                ]
                for m in range(size)
            ]
            amounts.append((sum(tap[0] == 0 for tap in read), sum(tap[-1] == 0 for tap in read)))
        return ops.pad(x, [(0, 0), *amounts, (0, 0)], constant_values=value)

    return pad


EXERCISE = Exercise(
    id="pad",
    assignment="cnn",
    title="The border that `same` adds",
    entry_point="pad",
    signature="pad(x, window, strides, padding, value=0.0) -> (batch, padded_height, padded_width, channels)",
    forbidden=family.CONVOLUTION_BUILTINS,
    points=3,
    hint="Where does the last window end? What it lacks is the padding; halve it, and mind the odd cell.",
    hints={
        "value": "Which number fills the border, and who decides which?",
    },
    cases=cases,
    truth=truth,
    slack=family.copy_slack,
    checks=(
        Check("same", "`same` with stride 1; `valid` adds nothing", 1, ("same.*", "valid.*")),
        Check("strided", "`same` with a stride", 1, ("strided.*", "apart.*")),
        Check("value", "The border holds the value asked for", 1, ("value.*",)),
    ),
    mistakes=(
        *RECIPE.mistakes(family.WRONG_PADDINGS),
        RECIPE.wrong(
            "same_padding_strides_exchanged", "The strides are taken as (across, down)",
            "Which entry of strides belongs to the height? Which axis of the image is the height?",
            border=lambda lengths, sizes, strides: family.same_amounts(lengths, sizes, (strides[1], strides[0])),
        ),
        RECIPE.wrong(
            "same_padding_without_rest", "The padding is computed as if the stride divided every length",
            "Where does the last window start on 7 cells with stride 2, and where on 8? Which of them needs more "
            "padding?",
            border=_whole_strides_only,
        ),
        RECIPE.wrong(
            "same_padding_places_rounded_down", "The number of places is rounded down",
            "At which cells do the windows of `same` start on 8 cells with stride 3? How many are they, and how many "
            "do you count?",
            border=_places_rounded_down,
        ),
        RECIPE.wrong(
            "padding_wrong_axes", "The border is put around batch and height",
            "After padding, which two numbers of the shape may have changed? Which did?",
            padded=_of_axes(0), usual=False,
        ),
        RECIPE.wrong(
            "padding_width_and_channels", "The border is put around width and channels",
            "After padding, which two numbers of the shape may have changed? Which did?",
            padded=_of_axes(2), usual=False,
        ),
        RECIPE.wrong(
            "padding_height_and_channels", "The border is put around height and channels",
            "After padding, which two numbers of the shape may have changed? Which did?",
            padded=lambda x, amounts, value: _filled(x, [(0, 0), amounts[0], (0, 0), amounts[1]], value), usual=False,
        ),
        RECIPE.wrong(
            "padding_all_axes", "All four axes get a border",
            "After padding, which two numbers of the shape may have changed? Which did?",
            padded=lambda x, amounts, value: _filled(x, [amounts[0]] * 4, value), usual=False,
        ),
        RECIPE.other(
            "valid_padded", "A border is added under `valid` too",
            "What does the word `valid` promise about the cells that a window reads?", _always,
        ),
        RECIPE.other(
            "padding_condition_inverted", "A border is added under `valid`, and none under `same`",
            "Read your condition aloud with padding `same`. Which branch is taken?", _inverted,
        ),
        RECIPE.wrong(
            "padding_value_ignored", "The border is always filled with zeros",
            "Which argument says what stands in the border, and where do you use it?",
            value=lambda value: 0.0,
        ),
        RECIPE.wrong(
            "padding_edges_repeated", "The border repeats the edge of the image",
            "What stands in the border that you add? Print one corner.",
            padded=lambda x, amounts, value: np.pad(x, [(0, 0), *amounts, (0, 0)], mode="edge"), usual=False,
        ),
    ),
    made_of=RECIPE.answer,
    witnesses={"keras": _keras},
    permuted=("channels",),
)  # fmt: skip
