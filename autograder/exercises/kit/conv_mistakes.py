"""What goes wrong in a convolution of one dimension as in one of two.

The lines are those that `conv1d_mistakes` and `conv2d_mistakes` have in common: `kernel`, `bias` and `after`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.exercises.kit.recipe import Wrong


@dataclass(frozen=True)
class Words:
    """What the same thing is called in each of them."""

    one: str
    """What is convolved."""
    a: str
    place: str
    """What one entry of a window lies on."""
    plane: str
    """What one filter makes."""


OF: dict[int, Words] = {
    1: Words("sequence", "a sequence", "step", "columns"),
    2: Words("image", "an image", "cell", "sheets"),
}


def first_channel_only(kernel: np.ndarray) -> np.ndarray:
    """The kernel with every channel but the first silenced."""
    return kernel * (np.arange(kernel.shape[-2]) == 0)[:, None].astype(kernel.dtype)


def paired_with_channel(kernel: np.ndarray) -> np.ndarray:
    """Filter k sees channel k only."""
    return kernel * np.eye(*kernel.shape[-2:], dtype=kernel.dtype)


def first_filter_only(kernel: np.ndarray) -> np.ndarray:
    """Every filter is the first one."""
    return np.repeat(kernel[..., :1], kernel.shape[-1], axis=-1)


def last_cell_only(kernel: np.ndarray) -> np.ndarray:
    """The kernel with every cell but the last silenced."""
    only = np.zeros_like(kernel)
    last = (-1,) * (kernel.ndim - 2)
    only[last] = kernel[last]
    return only


def window_channels_first(kernel: np.ndarray) -> np.ndarray:
    """The window is flattened channels first, the kernel channels last."""
    *size, channels, filters = kernel.shape
    return np.moveaxis(kernel.reshape(channels, *size, filters), 0, -2)


def kernel_channels_first(kernel: np.ndarray) -> np.ndarray:
    """The kernel is flattened channels first, the window channels last."""
    return np.moveaxis(kernel, -2, 0).reshape(kernel.shape)


def no_bias(bias: np.ndarray, shape: Any) -> np.ndarray:
    """Zeros in place of the bias."""
    return np.zeros_like(bias)


def _cells(shape: tuple[int, ...]) -> int:
    return int(np.prod(shape[:-2]))


def shared(dimensions: int) -> dict[str, Wrong]:
    """By id, in the words of that many dimensions."""
    told = OF[dimensions]
    zeros = f"Feed {told.a} of zeros. What should come out, and what do you get?"
    how_often = f"Feed {told.a} of zeros. How many times does one output number hold its bias?"
    ones = "Feed ones with a kernel of ones and no bias."
    flattened = (
        f"After flattening, which {told.place} and channel does entry 1 of the window belong to, and which entry 1 of "
        "the kernel?"
    )
    wrong = (
        Wrong(
            "kernel_channels_reversed", "The channels of the kernel are read from the last to the first",
            f"Feed {told.a} whose first channel alone is not zero. Which numbers of the kernel should matter then?",
            {"kernel": lambda kernel: kernel[..., ::-1, :]}, usual=False,
        ),
        Wrong(
            "window_flattened_in_another_order",
            "The window is flattened with its channels first, the kernel with its channels last", flattened,
            {"kernel": window_channels_first},
        ),
        Wrong(
            "kernel_flattened_in_another_order",
            "The kernel is flattened with its channels first, the window with its channels last", flattened,
            {"kernel": kernel_channels_first},
        ),
        Wrong(
            "first_channel_only", f"Only the first channel of the {told.one} is looked at",
            "How many numbers are multiplied to make one output number? Count them in your window.",
            {"kernel": first_channel_only},
        ),
        Wrong(
            "filter_paired_with_channel", "Filter k looks at channel k only",
            "How many numbers are multiplied to make one output number? Which channels do they come from?",
            {"kernel": paired_with_channel},
        ),
        Wrong(
            "kernel_of_first_filter", "All filters use the kernel of the first one",
            f"Feed any {told.one} and subtract the bias. Should all {told.plane} of the output be alike?",
            {"kernel": first_filter_only},
        ),
        Wrong(
            "last_cell_only", "Only the last cell of the kernel counts: each product overwrites the sum of the others",
            f"{ones} What should come out, and what do you get?", {"kernel": last_cell_only},
        ),
        Wrong(
            "sum_overwritten", "Only the last cell of the kernel counts: each product overwrites the sum, and the bias "
            "that it began with",
            f"Feed {told.a} of zeros, then one of ones. How many of the numbers that you add up are left in the end?",
            {"kernel": last_cell_only, "bias": no_bias}, usual=False,
        ),
        Wrong(
            "mean_of_window", "The products are averaged, not added up",
            f"{ones} Which number counts the cells of the window?",
            {"kernel": lambda kernel: kernel / kernel.dtype.type(kernel[..., 0].size)},
        ),
        Wrong(
            "mean_over_cells",
            f"The sum is divided by the {'size' if dimensions == 1 else 'number of cells'} of the kernel",
            f"{ones} How does your number change when the kernel grows?",
            {"kernel": lambda kernel: kernel / kernel.dtype.type(_cells(kernel.shape))},
        ),
        Wrong("bias_missing", "The bias is not added", zeros, {"bias": no_bias}),
        Wrong("bias_subtracted", "The bias is subtracted", zeros, {"bias": lambda bias, shape: -bias}),
        Wrong(
            "bias_per_tap" if dimensions == 1 else "bias_per_cell",
            "The bias is added once for every cell of the kernel", how_often,
            {"bias": lambda bias, shape: bias * bias.dtype.type(_cells(shape))},
        ),
        Wrong(
            "bias_first_and_per_cell",
            "The sum begins with the bias, and the bias is added again for every cell of the kernel", how_often,
            {"bias": lambda bias, shape: bias * bias.dtype.type(_cells(shape) + 1)}, usual=dimensions == 2,
        ),
        Wrong(
            "bias_per_channel", "The bias is added once for every channel", how_often,
            {"bias": lambda bias, shape: bias * bias.dtype.type(shape[-2])}, usual=dimensions == 2,
        ),
        Wrong(
            "bias_of_first_filter", "All filters use the bias of the first one",
            f"Feed {told.a} of zeros. Should all {told.plane} of the output be alike?",
            {"bias": lambda bias, shape: np.full_like(bias, bias[0])},
        ),
        Wrong(
            "first_image_only", f"Every {told.one} of the batch is answered with the first one's result",
            f"Hand in two different {told.one}s. Are the two results different?",
            {"after": lambda y, *_: np.repeat(y[:1], len(y), axis=0)},
        ),
        Wrong(
            "relu_inside", "Negative results are set to 0", "Which activation was asked for in this layer?",
            {"after": lambda y, *_: np.maximum(y, 0)},
        ),
    )  # fmt: skip
    return {one.id: one for one in wrong}
