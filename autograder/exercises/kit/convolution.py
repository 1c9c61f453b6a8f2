"""What the exercises on convolution share: cases, truth, tolerance and wrong paddings.

Images are small, since a loop over all places is a right answer too, and sizes let every mistake show: kernels are not
square and one side of them is even, strides differ down and across and leave a rest, `same` needs an odd number of
cells, biases differ, and there are more channels than filters (who pairs filter k with channel k then gets wrong
numbers and no exception).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

from autograder.exercises.kit import draw
from autograder.exercises.kit.recipe import Wrong
from autograder.exercises.kit.recurrent import with_cotangents
from autograder.model import Arrays, FunctionCase, LayerCase
from reference import equations as eq

CONVOLUTION_BUILTINS = ("convolution", "pooling")
"""What would answer in the student's place."""

Pair: TypeAlias = tuple[int, int]
Amounts: TypeAlias = tuple[Pair, Pair]
"""Cells added ((top, bottom), (left, right))."""

AXES_2D = {
    "inputs": "batch height width channels",
    "kernel": "kernel_height kernel_width channels filters",
    "bias": "filters",
}
AXES_1D = {"inputs": "batch time channels", "kernel": "kernel_size channels filters", "bias": "filters"}

# ------------------------------------------------------------------------------------------------------ cases


def other_sizes(rng: np.random.Generator, names: Sequence[str], taken: Sequence[int]) -> dict[str, int]:
    """Pairwise distinct sizes that are not taken, the smallest that there are, in random order.

    >>> sorted(other_sizes(np.random.default_rng(0), ["batch", "channels"], taken=[2, 3, 5]).values())
    [4, 6]
    """
    free = [size for size in range(2, 2 + len(names) + len(taken)) if size not in taken]
    return dict(zip(names, map(int, rng.permutation(free[: len(names)])), strict=True))


def image_size(rng: np.random.Generator, heights: Sequence[int], widths: Sequence[int]) -> tuple[int, int]:
    """A height and a width that differ."""
    height = int(rng.choice(heights))
    return height, int(rng.choice([width for width in widths if width != height]))


def conv2d_case(
    case_id: str,
    rng: np.random.Generator,
    kernel_size: Pair,
    *,
    heights: Sequence[int],
    widths: Sequence[int],
    config: dict[str, Any] | None = None,
    gradients: bool = False,
    **changes: Any,
) -> LayerCase:
    """A batch of images through a two-dimensional convolution."""
    height, width = image_size(rng, heights, widths)
    size = other_sizes(rng, ("batch", "filters", "channels"), (*kernel_size, height, width))
    filters, channels = sorted((size["filters"], size["channels"]))
    config = {"filters": filters, "kernel_size": kernel_size} | (config or {})
    case = LayerCase(
        id=case_id,
        config=config,
        weights={
            "kernel": draw.weight(rng, *kernel_size, channels, filters),
            "bias": draw.bias(rng, filters),
        },
        inputs=draw.inputs(rng, size["batch"], height, width, channels),
        axes=AXES_2D,
        returns={"output": "batch new_height new_width filters"},
    )
    case = dataclasses.replace(case, **changes)
    return asking_gradients(case, rng, output_of(case).shape) if gradients else case


def conv1d_case(
    case_id: str,
    rng: np.random.Generator,
    kernel_size: int,
    *,
    times: Sequence[int],
    config: dict[str, Any] | None = None,
    gradients: bool = False,
    **changes: Any,
) -> LayerCase:
    """A batch of sequences through a one-dimensional convolution."""
    time = int(rng.choice(times))
    size = other_sizes(rng, ("batch", "filters", "channels"), (kernel_size, time))
    filters, channels = sorted((size["filters"], size["channels"]))
    config = {"filters": filters, "kernel_size": kernel_size} | (config or {})
    case = LayerCase(
        id=case_id,
        config=config,
        weights={"kernel": draw.weight(rng, kernel_size, channels, filters), "bias": draw.bias(rng, filters)},
        inputs=draw.inputs(rng, size["batch"], time, channels),
        axes=AXES_1D,
        returns={"output": "batch new_time filters"},
    )
    case = dataclasses.replace(case, **changes)
    return asking_gradients(case, rng, output_of(case).shape) if gradients else case


def asking_gradients(case: LayerCase, rng: np.random.Generator, shape: tuple[int, ...]) -> LayerCase:
    """The same case, asking for gradients too; `shape` is that of its output."""
    return with_cotangents(case, rng, dict(zip(case.returns["output"].split(), shape, strict=True)))


# ------------------------------------------------------------------------------------------------------ truth


def trace_of(case: LayerCase) -> eq.Conv1DTrace | eq.Conv2DTrace:
    """What the equations compute for a case."""
    kernel, bias, padding = case.weights["kernel"], case.weights["bias"], case.config.get("padding", "valid")
    if kernel.ndim == 4:
        strides = case.config.get("strides", (1, 1))
        return eq.conv2d(case.inputs, kernel, bias, strides=strides, padding=padding)
    dilation = case.config.get("dilation_rate", 1)
    return eq.conv1d(case.inputs, kernel, bias, padding=padding, dilation=dilation)


def output_of(case: LayerCase) -> np.ndarray:
    """The right output of a case."""
    return trace_of(case).output


def truth(case: LayerCase) -> Arrays:
    """The output of a case, and the gradients where it has cotangents."""
    trace = trace_of(case)
    parts = {"output": trace.output}
    if case.cotangents is not None:
        backward: Callable[..., eq.ConvGradients] = (
            eq.conv2d_backward if isinstance(trace, eq.Conv2DTrace) else eq.conv1d_backward
        )
        gradients = backward(trace, case.cotangents["output"])
        assert gradients.bias is not None
        parts |= {"grad.inputs": gradients.x, "grad.kernel": gradients.kernel, "grad.bias": gradients.bias}
    return parts


# -------------------------------------------------------------------------------------------------- tolerance


def slack(case: LayerCase, truth: Arrays) -> dict[str, float]:
    """`eps (1 + 0.1 sqrt(K)) max(Σ|x||k| + |b|)` for the output, K the terms of one output number.

    For gradients `eps (4 + sqrt(L)/2) S`, with S the largest gradient entry of the case and L the terms that
    are added up for one entry. Measured over 2,100 cases and 6 right styles of a convolution: no right answer
    beyond half of the tolerance that this is the second term of.
    """
    kernel = case.weights["kernel"]
    sizes = np.abs(case.inputs), {name: np.abs(weight) for name, weight in case.weights.items()}
    largest = output_of(dataclasses.replace(case, inputs=sizes[0], weights=sizes[1], cotangents=None)).max()
    eps = float(np.finfo(case.dtype).eps)
    terms = {"output": _forward_slack(eps, int(np.prod(kernel.shape[:-1])), float(largest))}
    places = int(np.prod(truth["output"].shape[:-1]))
    cells_and_filters = int(np.prod(kernel.shape[:-2])) * kernel.shape[-1]
    summed = {"grad.inputs": cells_and_filters, "grad.kernel": places, "grad.bias": places}
    return terms | gradient_slack(eps, truth, summed)


def gradient_slack(eps: float, truth: Arrays, summed: dict[str, int]) -> dict[str, float]:
    """`eps (4 + sqrt(L)/2) S` for each gradient; `summed` holds L by part."""
    gradients = {part: value for part, value in truth.items() if part.startswith("grad.")}
    largest = max((float(np.max(np.abs(value))) for value in gradients.values()), default=0.0)
    return {part: float(eps * (4 + 0.5 * np.sqrt(summed[part])) * largest) for part in gradients}


def correlation_slack(case: FunctionCase, truth: Arrays) -> dict[str, float]:
    """The same for one image and one kernel without a bias."""
    image, kernel = (np.abs(array) for array in case.arguments.values())
    largest = float(eq.correlate2d(image, kernel).max())
    return dict.fromkeys(truth, _forward_slack(float(np.finfo(np.float32).eps), kernel.size, largest))


def copy_slack(case: FunctionCase, truth: Arrays) -> dict[str, float]:
    """For values that are only copied."""
    eps = float(np.finfo(np.float32).eps)
    return {part: eps * max(1.0, float(np.max(np.abs(value), initial=0.0))) for part, value in truth.items()}


def _forward_slack(eps: float, terms: int, largest: float) -> float:
    return float(eps * (1 + 0.1 * np.sqrt(terms)) * largest)


# --------------------------------------------------------------------------------------------- wrong paddings


def same_amounts(lengths: Pair, sizes: Pair, strides: Pair) -> Amounts:
    """The right cells around an image for `same`."""
    rows, columns = (
        eq.pad_amounts(length, size, stride, "same")
        for length, size, stride in zip(lengths, sizes, strides, strict=True)
    )
    return rows, columns


def _other_side(lengths: Pair, sizes: Pair, strides: Pair) -> Amounts:
    rows, columns = same_amounts(lengths, sizes, strides)
    return (rows[1], rows[0]), (columns[1], columns[0])


def _split(before: Callable[[int], int], after: Callable[[int], int]) -> Callable[[Pair, Pair, Pair], Amounts]:
    """Another way to divide the right total."""

    def amounts(lengths: Pair, sizes: Pair, strides: Pair) -> Amounts:
        rows, columns = map(sum, same_amounts(lengths, sizes, strides))
        return (before(rows), after(rows)), (before(columns), after(columns))

    return amounts


def _other_side_of_rows(lengths: Pair, sizes: Pair, strides: Pair) -> Amounts:
    return _other_side(lengths, sizes, strides)[0], same_amounts(lengths, sizes, strides)[1]


def _other_side_of_columns(lengths: Pair, sizes: Pair, strides: Pair) -> Amounts:
    return same_amounts(lengths, sizes, strides)[0], _other_side(lengths, sizes, strides)[1]


def _left_as_top(lengths: Pair, sizes: Pair, strides: Pair) -> Amounts:
    rows, columns = same_amounts(lengths, sizes, strides)
    left = min(rows[0], sum(columns))
    return rows, (left, sum(columns) - left)


def _rows_for_both(lengths: Pair, sizes: Pair, strides: Pair) -> Amounts:
    rows, _ = same_amounts(lengths, sizes, strides)
    return rows, rows


def _exchanged(lengths: Pair, sizes: Pair, strides: Pair) -> Amounts:
    rows, columns = same_amounts(lengths, sizes, strides)
    return columns, rows


WRONG_PADDINGS = (
    Wrong(
        "same_padding_side",
        "An odd cell of padding is put before the image instead of after it",
        "How many cells of padding does this size need in all? If the number is odd, on which side does "
        "Keras put the odd one?",
        {"border": _other_side},
    ),
    Wrong(
        "same_padding_side_of_rows",
        "An odd row of padding is put above the image instead of below it; the columns are right",
        "How many rows of padding does this size need in all? If the number is odd, on which side does Keras put the "
        "odd one?",
        {"border": _other_side_of_rows}, usual=False,
    ),
    Wrong(
        "same_padding_side_of_columns",
        "An odd column of padding is put to the left of the image instead of the right; the rows are right",
        "How many columns of padding does this size need in all? If the number is odd, on which side does Keras put "
        "the odd one?",
        {"border": _other_side_of_columns}, usual=False,
    ),
    Wrong(
        "same_padding_all_before",
        "All of the padding is put before the image",
        "Feed a picture of ones. How many border cells does the first window see, and how many the last one?",
        {"border": _split(lambda total: total, lambda total: 0)},
    ),
    Wrong(
        "same_padding_all_after",
        "All of the padding is put after the image: the image stays in the upper left corner",
        "Feed a picture of ones. How many border cells does the first window see, and how many the last one?",
        {"border": _split(lambda total: 0, lambda total: total)},
    ),
    Wrong(
        "same_padding_rounded_down",
        "Half of the padding is added on both sides, and an odd cell is lost",
        "If 3 cells are needed in all, how many do you add before, how many after, and how many are that together?",
        {"border": _split(lambda total: total // 2, lambda total: total // 2)},
    ),
    Wrong(
        "same_padding_twice",
        "The whole padding is added on both sides",
        "How many cells of padding does this size need in all? How many have you added when both sides are counted?",
        {"border": _split(lambda total: total, lambda total: total)},
    ),
    Wrong(
        "same_padding_left_as_top",
        "The left border is as wide as the upper one is high",
        "Which length, which side of the window and which stride does your left border come from?",
        {"border": _left_as_top}, usual=False,
    ),
    Wrong(
        "same_padding_window_exchanged",
        "The padding of the rows is computed from the window's width, that of the columns from its height",
        "Which entry of the window's size belongs to the height? Which axis of the image is the height?",
        {"border": lambda lengths, sizes, strides: same_amounts(lengths, (sizes[1], sizes[0]), strides)},
    ),
    Wrong(
        "same_padding_symmetric",
        "Half the window's size is added on both sides, whatever size and stride",
        "How many cells of padding does a window of 2 with stride 1 need in all? How many do you add?",
        {"border": lambda lengths, sizes, strides: ((sizes[0] // 2,) * 2, (sizes[1] // 2,) * 2)},
    ),
    Wrong(
        "same_padding_for_stride_one",
        "The padding is computed as if the stride were 1",
        "Where does the last window end when the stride is 2? Is all of your padding used?",
        {"border": lambda lengths, sizes, strides: same_amounts(lengths, sizes, (1, 1))},
    ),
    Wrong(
        "same_padding_for_stride_one_across",
        "The padding of the columns is computed as if the stride were 1; the rows are right",
        "Where does the last window of a row end when the stride across is 3? Is all of your padding used?",
        {"border": lambda lengths, sizes, strides: (
            same_amounts(lengths, sizes, strides)[0], same_amounts(lengths, sizes, (1, 1))[1]
        )},
        usual=False,
    ),
    Wrong(
        "same_padding_for_stride_one_down",
        "The padding of the rows is computed as if the stride were 1; the columns are right",
        "Where does the last window of a column end when the stride down is 2? Is all of your padding used?",
        {"border": lambda lengths, sizes, strides: (
            same_amounts(lengths, sizes, (1, 1))[0], same_amounts(lengths, sizes, strides)[1]
        )},
        usual=False,
    ),
    Wrong(
        "same_padding_one_axis_reused",
        "The padding of the rows is used for the columns too",
        "What do you get for a window that is one cell high and five cells wide?",
        {"border": _rows_for_both},
    ),
    Wrong(
        "same_padding_axes_exchanged",
        "The padding of rows and columns is exchanged",
        "Which entry of the window's size belongs to the height? Which axis of the image is the height?",
        {"border": _exchanged}, usual=False,
    ),
    Wrong(
        "same_ignored",
        "Nothing is added although padding is `same`",
        "With stride 1, how large should the output be under `same`, and how large is yours?",
        {"border": lambda lengths, sizes, strides: ((0, 0), (0, 0))},
    ),
)  # fmt: skip
"""Ways to get `same` wrong: another `border`, ((top, bottom), (left, right)), from (height, width), the window's size
and the strides."""

_ABOVE = Wrong(
    "same_padding_for_stride_one_down",
    "There is a row of padding too many above the image: it was computed for stride 1, or an odd row was put there",
    "Where does the last window end when the stride is 2? How many rows of padding does that take, and on which side "
    "does Keras put an odd one?",
    {
        "border": lambda lengths, sizes, strides: (
            same_amounts(lengths, sizes, (1, 1))[0],
            same_amounts(lengths, sizes, strides)[1],
        )
    },
    usual=False,
)
_ONLY_SEEN_IN_THE_BORDER = ("same_padding_side_of_rows", "same_padding_left_as_top")

LAYER_PADDINGS = tuple(
    _ABOVE if wrong.id == _ABOVE.id else wrong for wrong in WRONG_PADDINGS if wrong.id not in _ONLY_SEEN_IN_THE_BORDER
)
"""The same for convolution and pooling, whose windows do not read every cell that may have been added."""


def with_border(x: np.ndarray, amounts: Amounts, value: float = 0.0) -> np.ndarray:
    """x (batch, height, width, channels) with a border."""
    return eq.pad(x, amounts, value)
