"""What the exercises on pooling share: cases, truth, tolerance, and wrong poolings.

All numbers of an image under `same` padding are negative: zeros at the border would otherwise hide behind the
maximum.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeAlias

import numpy as np

from autograder.exercises.kit import advice, convolution, draw, hints
from autograder.exercises.kit.convolution import Pair, gradient_slack, same_amounts
from autograder.exercises.kit.recipe import Lines, Recipe
from autograder.model import Arrays, Check, LayerCase, Mistake
from reference import equations as eq

POOLING_BUILTINS = convolution.CONVOLUTION_BUILTINS
"""A mean is a convolution too."""

Kind: TypeAlias = Literal["max", "average"]
Reduce: TypeAlias = Callable[[np.ndarray], np.ndarray]
"""One number per channel from windows (batch, rows, columns, channels) that are NaN where there is border."""

# ------------------------------------------------------------------------------------------------------ cases


def case(
    case_id: str,
    rng: np.random.Generator,
    pool_size: Pair,
    *,
    heights: Sequence[int],
    widths: Sequence[int],
    config: dict[str, Any] | None = None,
    gradients: Kind | None = None,
) -> LayerCase:
    """A batch of images through a pooling layer. Under `same` all numbers are below zero.

    gradients: of which kind of pooling they are asked for.
    """
    height, width = convolution.image_size(rng, heights, widths)
    size = convolution.other_sizes(rng, ("batch", "channels"), (height, width))
    config = {"pool_size": pool_size} | (config or {})
    inputs = draw.inputs(rng, size["batch"], height, width, size["channels"])
    # A channel below zero: a maximum that begins with zero shows in every case.
    inputs[..., 0] = -np.abs(inputs[..., 0]) - inputs.dtype.type(0.2)
    if gradients is None:
        # Zeros of the image count; and of equals, which one the gradient of a maximum reaches is nobody's matter.
        inputs[..., -1] = np.maximum(inputs[..., -1], 0)
    if config.get("padding") == "same":
        # Below -1: a border of -1 is not low enough either.
        inputs = -np.abs(inputs) - inputs.dtype.type(1.2)
    made = LayerCase(
        id=case_id,
        config=config,
        weights={},
        inputs=inputs,
        axes={"inputs": "batch height width channels"},
        returns={"output": "batch new_height new_width channels"},
    )
    if gradients is None:
        return made
    return convolution.asking_gradients(made, rng, truth(gradients)(made)["output"].shape)


def contracts(rng: np.random.Generator) -> tuple[LayerCase, ...]:
    """What a pooling layer is asked for no points."""
    whole = case("whole_number", rng, (2, 2), heights=(5,), widths=(8,), config={"pool_size": 2, "strides": 3})
    config = case("config", rng, (2, 3), heights=(4,), widths=(5,), config={"strides": (3, 2), "padding": "same"})
    return whole, dataclasses.replace(config, route="from_config", config_back=dict(config.config))


ADVICE = (
    Check("whole_number", "One whole number for both directions", 0, ("whole_number.*",)),
    Check("config", "get_config makes the same layer again", 0, ("config.*",)),
)
ADVICE_HINTS = {"whole_number": advice.WHOLE_NUMBER, "config": hints.CONFIG}

# ------------------------------------------------------------------------------------------------------ truth


def truth(kind: Kind) -> Callable[[LayerCase], Arrays]:
    """The output of a case under this kind of pooling, and the gradient where it has cotangents."""
    forward = eq.max_pool2d if kind == "max" else eq.average_pool2d
    backward = eq.max_pool2d_backward if kind == "max" else eq.average_pool2d_backward

    def answer(case: LayerCase) -> Arrays:
        trace = forward(case.inputs, **case.config)
        parts = {"output": trace.output}
        if case.cotangents is not None:
            parts["grad.inputs"] = backward(trace, case.cotangents["output"])
        return parts

    return answer


def slack(case: LayerCase, truth: Arrays) -> dict[str, float]:
    """`eps (1 + 0.1 sqrt(K)) max|x|` for the output, K the cells of a window; `eps (4 + sqrt(K)/2) S` for the
    gradient: a cell can lie in no more windows than a window has cells."""
    size = case.config.get("pool_size", case.inputs.shape[1:3])
    cells = size**2 if isinstance(size, int) else int(np.prod(size))
    eps = float(np.finfo(case.dtype).eps)
    largest = float(np.max(np.abs(case.inputs)))
    terms = {"output": float(eps * (1 + 0.1 * np.sqrt(cells)) * largest)}
    return terms | gradient_slack(eps, truth, {"grad.inputs": cells})


def slack_of_means(case: LayerCase, truth: Arrays) -> dict[str, float]:
    """The same, and `2 eps max|I|` for the output, I the sums of all that lies above and left of a cell: windows may be
    summed as differences of these (F. Crow, Summed-area tables for texture mapping, 1984)."""
    sums = np.cumsum(np.cumsum(case.inputs, axis=1, dtype=np.float64), axis=2)
    terms = slack(case, truth)
    return terms | {"output": terms["output"] + 2 * float(np.finfo(case.dtype).eps * np.max(np.abs(sums)))}


# --------------------------------------------------------------------------------------------- wrong poolings


def _largest(windows: np.ndarray) -> np.ndarray:
    return np.nanmax(windows, axis=(1, 2))


def _mean(windows: np.ndarray) -> np.ndarray:
    return np.nanmean(windows, axis=(1, 2))


REDUCE: dict[Kind, Reduce] = {"max": _largest, "average": _mean}


Line: TypeAlias = Callable[..., Any]

_RIGHT: dict[str, Line] = {
    "window": lambda size: size,
    "strides": lambda strides, size: strides or size,
    "border": same_amounts,
    "image": lambda x, size, strides: x,
    "step": lambda strides, size: strides,
    "after": lambda y: y,
}
"""The lines of a right pooling but for its reduction.

| Line | Is |
| --- | --- |
| `window` | the window's size |
| `strides` | the strides, from those given (or None) and the size given; for the padding as well |
| `border` | the cells added around the image under `same` |
| `image` | the image with its border, which is NaN; from size and strides too |
| `step` | how far the windows move, from strides and size |
| `reduce` | one number per channel from a window |
| `after` | what is handed out of the output |
"""


def _made(use: Lines, case: LayerCase) -> Arrays:
    given = tuple(case.config["pool_size"])
    size = use["window"](given)
    strides = use["strides"](case.config.get("strides"), given)
    x = case.inputs
    if case.config.get("padding", "valid") == "same":
        x = convolution.with_border(x, use["border"](x.shape[1:3], size, strides), np.nan)
    x = use["image"](x, size, strides)
    step = use["step"](strides, size)
    rows = range(0, x.shape[1] - size[0] + 1, step[0])
    columns = range(0, x.shape[2] - size[1] + 1, step[1])
    windows = [[use["reduce"](x[:, i : i + size[0], j : j + size[1]]) for j in columns] for i in rows]
    return {"output": use["after"](np.stack([np.stack(row, axis=1) for row in windows], axis=1))}


RECIPE: dict[Kind, Recipe] = {
    kind: Recipe(_made, {**_RIGHT, "reduce": reduce}, prefix="pool.") for kind, reduce in REDUCE.items()
}
"""Each kind of pooling."""


def _swapped(pair: Pair) -> Pair:
    return pair[1], pair[0]


def _with_border_of(value: float, reduce: Reduce) -> Reduce:
    """The border takes part, and holds this value."""
    return lambda windows: reduce(np.where(np.isnan(windows), value, windows))


def _without(part: tuple[slice, slice], reduce: Reduce) -> Reduce:
    """Only a part of each window is looked at; a window without any cell of the image gives what the border holds."""

    def reduced(windows: np.ndarray) -> np.ndarray:
        seen = windows[:, part[0], part[1]]
        return np.where(np.isnan(seen).all(axis=(1, 2)), np.nan, reduce(_filled_where_empty(seen)))

    return reduced


def _filled_where_empty(windows: np.ndarray) -> np.ndarray:
    """Without windows that hold nothing but border: those would make NumPy warn."""
    empty = np.isnan(windows).all(axis=(1, 2), keepdims=True)
    return np.where(empty, 0, windows)


def _rows_only(pair: Pair) -> Pair:
    return pair[0], 1


def _columns_only(pair: Pair) -> Pair:
    return 1, pair[1]


def _last_cell(windows: np.ndarray) -> np.ndarray:
    return windows[:, -1, -1]


def _partial_windows_too(x: np.ndarray, size: Pair, strides: Pair) -> np.ndarray:
    """Windows that stick out at the end count too, with the cells that they hold."""
    rests = [-(length - k) % s for length, k, s in zip(x.shape[1:3], size, strides, strict=True)]
    return convolution.with_border(x, ((0, rests[0]), (0, rests[1])), np.nan)


def _without_last(x: np.ndarray, size: Pair, strides: Pair) -> np.ndarray:
    return x[:, :-1, :-1]


def _cells(windows: np.ndarray) -> np.ndarray:
    return np.sum(~np.isnan(windows), axis=(1, 2))


_OWN: dict[Kind, tuple[tuple[str, str, str, Reduce], ...]] = {
    "max": (
        (
            "max_pool_padded_with_zero",
            "The border of `same` is filled with zeros, and the zeros take part",
            "Pool a picture of all -5. What should come out, and what do you get at the border?",
            _with_border_of(0.0, lambda windows: windows.max(axis=(1, 2))),
        ),
        (
            "maximum_begins_with_zero",
            "The maximum begins with zero: no number below zero ever comes out",
            "Pool a picture of all -5. What should come out, and what does yours begin with?",
            lambda windows: np.maximum(np.nanmax(windows, axis=(1, 2)), 0),
        ),
        (
            "border_of_nan",
            "The border of `same` is filled with NaN, and every window that touches it gives NaN",
            "What is the maximum of 3 and NaN in your library? Which value can never be the largest?",
            lambda windows: windows.max(axis=(1, 2)),
        ),
        (
            "mean_taken",
            "The mean of each window is taken",
            "Pool a window with the numbers 0, 0, 0, 4. What should come out?",
            _mean,
        ),
        (
            "minimum_taken",
            "The smallest number of each window is taken",
            "Pool a window with the numbers 0, 0, 0, 4. What should come out?",
            lambda windows: np.nanmin(windows, axis=(1, 2)),
        ),
        (
            "sum_taken",
            "The numbers of each window are added up",
            "Pool a window with the numbers 0, 0, 0, 4, and one with 4, 4, 4, 4. Should the results differ?",
            lambda windows: np.nansum(windows, axis=(1, 2)),
        ),
        (
            "largest_size_taken",
            "The sign is lost: the largest absolute value is taken",
            "Pool a window with the numbers -3, -2, 1, 0. What should come out?",
            lambda windows: np.nanmax(np.abs(windows), axis=(1, 2)),
        ),
        (
            "last_cell_kept",
            "The last cell of each window is kept: each cell overwrites the largest so far",
            "Put the largest number into the first cell of a window. Does it come out?",
            lambda windows: np.nan_to_num(_last_cell(windows), nan=-np.inf),
        ),
    ),
    "average": (
        (
            "average_counts_padding",
            "The border of `same` counts as cells that hold zero",
            "Pool a picture of all ones. What should the corner be, and what do you get there?",
            _with_border_of(0.0, lambda windows: windows.mean(axis=(1, 2))),
        ),
        (
            "maximum_taken",
            "The largest number of each window is taken",
            "Pool a window with the numbers 0, 0, 0, 4. What should come out?",
            _largest,
        ),
        (
            "maximum_taken_with_border",
            "The largest number of each window is taken, zeros of the border included",
            "Pool a window with the numbers 0, 0, 0, 4. What should come out?",
            _with_border_of(0.0, lambda windows: windows.max(axis=(1, 2))),
        ),
        (
            "sum_taken",
            "The numbers of each window are added up and not divided",
            "Pool a picture of all ones. What should come out?",
            lambda windows: np.nansum(windows, axis=(1, 2)),
        ),
        (
            "divided_by_height",
            "The sum is divided by the height of the window alone",
            "Pool a picture of all ones. What should come out, and how does yours change with a wider window?",
            lambda windows: np.nansum(windows, axis=(1, 2)) / windows.shape[1],
        ),
        (
            "divided_by_width",
            "The sum is divided by the width of the window alone",
            "Pool a picture of all ones. What should come out, and how does yours change with a higher window?",
            lambda windows: np.nansum(windows, axis=(1, 2)) / windows.shape[2],
        ),
        (
            "zeros_not_counted",
            "Cells of the image that hold zero are not counted",
            "Pool a window with the numbers 0, 0, 0, 4. What should come out, and how can you tell a zero of the image "
            "from a cell of the border?",
            lambda windows: (
                np.nansum(windows, axis=(1, 2)) / np.maximum(_cells(np.where(windows == 0, np.nan, windows)), 1)
            ),
        ),
        (
            "median_taken",
            "The median of each window is taken",
            "Pool a window with the numbers 0, 0, 0, 4. What should come out?",
            lambda windows: np.nanmedian(windows, axis=(1, 2)),
        ),
        (
            "last_cell_divided",
            "Only the last cell of each window counts: each cell overwrites the sum, which is divided in the end",
            "Pool a picture of all ones. What should come out, and how many of the numbers that you add up are left?",
            lambda windows: np.nan_to_num(_last_cell(windows)) / _cells(windows),
        ),
    ),
}


_WHATEVER_THE_BORDER = ("mean_taken", "minimum_taken", "last_cell_kept")
"""What these make of the lowest number there is, which stands in the border of a maximum, depends on which one that
is: they say nothing of `same`."""


def mistakes(kind: Kind) -> tuple[Mistake, ...]:
    """What goes wrong in max or average pooling."""
    pooling, reduce = RECIPE[kind], REDUCE[kind]
    empty = -np.inf if kind == "max" else np.nan

    def own(name: str, title: str, hint: str, other: Reduce) -> Mistake:
        if name not in _WHATEVER_THE_BORDER:
            return pooling.wrong(name, title, hint, reduce=other)
        return pooling.other(
            name, title, hint,
            lambda case: None if case.config.get("padding") == "same" else pooling.answer(case, {"reduce": other}),
        )  # fmt: skip

    def partly(name: str, title: str, part: tuple[slice, slice]) -> Mistake:
        seen = _without(part, reduce)

        def reduced(windows: np.ndarray) -> np.ndarray:
            found = seen(windows)
            return np.where(np.isnan(found), empty, found)

        return pooling.wrong(
            name, title,
            "Put the only number that is not 0 into each cell of a window in turn. For which cells does your result "
            "change?",
            reduce=reduced, usual=False,
        )  # fmt: skip

    channels: Callable[[np.ndarray], np.ndarray] = (
        (lambda y: y.max(axis=-1)) if kind == "max" else (lambda y: y.mean(axis=-1))
    )
    batch: Callable[[np.ndarray], np.ndarray] = (
        (lambda y: y.max(axis=0)) if kind == "max" else (lambda y: y.mean(axis=0))
    )
    whole, first = slice(None), slice(1, None)
    last = slice(None, -1)
    return (
        *(own(*each) for each in _OWN[kind]),
        partly("last_row_of_window_missing", "The last row of every window is left out", (last, whole)),
        partly("last_column_of_window_missing", "The last column of every window is left out", (whole, last)),
        partly("first_row_of_window_missing", "The first row of every window is left out", (first, whole)),
        partly("first_column_of_window_missing", "The first column of every window is left out", (whole, first)),
        pooling.wrong(
            "channels_pooled_too", "The channels are pooled away too",
            "How many channels go in, and how many should come out?", after=channels, usual=False,
        ),
        pooling.wrong(
            "batch_pooled_too", "The images of the batch are pooled together",
            "Hand in two different images. How many should come out?", after=batch, usual=False,
        ),
        pooling.wrong(
            "batch_pooled_too_channels_first",
            "The images of the batch are pooled together, and the channels stand first",
            "Hand in two different images. How many should come out, and in which order do their axes stand?",
            after=lambda y: np.moveaxis(batch(y), -1, 0), usual=False,
        ),
        pooling.wrong(
            "first_image_only", "Every image of the batch is answered with the first one's result",
            "Hand in two different images. Are the two results different?",
            after=lambda y: np.repeat(y[:1], len(y), axis=0),
        ),
        pooling.wrong(
            "output_transposed", "Rows and columns of the output are exchanged",
            "Your image is higher than wide. What about your output?", after=lambda y: y.swapaxes(1, 2), usual=False,
        ),
        pooling.wrong(
            "rows_stacked_first",
            "The rows of the output are stacked on the first axis: (height, batch, width, channels)",
            "Your list has one entry per row. Which axis of the result should have that length?",
            after=lambda y: y.swapaxes(0, 1), usual=False,
        ),
        pooling.wrong(
            "last_window_missing", "The last row and the last column of windows are missing",
            "At which positions do windows start for width 7, window 2, stride 2?", after=lambda y: y[:, :-1, :-1],
            usual=False,
        ),
        pooling.wrong(
            "last_row_missing", "The last row of windows is missing",
            "At which rows do windows start for height 7, window 2, stride 2?", after=lambda y: y[:, :-1], usual=False,
        ),
        pooling.wrong(
            "last_column_missing", "The last column of windows is missing",
            "At which columns do windows start for width 7, window 2, stride 2?", after=lambda y: y[:, :, :-1],
            usual=False,
        ),
        pooling.wrong(
            "ranges_end_early", "The ranges of rows and columns end one too early: last windows that just fit are lost",
            "At which positions do windows start for width 8, window 2, stride 2? Where does your range end?",
            image=_without_last, usual=False,
        ),
        pooling.other(
            "ranges_end_early_under_valid",
            "Under `valid` the ranges end one too early: last windows that just fit are lost",
            "At which positions do windows start for width 8, window 2, stride 2? Where does your range end?",
            lambda case: pooling.answer(case, {} if case.config.get("padding") == "same" else {"image": _without_last}),
        ),
        pooling.wrong(
            "pool_size_exchanged", "Height and width of the window are exchanged; strides and padding are right",
            "Which entry of pool_size belongs to the rows? Which axis of the image are the rows?",
            window=_swapped, border=lambda lengths, size, strides: same_amounts(lengths, _swapped(size), strides),
            usual=False,
        ),
        pooling.wrong(
            "pool_size_exchanged_in_padding_too", "Height and width of the window are exchanged",
            "Which entry of pool_size belongs to the rows? Which axis of the image are the rows?",
            window=_swapped, usual=False,
        ),
        pooling.wrong(
            "axes_exchanged", "Rows and columns are exchanged for the window, the strides and the padding",
            "Pool with a window of (3, 1). Along which axis of the image does it work?",
            window=_swapped, strides=lambda strides, size: _swapped(strides or size), usual=False,
        ),
        pooling.wrong(
            "height_for_both", "The height of the window is used across as well",
            "Pool with a window of (3, 1). Should neighbours across have a say? Do they?",
            window=lambda size: (size[0], size[0]), usual=False,
        ),
        pooling.wrong(
            "width_for_both", "The width of the window is used down as well",
            "Pool with a window of (1, 3). Should neighbours below have a say? Do they?",
            window=lambda size: (size[1], size[1]), usual=False,
        ),
        pooling.wrong(
            "rows_pooled_only", "Only the rows are pooled",
            "Pool with a window of (1, 2). Should the width of the image change? Does it?",
            window=_rows_only, strides=lambda strides, size: _rows_only(strides or size), usual=False,
        ),
        pooling.wrong(
            "columns_pooled_only", "Only the columns are pooled",
            "Pool with a window of (2, 1). Should the height of the image change? Does it?",
            window=_columns_only, strides=lambda strides, size: _columns_only(strides or size), usual=False,
        ),
        pooling.wrong(
            "stride_default_one", "Without strides the window moves by one cell",
            "How far should a window of 2 move if nothing else is said: how many of them fit on 8 cells "
            "side by side?",
            strides=lambda strides, size: strides or (1, 1), usual=False,
        ),
        pooling.wrong(
            "stride_never_used", "The window always moves by one cell",
            "For output row 2 with stride 2, on which input row does the window start? Print it.",
            step=lambda strides, size: (1, 1), usual=False,
        ),
        pooling.wrong(
            "strides_ignored", "The strides given are not used by the windows, which move by their own size",
            "Windows may overlap. Which argument says how far apart they start, and where do you use it?",
            step=lambda strides, size: size, usual=False,
        ),
        pooling.wrong(
            "strides_ignored_in_padding_too", "The strides given are used nowhere; the window moves by its own size",
            "Windows may overlap. Which argument says how far apart they start, and where do you use it?",
            strides=lambda strides, size: size, usual=False,
        ),
        pooling.wrong(
            "strides_exchanged", "The strides down and across are exchanged; the padding is right",
            "Which entry of strides belongs to the rows? Try (2, 1) on a square image: which side shrinks?",
            step=lambda strides, size: _swapped(strides), usual=False,
        ),
        pooling.wrong(
            "strides_exchanged_in_padding_too", "The strides down and across are exchanged",
            "Which entry of strides belongs to the rows? Try (2, 1) on a square image: which side shrinks?",
            strides=lambda strides, size: _swapped(strides or size), usual=False,
        ),
        pooling.wrong(
            "stride_down_for_both", "The stride down is used across as well",
            "Which entry of strides belongs to the columns? Try (2, 1) on a square image: which sides shrink?",
            strides=lambda strides, size: ((strides or size)[0],) * 2, usual=False,
        ),
        pooling.wrong(
            "stride_across_for_both", "The stride across is used down as well",
            "Which entry of strides belongs to the rows? Try (2, 1) on a square image: which sides shrink?",
            strides=lambda strides, size: ((strides or size)[1],) * 2, usual=False,
        ),
        pooling.other(
            "stride_not_used_in_window",
            "The stride gives the output its size, but the windows still move by one cell",
            "For output row 2 with stride 2, on which input row does the window start? Print it.",
            lambda case: _windows_at_output_index(case, pooling),
        ),
        pooling.wrong(
            "partial_windows_kept", "Windows that stick out at the end are kept under `valid`",
            "At which positions do windows start for width 7, window 2, stride 2? Does the last one fit?",
            image=_partial_windows_too, usual=False,
        ),
        *pooling.mistakes(convolution.LAYER_PADDINGS),
    )  # fmt: skip


def _windows_at_output_index(case: LayerCase, pooling: Recipe) -> Arrays:
    _, height, width, _ = pooling.truth(case)["output"].shape
    return {
        "output": _made({**pooling.lines, "step": lambda strides, size: (1, 1)}, case)["output"][:, :height, :width]
    }
