"""What the exercises on convolution share: cases, truth, tolerance, wrong paddings and wrong convolutions.

Images are small, since a loop over all places is a right answer too, and sizes let every mistake show: kernels are not
square and one side of them is even, strides differ down and across and leave a rest, `same` needs an odd number of
cells, biases differ, and there are more channels than filters (who pairs filter k with channel k then gets wrong
numbers and no exception).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from autograder.families import draw
from autograder.families.recurrent import with_cotangents
from autograder.model import Arrays, FunctionCase, LayerCase, Mistake
from reference import equations as eq

CONVOLUTION_BUILTINS = (
    "keras.layers.Conv1D",
    "keras.layers.Conv2D",
    "keras.layers.Conv3D",
    "keras.layers.Conv1DTranspose",
    "keras.layers.Conv2DTranspose",
    "keras.layers.DepthwiseConv1D",
    "keras.layers.DepthwiseConv2D",
    "keras.layers.SeparableConv1D",
    "keras.layers.SeparableConv2D",
    "keras.ops.conv",
    "keras.ops.conv_transpose",
    "keras.ops.depthwise_conv",
    "keras.ops.separable_conv",
    "keras.ops.image.extract_patches",
    "tensorflow.nn.conv1d",
    "tensorflow.nn.conv2d",
    "tensorflow.nn.convolution",
    "tensorflow.nn.depthwise_conv2d",
    "tensorflow.nn.separable_conv2d",
    "tensorflow.nn.conv1d_transpose",
    "tensorflow.nn.conv2d_transpose",
    "tensorflow.nn.conv_transpose",
    "tensorflow.nn.conv3d",
    "tensorflow.nn.erosion2d",
    "tensorflow.nn.dilation2d",
    "tensorflow.image.extract_patches",
    "tensorflow.raw_ops.Conv2D",
    "tensorflow.raw_ops.Conv3D",
    "tensorflow.raw_ops.DepthwiseConv2dNative",
    "tensorflow.raw_ops.Conv2DBackpropInput",
    "tensorflow.raw_ops.ExtractImagePatches",
    "scipy.signal.correlate",
    "scipy.signal.correlate2d",
    "scipy.signal.convolve",
    "scipy.signal.convolve2d",
    "scipy.signal.fftconvolve",
    "scipy.signal.oaconvolve",
    "scipy.ndimage.correlate",
    "scipy.ndimage.convolve",
    "scipy.ndimage.correlate1d",
    "scipy.ndimage.convolve1d",
    "scipy.ndimage.generic_filter",
    "scipy.ndimage.uniform_filter",
)
"""Built-ins that would answer an exercise on convolution in the student's place."""

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


@dataclass(frozen=True)
class WrongPadding:
    """Another number of cells around the image where `same` is asked for.

    amounts: ((top, bottom), (left, right)) from (height, width), the window's size and the strides.
    """

    id: str
    title: str
    hint: str
    amounts: Callable[[Pair, Pair, Pair], Amounts]


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


def _rows_for_both(lengths: Pair, sizes: Pair, strides: Pair) -> Amounts:
    rows, _ = same_amounts(lengths, sizes, strides)
    return rows, rows


def _exchanged(lengths: Pair, sizes: Pair, strides: Pair) -> Amounts:
    rows, columns = same_amounts(lengths, sizes, strides)
    return columns, rows


WRONG_PADDINGS = (
    WrongPadding(
        "same_padding_side",
        "An odd cell of padding is put before the image instead of after it",
        "How many cells of padding does this size need in all? If the number is odd, on which side does "
        "Keras put the odd one?",
        _other_side,
    ),
    WrongPadding(
        "same_padding_symmetric",
        "Half the window's size is added on both sides, whatever size and stride",
        "How many cells of padding does a window of 2 with stride 1 need in all? How many do you add?",
        lambda lengths, sizes, strides: ((sizes[0] // 2,) * 2, (sizes[1] // 2,) * 2),
    ),
    WrongPadding(
        "same_padding_for_stride_one",
        "The padding is computed as if the stride were 1",
        "Where does the last window end when the stride is 2? Is all of your padding used?",
        lambda lengths, sizes, strides: same_amounts(lengths, sizes, (1, 1)),
    ),
    WrongPadding(
        "same_padding_one_axis_reused",
        "The padding of the rows is used for the columns too",
        "What do you get for a window that is one cell high and five cells wide?",
        _rows_for_both,
    ),
    WrongPadding(
        "same_padding_axes_exchanged",
        "The padding of rows and columns is exchanged",
        "Which entry of the window's size belongs to the height? Which axis of the image is the height?",
        _exchanged,
    ),
    WrongPadding(
        "same_ignored",
        "Nothing is added although padding is `same`",
        "With stride 1, how large should the output be under `same`, and how large is yours?",
        lambda lengths, sizes, strides: ((0, 0), (0, 0)),
    ),
)  # fmt: skip
"""Ways to get `same` wrong, for convolution and for pooling."""


def with_border(x: np.ndarray, amounts: Amounts, value: float = 0.0) -> np.ndarray:
    """x (batch, height, width, channels) with a border."""
    return eq.pad(x, amounts, value)


# ------------------------------------------------------------------------------ wrong convolutions, two axes


def _strides(case: LayerCase) -> Pair:
    return tuple(case.config.get("strides", (1, 1)))


def _amounts(case: LayerCase) -> Amounts:
    if case.config.get("padding", "valid") == "valid":
        return (0, 0), (0, 0)
    return same_amounts(case.inputs.shape[1:3], case.weights["kernel"].shape[:2], _strides(case))


def convolve2d(
    case: LayerCase,
    *,
    x: np.ndarray | None = None,
    kernel: np.ndarray | None = None,
    bias: np.ndarray | None = None,
    strides: Pair | None = None,
    amounts: Amounts | None = None,
) -> np.ndarray:
    """The output of a case with one thing changed."""
    padded = with_border(case.inputs if x is None else x, _amounts(case) if amounts is None else amounts)
    return eq.conv2d(
        padded,
        case.weights["kernel"] if kernel is None else kernel,
        case.weights["bias"] if bias is None else bias,
        _strides(case) if strides is None else strides,
    ).output


def _kernel(change: Callable[[np.ndarray], np.ndarray]) -> Callable[[LayerCase], np.ndarray]:
    return lambda case: convolve2d(case, kernel=np.ascontiguousarray(change(case.weights["kernel"])))


def _bias(change: Callable[[np.ndarray, tuple[int, ...]], np.ndarray]) -> Callable[[LayerCase], np.ndarray]:
    return lambda case: convolve2d(case, bias=change(case.weights["bias"], case.weights["kernel"].shape))


def _after(change: Callable[[np.ndarray], np.ndarray]) -> Callable[[LayerCase], np.ndarray]:
    return lambda case: change(output_of(case))


def _first_channel_only(kernel: np.ndarray) -> np.ndarray:
    return kernel * (np.arange(kernel.shape[-2]) == 0)[:, None].astype(kernel.dtype)


def _paired_with_channel(kernel: np.ndarray) -> np.ndarray:
    """Filter k sees channel k only."""
    return kernel * np.eye(*kernel.shape[-2:], dtype=kernel.dtype)


def _windows_at_output_index(case: LayerCase) -> np.ndarray:
    _, height, width, _ = output_of(case).shape
    return convolve2d(case, strides=(1, 1))[:, :height, :width]


def _columns_stride_for_rows(case: LayerCase) -> np.ndarray:
    down, across = _strides(case)
    return convolve2d(case, strides=(across, down))


def _flattened_otherwise(case: LayerCase) -> np.ndarray:
    """The window is flattened channels first, the kernel channels last."""
    kernel = case.weights["kernel"]
    height, width, channels, filters = kernel.shape
    rows = kernel.reshape(channels, height, width, filters)
    return convolve2d(case, kernel=np.ascontiguousarray(rows.transpose(1, 2, 0, 3)))


def _padded_by(wrong: WrongPadding) -> Callable[[LayerCase], np.ndarray]:
    def output(case: LayerCase) -> np.ndarray:
        if case.config.get("padding", "valid") == "valid":
            return output_of(case)
        amounts = wrong.amounts(case.inputs.shape[1:3], case.weights["kernel"].shape[:2], _strides(case))
        return convolve2d(case, amounts=amounts)

    return output


def _mistake(name: str, title: str, hint: str, output: Callable[[LayerCase], np.ndarray]) -> Mistake:
    return Mistake(f"conv.{name}", title, hint, lambda case: {"output": output(case)})


def conv2d_mistakes() -> tuple[Mistake, ...]:
    """What goes wrong in a two-dimensional convolution."""
    return (
        _mistake(
            "kernel_flipped", "The kernel is turned by 180 degrees before it is laid on the image",
            "Feed an image with a single 1. Does the kernel appear in the output turned round, or upright? "
            "Which of the two does a layer that does not turn its kernel give?",
            _kernel(lambda kernel: kernel[::-1, ::-1]),
        ),
        _mistake(
            "kernel_upside_down", "The rows of the kernel are read from bottom to top",
            "Lay the kernel on the top left corner of the image. Which number of the image does its first "
            "row meet?",
            _kernel(lambda kernel: kernel[::-1]),
        ),
        _mistake(
            "kernel_mirrored", "The columns of the kernel are read from right to left",
            "Lay the kernel on the top left corner of the image. Which number of the image does its first "
            "column meet?",
            _kernel(lambda kernel: kernel[:, ::-1]),
        ),
        _mistake(
            "window_flattened_in_another_order", "Window and kernel are flattened in different orders",
            "After flattening, which cell and channel does entry 1 of the window belong to, and which entry "
            "1 of the kernel?",
            _flattened_otherwise,
        ),
        _mistake(
            "bias_missing", "The bias is not added",
            "Feed an image of zeros. What should come out, and what do you get?",
            _bias(lambda bias, shape: np.zeros_like(bias)),
        ),
        _mistake(
            "bias_per_channel", "The bias is added once for every channel",
            "Feed an image of zeros. How many times does one output number hold its bias?",
            _bias(lambda bias, shape: bias * bias.dtype.type(shape[2])),
        ),
        _mistake(
            "bias_per_tap", "The bias is added once for every number of the window",
            "Feed an image of zeros. How many times does one output number hold its bias?",
            _bias(lambda bias, shape: bias * bias.dtype.type(np.prod(shape[:3]))),
        ),
        _mistake(
            "bias_of_first_filter", "All filters use the bias of the first one",
            "Feed an image of zeros. Should all sheets of the output be alike?",
            _bias(lambda bias, shape: np.full_like(bias, bias[0])),
        ),
        _mistake(
            "first_channel_only", "Only the first channel of the image is looked at",
            "How many numbers are multiplied to make one output number? Count them in your window.",
            _kernel(_first_channel_only),
        ),
        _mistake(
            "filter_paired_with_channel", "Filter k looks at channel k only",
            "How many numbers are multiplied to make one output number? Which channels do they come from?",
            _kernel(_paired_with_channel),
        ),
        _mistake(
            "mean_of_window", "The products are averaged, not added up",
            "Feed ones with a kernel of ones and no bias. Which number counts the cells of the window?",
            _kernel(lambda kernel: kernel / kernel.dtype.type(kernel[..., 0].size)),
        ),
        _mistake(
            "first_image_only", "Every image of the batch is answered with the first one's result",
            "Hand in two different images. Are the two results different?",
            _after(lambda y: np.repeat(y[:1], len(y), axis=0)),
        ),
        _mistake(
            "relu_inside", "Negative results are set to 0",
            "Which activation was asked for in this layer?",
            _after(lambda y: np.maximum(y, 0)),
        ),
        _mistake(
            "output_transposed", "Rows and columns of the output are exchanged",
            "Your image is higher than wide. What about your output?",
            _after(lambda y: y.swapaxes(1, 2)),
        ),
        _mistake(
            "last_window_missing", "The last row and the last column of windows are missing",
            "List the rows on which a window of 3 can start when the image has 7 rows. How many are there?",
            _after(lambda y: y[:, :-1, :-1]),
        ),
        _mistake(
            "stride_ignored", "The window always moves by one cell",
            "For output row 2 with stride 2, on which input row does the window start? Print it.",
            lambda case: convolve2d(case, strides=(1, 1)),
        ),
        _mistake(
            "stride_not_used_in_window",
            "The stride gives the output its size, but the windows still move by one cell",
            "For output row 2 with stride 2, on which input row does the window start? Print it.",
            _windows_at_output_index,
        ),
        _mistake(
            "strides_exchanged", "The strides down and across are exchanged",
            "Which entry of strides belongs to the rows? Try (2, 1) on a square image: which side shrinks?",
            _columns_stride_for_rows,
        ),
        *(
            _mistake(wrong.id, wrong.title, wrong.hint, _padded_by(wrong))
            for wrong in WRONG_PADDINGS
        ),
    )  # fmt: skip


# ------------------------------------------------------------------------------- wrong convolutions, one axis


def convolve1d(
    case: LayerCase,
    *,
    kernel: np.ndarray | None = None,
    bias: np.ndarray | None = None,
    dilation: int | None = None,
    amounts: Pair | None = None,
) -> np.ndarray:
    """The output of a case on sequences with one thing changed."""
    right = case.weights["kernel"]
    rate = case.config.get("dilation_rate", 1)
    if amounts is None:
        padding = case.config.get("padding", "valid")
        amounts = eq.pad_amounts(case.inputs.shape[1], right.shape[0], 1, padding, rate)
    return eq.conv1d(
        eq.pad(case.inputs, [amounts]),
        right if kernel is None else kernel,
        case.weights["bias"] if bias is None else bias,
        dilation=rate if dilation is None else dilation,
    ).output


def _reach(case: LayerCase) -> int:
    """Cells added in all under `same` and `causal`: what the kernel spans beyond its first cell."""
    return int(case.config.get("dilation_rate", 1) * (case.weights["kernel"].shape[0] - 1))


def _under(padding: str, amounts: Callable[[LayerCase], Pair]) -> Callable[[LayerCase], np.ndarray]:
    """Another border under one of the paddings; the others are right."""

    def output(case: LayerCase) -> np.ndarray:
        if case.config.get("padding", "valid") != padding:
            return output_of(case)
        return convolve1d(case, amounts=amounts(case))

    return output


def _kernel1d(change: Callable[[np.ndarray], np.ndarray]) -> Callable[[LayerCase], np.ndarray]:
    return lambda case: convolve1d(case, kernel=np.ascontiguousarray(change(case.weights["kernel"])))


def _bias1d(change: Callable[[np.ndarray, tuple[int, ...]], np.ndarray]) -> Callable[[LayerCase], np.ndarray]:
    return lambda case: convolve1d(case, bias=change(case.weights["bias"], case.weights["kernel"].shape))


def _flattened_otherwise1d(kernel: np.ndarray) -> np.ndarray:
    size, channels, filters = kernel.shape
    return kernel.reshape(channels, size, filters).transpose(1, 0, 2)


def _as_if_not_dilated(case: LayerCase) -> np.ndarray:
    size = case.weights["kernel"].shape[0]
    padding = case.config.get("padding", "valid")
    return convolve1d(case, dilation=1, amounts=eq.pad_amounts(case.inputs.shape[1], size, 1, padding))


def _dilated_one_more(case: LayerCase) -> np.ndarray:
    """The dilation counts the cells left out, not the distance."""
    rate = case.config.get("dilation_rate", 1)
    if rate == 1:
        return output_of(case)
    size = case.weights["kernel"].shape[0]
    padding = case.config.get("padding", "valid")
    amounts = eq.pad_amounts(case.inputs.shape[1], size, 1, padding, rate + 1)
    return convolve1d(case, dilation=rate + 1, amounts=amounts)


def _causal_without_dilation(case: LayerCase) -> np.ndarray:
    if case.config.get("padding", "valid") == "valid":
        return output_of(case)
    amounts = eq.pad_amounts(case.inputs.shape[1], case.weights["kernel"].shape[0], 1, case.config["padding"])
    return convolve1d(case, amounts=amounts)


def _one_step_late(case: LayerCase) -> np.ndarray:
    return convolve1d(case, amounts=(_reach(case) + 1, 0))[:, : case.inputs.shape[1]]


def conv1d_mistakes() -> tuple[Mistake, ...]:
    """What goes wrong in a one-dimensional convolution, with causal padding and dilation."""
    return (
        _mistake(
            "kernel_flipped", "The kernel is turned round before it is laid on the sequence",
            "Under causal padding, which cell of the kernel should meet the newest input: the first or the "
            "last?",
            _kernel1d(lambda kernel: kernel[::-1]),
        ),
        _mistake(
            "window_flattened_in_another_order", "Window and kernel are flattened in different orders",
            "After flattening, which step and channel does entry 1 of the window belong to, and which entry "
            "1 of the kernel?",
            _kernel1d(_flattened_otherwise1d),
        ),
        _mistake(
            "bias_missing", "The bias is not added",
            "Feed a sequence of zeros. What should come out, and what do you get?",
            _bias1d(lambda bias, shape: np.zeros_like(bias)),
        ),
        _mistake(
            "bias_per_tap", "The bias is added once for every cell of the kernel",
            "Feed a sequence of zeros. How many times does one output number hold its bias?",
            _bias1d(lambda bias, shape: bias * bias.dtype.type(shape[0])),
        ),
        _mistake(
            "bias_of_first_filter", "All filters use the bias of the first one",
            "Feed a sequence of zeros. Should all columns of the output be alike?",
            _bias1d(lambda bias, shape: np.full_like(bias, bias[0])),
        ),
        _mistake(
            "first_channel_only", "Only the first channel of the sequence is looked at",
            "How many numbers are multiplied to make one output number? Count them in your window.",
            _kernel1d(_first_channel_only),
        ),
        _mistake(
            "filter_paired_with_channel", "Filter k looks at channel k only",
            "How many numbers are multiplied to make one output number? Which channels do they come from?",
            _kernel1d(_paired_with_channel),
        ),
        _mistake(
            "first_image_only", "Every sequence of the batch is answered with the first one's result",
            "Hand in two different sequences. Are the two results different?",
            _after(lambda y: np.repeat(y[:1], len(y), axis=0)),
        ),
        _mistake(
            "relu_inside", "Negative results are set to 0",
            "Which activation was asked for in this layer?",
            _after(lambda y: np.maximum(y, 0)),
        ),
        _mistake(
            "last_window_missing", "The last window is missing",
            "List the steps on which a kernel of 3 can start when there are 7 steps. How many are there?",
            _after(lambda y: y[:, :-1]),
        ),
        _mistake(
            "dilation_ignored", "The kernel reads neighbouring steps whatever the dilation",
            "Mark the steps that a kernel of 3 with dilation 2 touches. How far apart are the first and the "
            "last?",
            _as_if_not_dilated,
        ),
        _mistake(
            "dilation_counted_from_zero", "The dilation is taken as the number of steps left out in between",
            "Which dilation is no dilation at all: 0 or 1? Mark the steps that your kernel touches.",
            _dilated_one_more,
        ),
        _mistake(
            "padding_ignores_dilation", "The padding is computed as if the kernel were not dilated",
            "How far back does the first cell of a dilated kernel look from the last one? How many zeros "
            "must stand there?",
            _causal_without_dilation,
        ),
        _mistake(
            "same_padding_side", "Under `same` an odd zero is put before the sequence instead of after it",
            "How many zeros does a kernel of 4 need in all? If the number is odd, on which side does Keras "
            "put the odd one?",
            _under("same", lambda case: (_reach(case) - _reach(case) // 2, _reach(case) // 2)),
        ),
        _mistake(
            "same_padding_symmetric", "Under `same` half of what the kernel spans is added on both sides",
            "How many zeros does a kernel of 4 need in all? How long is your output for it?",
            _under("same", lambda case: ((_reach(case) + 1) // 2,) * 2),
        ),
        _mistake(
            "same_ignored", "Nothing is added although padding is `same`",
            "How long should the output be under `same`, and how long is yours?",
            _under("same", lambda case: (0, 0)),
        ),
        _mistake(
            "causal_as_same", "Causal padding is put on both sides",
            "Change only the last input. Which outputs may change, and which do in yours?",
            _under("causal", lambda case: (_reach(case) // 2, _reach(case) - _reach(case) // 2)),
        ),
        _mistake(
            "causal_after", "Causal zeros are put after the sequence",
            "Change only the last input. Which outputs may change, and which do in yours?",
            _under("causal", lambda case: (0, _reach(case))),
        ),
        _mistake(
            "causal_expected_to_shrink", "Nothing is added although padding is `causal`",
            "How many outputs does a causal layer give for seven inputs? What stands before the first input?",
            _under("causal", lambda case: (0, 0)),
        ),
        _mistake(
            "causal_one_step_late", "A causal output does not see the input of its own step",
            "Change only the last input. Should the last output change? Does it?",
            lambda case: _one_step_late(case) if case.config.get("padding") == "causal" else output_of(case),
        ),
    )  # fmt: skip
