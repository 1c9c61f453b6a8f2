"""What goes wrong in a convolution over time, with causal padding and dilation.

A mistake replaces one of these lines:

| Line | Is |
| --- | --- |
| `kernel` | the kernel as it is laid on the sequence |
| `bias` | what is added, from the bias and the kernel's shape |
| `same`, `causal` | the steps added before and after under that padding, from the case |
| `dilation` | how far apart the steps of one window are, from the rate |
| `sequence` | the sequence with its border, from it and the border |
| `after` | what is handed out of the output and the case |
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.exercises.kit.conv_mistakes import shared
from autograder.exercises.kit.convolution import Pair
from autograder.exercises.kit.recipe import Lines, Recipe
from autograder.model import Arrays, LayerCase, Mistake
from reference import equations as eq

Line = Callable[..., Any]


def _rate(case: LayerCase) -> int:
    return int(case.config.get("dilation_rate", 1))


def _size(case: LayerCase) -> int:
    return int(case.weights["kernel"].shape[0])


def _reach(case: LayerCase) -> int:
    """Steps added in all under `same` and `causal`: what the kernel spans beyond its first step."""
    return _rate(case) * (_size(case) - 1)


def span(case: LayerCase) -> int:
    """Steps from the first one that a kernel lies on to the last one, both counted."""
    return _reach(case) + 1


def _halved(total: int) -> Pair:
    return total // 2, total - total // 2


RIGHT: dict[str, Line] = {
    "kernel": lambda kernel: kernel,
    "bias": lambda bias, shape: bias,
    "same": lambda case: _halved(_reach(case)),
    "causal": lambda case: (_reach(case), 0),
    "dilation": lambda rate: rate,
    "sequence": lambda x, border: x,
    "after": lambda y, case: y,
}


def _made(use: Lines, case: LayerCase) -> Arrays:
    right, padding = case.weights["kernel"], case.config.get("padding", "valid")
    border = (0, 0) if padding == "valid" else use[padding](case)
    x = use["sequence"](eq.pad(case.inputs, [border]), border)
    kernel = np.ascontiguousarray(use["kernel"](right))
    bias = use["bias"](case.weights["bias"], right.shape)
    y = eq.conv1d(x, kernel, bias, dilation=use["dilation"](_rate(case))).output
    return {"output": use["after"](y, case)}


RECIPE = Recipe(_made, RIGHT, prefix="conv.")


def _shared(*identities: str) -> tuple[Mistake, ...]:
    return RECIPE.mistakes(map(shared(1).__getitem__, identities))


def _channels_added_up(kernel: np.ndarray) -> np.ndarray:
    """The first channel of the sequence meets the sum of the kernel's channels."""
    total = np.zeros_like(kernel)
    total[:, 0] = kernel.sum(axis=1)
    return total


def _of_right_length(y: np.ndarray, case: LayerCase) -> np.ndarray:
    """As many outputs as there should be."""
    padded = case.config.get("padding", "valid") != "valid"
    return y[:, : case.inputs.shape[1] - (0 if padded else _reach(case))]


def _one_more(rate: int) -> int:
    """The dilation counts the steps left out, not the distance."""
    return rate if rate == 1 else rate + 1


def _stretched(case: LayerCase) -> Arrays:
    """Every cell of the kernel meets all steps up to that of the next one."""
    x = eq.pad(
        case.inputs, [(0, 0) if case.config.get("padding", "valid") == "valid" else RIGHT[case.config["padding"]](case)]
    )
    kernel = np.repeat(case.weights["kernel"], _rate(case), axis=0)[: span(case)]
    return {"output": eq.conv1d(x, np.ascontiguousarray(kernel), case.weights["bias"]).output}


def _wrapped(x: np.ndarray, border: Pair) -> np.ndarray:
    """A place before the first step counts from the end."""
    if not border[0]:
        return x
    wrapped = np.array(x)
    sequence = x[:, border[0] : x.shape[1] - border[1]]
    wrapped[:, : border[0]] = sequence[:, -border[0] :]
    return wrapped


def _without_first_step(x: np.ndarray, border: Pair) -> np.ndarray:
    changed = np.array(x)
    changed[:, border[0]] = 0
    return changed


def conv1d_mistakes() -> tuple[Mistake, ...]:
    """Every mistake of the layer."""
    return (*_OF_THE_KERNEL, *_OF_THE_BIAS, *_OF_THE_DILATION, *_OF_THE_BORDER, *_OF_THE_OUTPUT)


_OF_THE_KERNEL = (
    RECIPE.wrong(
        "kernel_flipped", "The kernel is turned round before it is laid on the sequence",
        "Under causal padding, which cell of the kernel should meet the newest input: the first or the "
        "last?",
        kernel=lambda kernel: kernel[::-1],
    ),
    *_shared(
        "kernel_channels_reversed", "window_flattened_in_another_order",
        "kernel_flattened_in_another_order", "first_channel_only",
    ),
    RECIPE.wrong(
        "channels_of_kernel_added_up", "The first channel of the sequence meets all channels of the kernel",
        "How many different numbers of the sequence go into one output number? Count them in your window.",
        kernel=_channels_added_up, usual=False,
    ),
    *_shared(
        "filter_paired_with_channel", "kernel_of_first_filter", "last_cell_only", "sum_overwritten",
        "mean_of_window", "mean_over_cells",
    ),
)  # fmt: skip

_OF_THE_BIAS = (
    *_shared(
        "bias_missing", "bias_subtracted", "bias_per_tap", "bias_first_and_per_cell", "bias_per_channel",
        "bias_of_first_filter",
    ),
)  # fmt: skip

_OF_THE_DILATION = (
    RECIPE.wrong(
        "dilation_ignored", "The kernel reads neighbouring steps whatever the dilation",
        "Mark the steps that a kernel of 3 with dilation 2 touches. How far apart are the first and the "
        "last?",
        dilation=lambda rate: 1,
        same=lambda case: _halved(_size(case) - 1), causal=lambda case: (_size(case) - 1, 0),
    ),
    RECIPE.wrong(
        "dilation_ignored_in_window", "The padding knows of the dilation, but the kernel reads neighbouring steps",
        "Mark the steps that a kernel of 3 with dilation 2 touches. How far apart are the first and the "
        "last?",
        dilation=lambda rate: 1, after=_of_right_length,
    ),
    RECIPE.wrong(
        "dilation_counted_from_zero", "The dilation is taken as the number of steps left out in between",
        "Which dilation is no dilation at all: 0 or 1? Mark the steps that your kernel touches.",
        dilation=_one_more,
        same=lambda case: _halved(_one_more(_rate(case)) * (_size(case) - 1)),
        causal=lambda case: (_one_more(_rate(case)) * (_size(case) - 1), 0), usual=False,
    ),
    RECIPE.other(
        "kernel_stretched", "The kernel is stretched: its cells are repeated where gaps should be",
        "With a kernel of 3 and dilation 2, how many inputs go into one output? How many of yours do?",
        _stretched,
    ),
    RECIPE.wrong(
        "dilation_times_kernel", "The kernel is taken to span kernel_size times dilation steps",
        "Mark the steps that a kernel of 3 with dilation 2 touches. How many are there, from the first to the last?",
        same=lambda case: _halved(_rate(case) * _size(case) - 1),
        causal=lambda case: (_rate(case) * _size(case) - 1, 0), after=_of_right_length, usual=False,
    ),
    RECIPE.wrong(
        "padding_ignores_dilation", "The padding is computed as if the kernel were not dilated",
        "How far back does the first cell of a dilated kernel look from the last one? How many zeros "
        "must stand there?",
        same=lambda case: _halved(_size(case) - 1), causal=lambda case: (_size(case) - 1, 0),
    ),
    RECIPE.wrong(
        "same_ignores_dilation", "The padding of `same` is computed as if the kernel were not dilated",
        "How far is it from the first cell of a dilated kernel to the last one? How many zeros does `same` need?",
        same=lambda case: _halved(_size(case) - 1),
    ),
    RECIPE.wrong(
        "causal_ignores_dilation", "The padding of `causal` is computed as if the kernel were not dilated",
        "How far back does the first cell of a dilated kernel look from the last one? How many zeros "
        "must stand there?",
        causal=lambda case: (_size(case) - 1, 0),
    ),
    RECIPE.wrong(
        "causal_starts_too_late",
        "A causal window goes back by the size of the kernel, whatever the dilation, and looks ahead instead",
        "With dilation 2, which step does the last cell of the kernel read for the first output? Is it the newest?",
        causal=lambda case: (_size(case) - 1, _reach(case) - (_size(case) - 1)), usual=False,
    ),
)  # fmt: skip

_OF_THE_BORDER = (
    RECIPE.wrong(
        "same_padding_side", "Under `same` an odd zero is put before the sequence instead of after it",
        "How many zeros does a kernel of 4 need in all? If the number is odd, on which side does Keras "
        "put the odd one?",
        same=lambda case: _halved(_reach(case))[::-1],
    ),
    RECIPE.wrong(
        "same_padding_symmetric", "Under `same` half of what the kernel spans is added on both sides",
        "How many zeros does a kernel of 4 need in all? How long is your output for it?",
        same=lambda case: ((_reach(case) + 1) // 2,) * 2,
    ),
    RECIPE.wrong(
        "same_padding_rounded_down", "Under `same` half of the zeros is put on both sides, and an odd one is lost",
        "If 3 zeros are needed in all, how many do you add before, how many after, and how many are that together?",
        same=lambda case: (_reach(case) // 2,) * 2,
    ),
    RECIPE.wrong(
        "same_padding_all_before", "Under `same` all zeros are put before the sequence",
        "Which of the two paddings may not look ahead? Change the last input: which outputs change under `same`?",
        same=lambda case: (_reach(case), 0),
    ),
    RECIPE.wrong(
        "same_padding_all_after", "Under `same` all zeros are put after the sequence",
        "How many zeros does the first window of `same` see, and how many the last one? And in yours?",
        same=lambda case: (0, _reach(case)),
    ),
    RECIPE.wrong(
        "same_ignored", "Nothing is added although padding is `same`",
        "How long should the output be under `same`, and how long is yours?",
        same=lambda case: (0, 0),
    ),
    RECIPE.wrong(
        "causal_as_same", "Causal padding is put on both sides",
        "Change only the last input. Which outputs may change, and which do in yours?",
        causal=lambda case: _halved(_reach(case)),
    ),
    RECIPE.wrong(
        "causal_after", "Causal zeros are put after the sequence",
        "Change only the last input. Which outputs may change, and which do in yours?",
        causal=lambda case: (0, _reach(case)),
    ),
    RECIPE.wrong(
        "causal_expected_to_shrink", "Nothing is added although padding is `causal`",
        "How many outputs does a causal layer give for seven inputs? What stands before the first input?",
        causal=lambda case: (0, 0),
    ),
    RECIPE.wrong(
        "causal_same_exchanged", "The two words are exchanged: `same` pads before, and `causal` on both sides",
        "Change only the last input. Under which of the two paddings may an earlier output change?",
        same=lambda case: (_reach(case), 0), causal=lambda case: _halved(_reach(case)),
    ),
    RECIPE.wrong(
        "causal_one_step_late", "A causal output does not see the input of its own step",
        "Change only the last input. Should the last output change? Does it?",
        causal=lambda case: (_reach(case) + 1, 0), after=_of_right_length, usual=False,
    ),
    RECIPE.wrong(
        "border_wraps_round", "What lies before the first step is read from the end of the sequence",
        "What does Python read at index -1? What should stand before the first step?",
        sequence=_wrapped,
    ),
    RECIPE.wrong(
        "first_step_left_out", "The first step of the sequence is never read",
        "Change only the first input. Should any output change? Does one?",
        sequence=_without_first_step,
    ),
)  # fmt: skip

_OF_THE_OUTPUT = (
    *_shared("first_image_only", "relu_inside"),
    RECIPE.wrong(
        "last_window_missing", "The last window is missing",
        "List the steps on which a kernel of 3 can start when there are 7 steps. How many are there?",
        after=lambda y, case: y[:, :-1], usual=False,
    ),
    RECIPE.wrong(
        "output_transposed", "Time and filters of the output are exchanged: (batch, filters, time)",
        "Which axis of the output should be as long as the sequence?",
        after=lambda y, case: y.swapaxes(1, 2), usual=False,
    ),
    RECIPE.wrong(
        "outputs_stacked_first", "The outputs are stacked on the first axis: (time, batch, filters)",
        "Your list has one entry per window. Which axis of the result should have that length?",
        after=lambda y, case: y.swapaxes(0, 1), usual=False,
    ),
    RECIPE.wrong(
        "filters_added_up", "The filters are added up",
        "How many numbers should leave the layer at each step, and how many leave yours?",
        after=lambda y, case: y.sum(axis=-1), usual=False,
    ),
)  # fmt: skip
