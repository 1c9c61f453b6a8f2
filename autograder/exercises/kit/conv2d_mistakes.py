"""What goes wrong in a two-dimensional convolution.

A mistake replaces one of these lines:

| Line | Is |
| --- | --- |
| `kernel` | the kernel as it is laid on the image |
| `bias` | what is added, from the bias and the kernel's shape |
| `strides` | the strides, for the padding as well |
| `border` | the cells added around the image under `same` |
| `filled` | the image with these cells around it |
| `image` | the image with its border |
| `windows` | the output, from image, kernel, bias, strides and the strides that the padding was computed with |
| `after` | what is handed out of the output and the strides |
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.exercises.kit.conv_mistakes import shared
from autograder.exercises.kit.convolution import LAYER_PADDINGS, Pair, same_amounts, with_border
from autograder.exercises.kit.recipe import Lines, Recipe
from autograder.model import Arrays, LayerCase, Mistake
from reference import equations as eq

Line = Callable[..., Any]


def _convolved(x: np.ndarray, kernel: np.ndarray, bias: np.ndarray, strides: Pair) -> np.ndarray:
    return eq.conv2d(x, np.ascontiguousarray(kernel), bias, strides).output


RIGHT: dict[str, Line] = {
    "kernel": lambda kernel: kernel,
    "bias": lambda bias, shape: bias,
    "strides": lambda strides: strides,
    "border": same_amounts,
    "filled": with_border,
    "image": lambda x: x,
    "windows": _convolved,
    "after": lambda y, strides: y,
}


def _made(use: Lines, case: LayerCase) -> Arrays | None:
    right = case.weights["kernel"]
    strides = use["strides"](tuple(case.config.get("strides", (1, 1))))
    x = case.inputs
    if case.config.get("padding", "valid") == "same":
        x = use["filled"](x, use["border"](x.shape[1:3], right.shape[:2], strides))
    bias = use["bias"](case.weights["bias"], right.shape)
    y = use["windows"](use["image"](x), use["kernel"](right), bias, strides)
    return None if y is None else {"output": use["after"](y, strides)}


RECIPE = Recipe(_made, RIGHT, prefix="conv.")


def _shared(*identities: str) -> tuple[Mistake, ...]:
    return RECIPE.mistakes(map(shared(2).__getitem__, identities))


def _at_output_index(x: np.ndarray, kernel: np.ndarray, bias: np.ndarray, strides: Pair) -> np.ndarray:
    _, height, width, _ = _convolved(x, kernel, bias, strides).shape
    return _convolved(x, kernel, bias, (1, 1))[:, :height, :width]


def _stride_as_dilation(x: np.ndarray, kernel: np.ndarray, bias: np.ndarray, strides: Pair) -> np.ndarray | None:
    """The stride spreads the cells of the kernel, and the windows move by one."""
    _, new_height, new_width, _ = _convolved(x, kernel, bias, strides).shape
    height, width, channels, filters = kernel.shape
    down, across = strides
    if (height - 1) * down + new_height > x.shape[1] or (width - 1) * across + new_width > x.shape[2]:
        return None
    spread = np.zeros(((height - 1) * down + 1, (width - 1) * across + 1, channels, filters), kernel.dtype)
    spread[::down, ::across] = kernel
    return _convolved(x, spread, bias, (1, 1))[:, :new_height, :new_width]


def _batch_for_channels(x: np.ndarray, kernel: np.ndarray, bias: np.ndarray, strides: Pair) -> np.ndarray:
    """The products are added up over the batch; the channels are left."""
    total = x.sum(axis=0, keepdims=True)
    channels = np.eye(kernel.shape[2], dtype=kernel.dtype)[:, None, None, :, None]  # (channels, 1, 1, channels, 1)
    return np.concatenate([_convolved(total, kernel * only, bias, strides) for only in channels])


def _batch_scrambled(y: np.ndarray, strides: Pair) -> np.ndarray:
    batch, height, width, filters = y.shape
    return y.reshape(batch, height * width, filters).swapaxes(0, 1).reshape(y.shape)


_IN_LOOP_STRIDES = "For output row 2 with stride 2, on which input row does the window start? Print it."


def _other_strides(change: Callable[[Pair], Pair]) -> Line:
    """Windows that move otherwise; the padding is right."""
    return lambda x, kernel, bias, strides: _convolved(x, kernel, bias, change(strides))


def conv2d_mistakes() -> tuple[Mistake, ...]:
    """Every mistake of the layer."""
    return (*_OF_THE_KERNEL, *_OF_THE_BIAS, *_OF_THE_WINDOWS, *_OF_THE_OUTPUT, *RECIPE.mistakes(LAYER_PADDINGS))


_OF_THE_KERNEL = (
    RECIPE.wrong(
        "kernel_flipped", "The kernel is turned by 180 degrees before it is laid on the image",
        "Feed an image with a single 1. Does the kernel appear in the output turned round, or upright? "
        "Which of the two does a layer that does not turn its kernel give?",
        kernel=lambda kernel: kernel[::-1, ::-1],
    ),
    RECIPE.wrong(
        "kernel_upside_down", "The rows of the kernel are read from bottom to top",
        "Lay the kernel on the top left corner of the image. Which number of the image does its first "
        "row meet?",
        kernel=lambda kernel: kernel[::-1],
    ),
    RECIPE.wrong(
        "kernel_mirrored", "The columns of the kernel are read from right to left",
        "Lay the kernel on the top left corner of the image. Which number of the image does its first "
        "column meet?",
        kernel=lambda kernel: kernel[:, ::-1],
    ),
    *_shared(
        "kernel_channels_reversed", "window_flattened_in_another_order",
        "kernel_flattened_in_another_order", "first_channel_only", "filter_paired_with_channel",
        "kernel_of_first_filter",
    ),
    RECIPE.wrong(
        "kernel_not_used", "The numbers of the window are added up without the kernel",
        "Double every number of the kernel. What should happen to the output, and what happens to yours?",
        kernel=np.ones_like, usual=False,
    ),
    *_shared("last_cell_only", "sum_overwritten"),
    RECIPE.wrong(
        "last_row_of_kernel_missing", "The last row of the kernel is left out",
        "Feed ones with a kernel of ones and no bias. Which number counts the cells that took part?",
        kernel=lambda kernel: kernel * (np.arange(len(kernel)) < len(kernel) - 1)[:, None, None, None],
        usual=False,
    ),
    RECIPE.wrong(
        "last_column_of_kernel_missing", "The last column of the kernel is left out",
        "Feed ones with a kernel of ones and no bias. Which number counts the cells that took part?",
        kernel=lambda kernel: kernel * (np.arange(kernel.shape[1]) < kernel.shape[1] - 1)[:, None, None],
        usual=False,
    ),
    *_shared("mean_of_window", "mean_over_cells"),
    RECIPE.wrong(
        "mean_over_channels", "The channels are averaged, not added up",
        "Feed ones with a kernel of ones and no bias. How does your number change when there are more channels?",
        kernel=lambda kernel: kernel / kernel.dtype.type(kernel.shape[2]), usual=False,
    ),
)  # fmt: skip

_OF_THE_BIAS = (
    *_shared("bias_missing", "bias_subtracted"),
    RECIPE.wrong(
        "bias_twice", "The bias is added twice",
        "Feed an image of zeros. How many times does one output number hold its bias?",
        bias=lambda bias, shape: bias + bias, usual=False,
    ),
    *_shared("bias_per_channel", "bias_per_cell", "bias_first_and_per_cell"),
    RECIPE.wrong(
        "bias_per_tap", "The bias is added once for every number of the window",
        "Feed an image of zeros. How many times does one output number hold its bias?",
        bias=lambda bias, shape: bias * bias.dtype.type(np.prod(shape[:3])),
    ),
    *_shared("bias_of_first_filter"),
)  # fmt: skip

_OF_THE_WINDOWS = (
    RECIPE.wrong(
        "stride_ignored", "The window always moves by one cell", _IN_LOOP_STRIDES,
        windows=_other_strides(lambda strides: (1, 1)), usual=False,
    ),
    RECIPE.wrong(
        "stride_ignored_in_padding_too", "The stride is used nowhere: not for the windows, and not for the padding",
        "Make the layer with stride 1 and with stride 2. Should anything differ? Does anything?",
        strides=lambda strides: (1, 1), usual=False,
    ),
    RECIPE.wrong(
        "stride_not_used_in_window",
        "The stride gives the output its size, but the windows still move by one cell", _IN_LOOP_STRIDES,
        windows=_at_output_index,
    ),
    RECIPE.wrong(
        "stride_used_twice", "The loop moves by the stride, and the window's start is multiplied by it once more",
        _IN_LOOP_STRIDES,
        after=lambda y, strides: y[:, :: strides[0], :: strides[1]], usual=False,
    ),
    RECIPE.wrong(
        "stride_taken_for_dilation", "The stride spreads the cells of the kernel; the windows move by one cell",
        "With stride 2, how far apart are two neighbouring cells of one window, and how far apart two windows?",
        windows=_stride_as_dilation, usual=False,
    ),
    RECIPE.wrong(
        "strides_exchanged", "The strides down and across are exchanged; the padding is right",
        "Which entry of strides belongs to the rows? Try (2, 1) on a square image: which side shrinks?",
        windows=_other_strides(lambda strides: (strides[1], strides[0])), usual=False,
    ),
    RECIPE.wrong(
        "strides_exchanged_in_padding_too", "The strides down and across are exchanged",
        "Which entry of strides belongs to the rows? Try (2, 1) on a square image: which side shrinks?",
        strides=lambda strides: (strides[1], strides[0]), usual=False,
    ),
    RECIPE.wrong(
        "stride_across_ignored", "The windows move by one cell across; down they move by the stride",
        "Which entry of strides belongs to the columns? Try (1, 2) on a square image: which side shrinks?",
        windows=_other_strides(lambda strides: (strides[0], 1)), usual=False,
    ),
    RECIPE.wrong(
        "stride_down_ignored", "The windows move by one cell down; across they move by the stride",
        "Which entry of strides belongs to the rows? Try (2, 1) on a square image: which side shrinks?",
        windows=_other_strides(lambda strides: (1, strides[1])), usual=False,
    ),
    RECIPE.wrong(
        "border_of_edges", "The border of `same` repeats the cells at the edge of the image",
        "What stands in the border of your image? What should be there, so that it adds nothing?",
        filled=lambda x, amounts: np.pad(x, [(0, 0), *amounts, (0, 0)], mode="edge"), usual=False,
    ),
    RECIPE.wrong(
        "border_of_ones", "The border of `same` is filled with ones",
        "What stands in the border of your image? What should be there, so that it adds nothing?",
        filled=lambda x, amounts: with_border(x, amounts, 1.0), usual=False,
    ),
    RECIPE.wrong(
        "stride_down_for_both", "The stride down is used across as well",
        "Which entry of strides belongs to the columns? Try (2, 1) on a square image: which sides shrink?",
        strides=lambda strides: (strides[0], strides[0]), usual=False,
    ),
    RECIPE.wrong(
        "stride_across_for_both", "The stride across is used down as well",
        "Which entry of strides belongs to the rows? Try (2, 1) on a square image: which sides shrink?",
        strides=lambda strides: (strides[1], strides[1]), usual=False,
    ),
    RECIPE.wrong(
        "rows_end_early", "The range of rows ends one too early: a last window that just fits is lost",
        "List the rows on which a window of 3 can start when the image has 7 rows. Where does your range end?",
        image=lambda x: x[:, :-1], usual=False,
    ),
    RECIPE.wrong(
        "columns_end_early", "The range of columns ends one too early: a last window that just fits is lost",
        "List the columns on which a window of 3 can start when the image has 7 columns. Where does your range end?",
        image=lambda x: x[:, :, :-1], usual=False,
    ),
    RECIPE.wrong(
        "ranges_end_early", "The ranges of rows and columns end one too early: last windows that just fit are lost",
        "List the rows on which a window of 3 can start when the image has 7 rows. Where does your range end?",
        image=lambda x: x[:, :-1, :-1], usual=False,
    ),
    RECIPE.wrong(
        "batch_added_up", "The products are added up over the batch instead of over the channels",
        "Name the axes of one window in their order. Which of them should be gone after the sum, and which are gone?",
        windows=_batch_for_channels, usual=False,
    ),
)  # fmt: skip

_OF_THE_OUTPUT = (
    RECIPE.wrong(
        "last_window_missing", "The last row and the last column of windows are missing",
        "List the rows on which a window of 3 can start when the image has 7 rows. How many are there?",
        after=lambda y, strides: y[:, :-1, :-1], usual=False,
    ),
    RECIPE.wrong(
        "last_row_missing", "The last row of windows is missing",
        "List the rows on which a window of 3 can start when the image has 7 rows. How many are there?",
        after=lambda y, strides: y[:, :-1], usual=False,
    ),
    RECIPE.wrong(
        "last_column_missing", "The last column of windows is missing",
        "List the columns on which a window of 3 can start when the image has 7 columns. How many are there?",
        after=lambda y, strides: y[:, :, :-1], usual=False,
    ),
    *_shared("first_image_only", "relu_inside"),
    RECIPE.wrong(
        "output_transposed", "Rows and columns of the output are exchanged",
        "Your image is higher than wide. What about your output?",
        after=lambda y, strides: y.swapaxes(1, 2), usual=False,
    ),
    RECIPE.wrong(
        "rows_stacked_first", "The rows of the output are stacked on the first axis: (height, batch, width, filters)",
        "Your list has one entry per row. Which axis of the result should have that length?",
        after=lambda y, strides: y.swapaxes(0, 1), usual=False,
    ),
    RECIPE.wrong(
        "filters_first", "The filters stand before height and width",
        "In which order do the four axes of the input stand? And those of your output?",
        after=lambda y, strides: np.moveaxis(y, -1, 1), usual=False,
    ),
    RECIPE.wrong(
        "filters_added_up", "The filters are added up to one sheet",
        "How many sheets should leave the layer, and how many leave yours?",
        after=lambda y, strides: y.sum(axis=-1), usual=False,
    ),
    RECIPE.wrong(
        "places_not_unfolded", "The places of the windows stay on one axis: (batch, places, filters)",
        "How many axes has an image of several channels, and how many has your output?",
        after=lambda y, strides: y.reshape(len(y), -1, y.shape[-1]), usual=False,
    ),
    RECIPE.wrong(
        "places_unfolded_wrongly", "The last reshape has height and width exchanged",
        "Feed an image that is zero but for its first row. In which part of the output does it show?",
        after=lambda y, strides: y.reshape(len(y), y.shape[2], y.shape[1], y.shape[3]), usual=False,
    ),
    RECIPE.wrong(
        "batch_scrambled", "The windows are stacked before the batch, and the last reshape mixes the images",
        "Hand in two different images, the second all zeros. Which rows of your output hold nothing but the bias?",
        after=_batch_scrambled,
    ),
)  # fmt: skip
