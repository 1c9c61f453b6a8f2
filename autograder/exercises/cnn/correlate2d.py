"""One kernel on one image: y[i, j] = sum over m, n of image[i + m, j + n] kernel[m, n]"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.exercises.kit import convolution as family
from autograder.exercises.kit import draw
from autograder.exercises.kit.recipe import Lines, Recipe
from autograder.exercises.kit.recurrent import function_truth
from autograder.model import Arrays, Check, Exercise, FunctionCase
from reference import equations as eq


def cases(rng: np.random.Generator) -> tuple[FunctionCase, ...]:
    return _case("upright", rng, (3, 2), (7, 8), (5, 6)), _case("lying", rng, (2, 4), (5, 6), (7, 8))


def _case(
    case_id: str,
    rng: np.random.Generator,
    kernel_size: tuple[int, int],
    heights: tuple[int, ...],
    widths: tuple[int, ...],
) -> FunctionCase:
    height, width = family.image_size(rng, heights, widths)
    return FunctionCase(
        id=case_id,
        arguments={"image": draw.inputs(rng, height, width), "kernel": draw.inputs(rng, *kernel_size)},
        axes={"image": "height width", "kernel": "kernel_height kernel_width"},
        returns={"output": "new_height new_width"},
    )


def _made(use: Lines, case: FunctionCase) -> Arrays:
    image, kernel = case.arguments.values()
    return {"output": use["after"](use["windows"](image, np.ascontiguousarray(use["kernel"](kernel))))}


RECIPE = Recipe(
    _made, {"kernel": lambda kernel: kernel, "windows": eq.correlate2d, "after": lambda y: y}, prefix="conv."
)
"""The kernel as it is laid on, all windows under it, and what is handed out of them."""


def _last_cell_only(kernel: np.ndarray) -> np.ndarray:
    only = np.zeros_like(kernel)
    only[-1, -1] = kernel[-1, -1]
    return only


def _as_large_as_the_image(image: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    result = np.zeros_like(image)
    output = eq.correlate2d(image, kernel)
    result[: output.shape[0], : output.shape[1]] = output
    return result


def _tiled(image: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    height, width = kernel.shape
    return eq.correlate2d(image, kernel)[::height, ::width]


def _kept_size(image: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    height, width = kernel.shape
    before, after = ((height - 1) // 2, height // 2), ((width - 1) // 2, width // 2)
    return eq.correlate2d(np.pad(image, (before, after)), kernel)


def _rows_stand_still(output: np.ndarray) -> np.ndarray:
    return np.repeat(output[:1], len(output), axis=0)


def _columns_stand_still(output: np.ndarray) -> np.ndarray:
    return np.repeat(output[:, :1], output.shape[1], axis=1)


def _keras() -> Any:
    from keras import ops

    def correlate2d(image: np.ndarray, kernel: np.ndarray) -> Any:
        return ops.conv(image[None, :, :, None], kernel[:, :, None, None])[0, :, :, 0]

    return correlate2d


EXERCISE = Exercise(
    id="correlate2d",
    assignment="cnn",
    title="One kernel on one image",
    entry_point="correlate2d",
    signature="correlate2d(image, kernel) -> (new_height, new_width)",
    points=3,
    hint="Cut out one window, multiply it with the kernel number by number, add up. Then two loops move it.",
    hints={
        "lying": "How many places does a wide kernel have across, and how many down?",
    },
    cases=cases,
    truth=function_truth(eq.correlate2d),
    slack=family.correlation_slack,
    checks=(
        Check("upright", "A kernel that is higher than wide", 2, ("upright.*",)),
        Check("lying", "A kernel that is wider than high", 1, ("lying.*",), ("upright",)),
    ),
    mistakes=(
        RECIPE.wrong(
            "kernel_flipped", "The kernel is turned by 180 degrees before it is laid on the image",
            "Feed an image with a single 1. Does the kernel appear upright or turned round? Which of the "
            "two does a kernel give that is laid on as it is?",
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
        RECIPE.wrong(
            "kernel_transposed", "Rows and columns of the kernel are exchanged",
            "What is the shape of the window that you cut out, and what is the shape of the kernel?",
            kernel=lambda kernel: kernel.T,
        ),
        RECIPE.wrong(
            "kernel_read_by_columns", "The kernel is flattened column by column, the window row by row",
            "After flattening, where does entry 1 of the window lie in it, and where entry 1 of the kernel?",
            kernel=lambda kernel: kernel.T.reshape(kernel.shape), usual=False,
        ),
        RECIPE.wrong(
            "window_read_by_columns", "The window is flattened column by column, the kernel row by row",
            "After flattening, where does entry 1 of the window lie in it, and where entry 1 of the kernel?",
            kernel=lambda kernel: kernel.reshape(kernel.T.shape).T, usual=False,
        ),
        RECIPE.wrong(
            "output_transposed", "Rows and columns of the output are exchanged",
            "Which of your two loops moves the window down? Which axis of the output does it fill?",
            after=lambda y: y.T,
        ),
        RECIPE.wrong(
            "mean_of_window", "The products are averaged, not added up",
            "An image of ones, a kernel of ones: what should come out for a kernel with six cells?",
            windows=lambda image, kernel: eq.correlate2d(image, kernel) / image.dtype.type(kernel.size),
        ),
        RECIPE.wrong(
            "kernel_not_used", "The numbers of the window are added up without the kernel",
            "Double every number of the kernel. What should happen to the output, and what happens to yours?",
            kernel=np.ones_like,
        ),
        RECIPE.wrong(
            "last_window_missing", "The last row and the last column of windows are missing",
            "List the rows on which a window of 3 can start when the image has 7 rows. How many are there?",
            after=lambda y: y[:-1, :-1],
        ),
        RECIPE.wrong(
            "windows_side_by_side", "The window jumps by its own size",
            "How far does the window move from one output number to the next?", windows=_tiled,
        ),
        RECIPE.wrong(
            "same_in_place_of_valid", "The output is as large as the image: a border of zeros was added",
            "How many windows lie wholly inside the image? How many numbers do you return?", windows=_kept_size,
        ),
        RECIPE.wrong(
            "window_not_moved_down", "The window moves across but not down",
            "Print the rows of the window for output row 0 and for output row 1. Are they the same rows?",
            after=_rows_stand_still,
        ),
        RECIPE.wrong(
            "window_not_moved_across", "The window moves down but not across",
            "Print the columns of the window for output column 0 and for output column 1. Are they the same "
            "columns?",
            after=_columns_stand_still,
        ),
        RECIPE.wrong(
            "last_row_missing", "The last row of windows is missing",
            "List the rows on which a window of 3 can start when the image has 7 rows. How many are there?",
            after=lambda y: y[:-1], usual=False,
        ),
        RECIPE.wrong(
            "last_column_missing", "The last column of windows is missing",
            "List the columns on which a window of 3 can start when the image has 7 columns. How many are there?",
            after=lambda y: y[:, :-1], usual=False,
        ),
        RECIPE.wrong(
            "last_cell_only", "Only the last cell of the kernel counts: each product overwrites the one before",
            "An image of ones, a kernel of ones: what should come out for a kernel with six cells?",
            kernel=_last_cell_only,
        ),
        RECIPE.wrong(
            "last_row_of_kernel_missing", "The last row of the kernel is left out",
            "An image of ones, a kernel of ones: which number counts the cells that took part?",
            kernel=lambda kernel: kernel * (np.arange(len(kernel)) < len(kernel) - 1)[:, np.newaxis],
        ),
        RECIPE.wrong(
            "last_column_of_kernel_missing", "The last column of the kernel is left out",
            "An image of ones, a kernel of ones: which number counts the cells that took part?",
            kernel=lambda kernel: kernel * (np.arange(kernel.shape[1]) < kernel.shape[1] - 1),
        ),
        RECIPE.wrong(
            "sum_not_begun_anew_in_a_row", "The sum begins anew for each row only, and runs on from window to window",
            "What is in your sum when the second window of a row begins? Print it.",
            after=lambda y: y.cumsum(axis=1),
        ),
        RECIPE.wrong(
            "sum_never_begun_anew", "The sum runs on from window to window",
            "What is in your sum when the second window begins? Print it.",
            after=lambda y: y.ravel().cumsum().reshape(y.shape),
        ),
        RECIPE.wrong(
            "result_as_large_as_the_image", "The result is as large as the image; where no window fits it stays 0",
            "How many windows lie wholly inside the image? How many numbers do you return?",
            windows=_as_large_as_the_image, usual=False,
        ),
        RECIPE.wrong(
            "whole_numbers", "The results are cut to whole numbers",
            "What kind of number does your result hold? Put 0.7 into it and print it.",
            after=np.trunc,
        ),
        RECIPE.wrong(
            "summed_over_columns", "Every row of the output is added up to one number",
            "How many axes should the output have? Which one is missing in yours?",
            after=lambda y: y.sum(axis=1), usual=False,
        ),
    ),
    made_of=RECIPE.answer,
    witnesses={"keras": _keras},
    forbidden=family.CONVOLUTION_BUILTINS,
    permuted=(),
)  # fmt: skip
