"""Convolution, forward and backward.

What deep learning calls convolution is cross-correlation: the kernel is laid on the input as it is, not
turned around (Goodfellow, Bengio and Courville, *Deep Learning*, 2016, eq. 9.6)::

    y[i, j, f] = Σ_m Σ_n Σ_c  x[i·s + m·d, j·s + n·d, c] · k[m, n, c, f]  +  b[f]

with stride s and dilation d (Dumoulin and Visin, *A guide to convolution arithmetic for deep learning*,
2016). Channels come last: ``x (batch, height, width, channels)``, ``kernel (kernel_height, kernel_width,
channels // groups, filters)``, ``bias (filters,)``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from reference.equations.shapes import given_or_zeros, shapes

Array = np.ndarray[Any, np.dtype[Any]]

PADDINGS = ("valid", "same", "causal")


@dataclass(frozen=True, eq=False)
class Conv1DTrace:
    """Everything that `conv1d` read and computed."""

    x: Array
    """(batch, time, channels)."""
    kernel: Array
    """(kernel_size, channels // groups, filters)."""
    bias: Array | None
    """(filters,), or None."""
    stride: int
    padding: str
    dilation: int
    groups: int
    amounts: tuple[int, int]
    """Zeros added (before, after)."""
    padded: Array
    """x with its zeros, (batch, before + time + after, channels)."""
    output: Array
    """(batch, new_time, filters)."""


@dataclass(frozen=True, eq=False)
class Conv2DTrace:
    """Everything that `conv2d` read and computed."""

    x: Array
    """(batch, height, width, channels)."""
    kernel: Array
    """(kernel_height, kernel_width, channels // groups, filters)."""
    bias: Array | None
    """(filters,), or None."""
    strides: tuple[int, int]
    padding: str
    dilation: tuple[int, int]
    groups: int
    amounts: tuple[tuple[int, int], tuple[int, int]]
    """Zeros added, ((top, bottom), (left, right))."""
    padded: Array
    """x with its zeros, (batch, top + height + bottom, left + width + right, channels)."""
    output: Array
    """(batch, new_height, new_width, filters)."""


class ConvGradients(NamedTuple):
    """Gradients of a loss with respect to everything that a convolution reads."""

    x: Array
    """(batch, time, channels) or (batch, height, width, channels)."""
    kernel: Array
    """(*kernel_size, channels // groups, filters)."""
    bias: Array | None
    """(filters,), or None if there was no bias."""


def output_length(length: int, kernel_size: int, stride: int = 1, padding: str = "valid", dilation: int = 1) -> int:
    """How many places the kernel takes along one axis (Dumoulin and Visin 2016, relationships 5, 6 and 14).

    Args:
        length: cells along the axis, at least 0.
        kernel_size: cells of the kernel along the axis, at least 1.
        stride: cells from one place to the next, at least 1.
        padding: ``"valid"`` (none), ``"same"`` (as many places as there are strides in the length) or
            ``"causal"`` (the same number, zeros only before).
        dilation: cells from one kernel cell to the next, at least 1.

    Returns:
        the number of places; 0 if the kernel does not fit.

    Raises:
        ValueError: for a number out of range or another padding.

    >>> output_length(7, 3), output_length(7, 3, stride=2), output_length(7, 3, stride=2, padding="same")
    (5, 3, 4)
    """
    _check_numbers(length, kernel_size, stride, padding, dilation)
    if padding == "valid":
        span = dilation * (kernel_size - 1) + 1
        return max(0, (length - span) // stride + 1)
    return -(-length // stride)  # rounded up


def pad_amounts(
    length: int, kernel_size: int, stride: int = 1, padding: str = "valid", dilation: int = 1
) -> tuple[int, int]:
    """How many cells to add along one axis, as TensorFlow and Keras do.

    ``"same"`` adds just enough for `output_length`, an odd one out comes after. ``"causal"`` adds all
    before, so that no place sees what comes after it (van den Oord et al., *WaveNet*, 2016, section 2.1).

    Args:
        length: cells along the axis, at least 0.
        kernel_size: cells of the kernel along the axis, at least 1.
        stride: cells from one place to the next, at least 1.
        padding: ``"valid"``, ``"same"`` or ``"causal"``.
        dilation: cells from one kernel cell to the next, at least 1.

    Returns:
        (before, after).

    Raises:
        ValueError: for a number out of range or another padding.

    >>> pad_amounts(8, 3, stride=2, padding="same"), pad_amounts(8, 3, padding="causal")
    ((0, 1), (2, 0))
    """
    places = output_length(length, kernel_size, stride, padding, dilation)
    span = dilation * (kernel_size - 1) + 1
    if padding == "valid":
        return 0, 0
    if padding == "causal":
        return span - 1, 0
    total = max(0, (places - 1) * stride + span - length)
    return total // 2, total - total // 2


def pad(x: Array, amounts: Sequence[tuple[int, int]], value: float = 0.0) -> Array:
    """Cells added around the space of x; batch and channels stay.

    Args:
        x: (batch, *space, channels), one to three axes of space.
        amounts: (before, after) for each axis of space, as `pad_amounts` returns them.
        value: what to fill in.

    Returns:
        x with its border, in the dtype of x.

    Raises:
        ValueError: if there is not one pair for each axis of space.

    >>> pad(np.ones((1, 2, 1)), [(2, 0)])[0, :, 0]
    array([0., 0., 1., 1.])
    """
    x = np.asarray(x)
    if x.ndim != len(amounts) + 2:
        raise ValueError(
            f"pad: x has shape {x.shape}, expected (batch, *space, channels) with {len(amounts)} "
            f"axes of space, one for each pair of {tuple(amounts)}"
        )
    return np.pad(x, [(0, 0), *amounts, (0, 0)], constant_values=x.dtype.type(value))


@shapes(image="height width", kernel="kernel_height kernel_width")
def correlate2d(image: Array, kernel: Array) -> Array:
    """Cross-correlation of one channel with one kernel, no padding, stride 1.

    y[i, j] = Σ_m Σ_n image[i + m, j + n] · kernel[m, n]

    Args:
        image: (height, width).
        kernel: (kernel_height, kernel_width).

    Returns:
        (height - kernel_height + 1, width - kernel_width + 1).

    Raises:
        ValueError: for a wrong shape, or a kernel larger than the image.
        TypeError: for mixed or non-floating dtypes.

    >>> correlate2d(np.array([[1.0, 2.0, 4.0]]), np.array([[-1.0, 1.0]]))
    array([[1., 2.]])
    """
    (height, width), (kernel_height, kernel_width) = image.shape, kernel.shape
    new_height = _fitting("correlate2d", "height", height, kernel_height)
    new_width = _fitting("correlate2d", "width", width, kernel_width)
    output = np.zeros((new_height, new_width), image.dtype)
    for i in range(new_height):
        for j in range(new_width):
            window = image[i : i + kernel_height, j : j + kernel_width]  # (kernel_height, kernel_width)
            output[i, j] = (window * kernel).sum()
    return output


@shapes(x="batch time channels", kernel="kernel_size channels_per_group filters", bias="filters")
def conv1d(
    x: Array,
    kernel: Array,
    bias: Array | None = None,
    stride: int = 1,
    padding: str = "valid",
    dilation: int = 1,
    groups: int = 1,
) -> Conv1DTrace:
    """Convolution over time.

    y[i, f] = Σ_m Σ_c x[i·s + m·d, c] · k[m, c, f] + b[f]

    Args:
        x: (batch, time, channels).
        kernel: (kernel_size, channels // groups, filters).
        bias: (filters,); None for none.
        stride: steps from one place to the next.
        padding: ``"valid"``, ``"same"`` or ``"causal"``.
        dilation: steps from one kernel cell to the next.
        groups: channels and filters are cut into so many groups; each filter sees the channels of its group
            only.

    Returns:
        the `Conv1DTrace`, in the dtype of the arguments.

    Raises:
        ValueError: for a wrong shape or number, or a kernel that does not fit.
        TypeError: for mixed or non-floating dtypes.

    >>> x = np.array([1.0, 2.0, 4.0]).reshape(1, 3, 1)                # (batch, time, channels)
    >>> kernel = np.array([-1.0, 1.0]).reshape(2, 1, 1)               # (kernel_size, channels, filters)
    >>> conv1d(x, kernel, padding="causal").output[0, :, 0]
    array([1., 1., 2.])
    """
    batch, time, channels = x.shape
    kernel_size, _, filters = kernel.shape
    _check_groups("conv1d", x, kernel, groups)
    amounts = pad_amounts(time, kernel_size, stride, padding, dilation)
    new_time = _fitting("conv1d", "time", time, kernel_size, stride, padding, dilation)
    padded = pad(x, [amounts])

    output = np.zeros((batch, new_time, filters), x.dtype)
    for i in range(new_time):
        window = padded[:, window_at(i, kernel_size, stride, dilation), :]  # (batch, kernel_size, channels)
        for c, f in _groups(channels, filters, groups):
            output[:, i, f] = np.einsum("bmc,mcf->bf", window[:, :, c], kernel[:, :, f])
    if bias is not None:
        output += bias  # (batch, new_time, filters)

    return Conv1DTrace(
        x=x,
        kernel=kernel,
        bias=bias,
        stride=stride,
        padding=padding,
        dilation=dilation,
        groups=groups,
        amounts=amounts,
        padded=padded,
        output=output,
    )


@shapes(
    x="batch height width channels",
    kernel="kernel_height kernel_width channels_per_group filters",
    bias="filters",
)
def conv2d(
    x: Array,
    kernel: Array,
    bias: Array | None = None,
    strides: int | tuple[int, int] = (1, 1),
    padding: str = "valid",
    dilation: int | tuple[int, int] = (1, 1),
    groups: int = 1,
) -> Conv2DTrace:
    """Convolution over height and width.

    y[i, j, f] = Σ_m Σ_n Σ_c x[i·s + m·d, j·s + n·d, c] · k[m, n, c, f] + b[f]

    Args:
        x: (batch, height, width, channels).
        kernel: (kernel_height, kernel_width, channels // groups, filters).
        bias: (filters,); None for none.
        strides: cells from one place to the next, down and across; one number for both.
        padding: ``"valid"`` or ``"same"``.
        dilation: cells from one kernel cell to the next, down and across; one number for both.
        groups: channels and filters are cut into so many groups; each filter sees the channels of its group
            only.

    Returns:
        the `Conv2DTrace`, in the dtype of the arguments.

    Raises:
        ValueError: for a wrong shape or number, or a kernel that does not fit.
        TypeError: for mixed or non-floating dtypes.

    >>> x = np.arange(9.0).reshape(1, 3, 3, 1)                        # (batch, height, width, channels)
    >>> kernel = np.array([[1.0, 0.0], [0.0, -1.0]]).reshape(2, 2, 1, 1)
    >>> conv2d(x, kernel).output[0, :, :, 0]                          # each cell minus the one below right
    array([[-4., -4.],
           [-4., -4.]])
    """
    batch, height, width, channels = x.shape
    kernel_height, kernel_width, _, filters = kernel.shape
    strides, dilation = for_both(strides), for_both(dilation)
    if padding == "causal":
        raise ValueError("conv2d: padding 'causal' is for one axis of time, expected 'valid' or 'same'")
    _check_groups("conv2d", x, kernel, groups)
    rows = pad_amounts(height, kernel_height, strides[0], padding, dilation[0])
    columns = pad_amounts(width, kernel_width, strides[1], padding, dilation[1])
    new_height = _fitting("conv2d", "height", height, kernel_height, strides[0], padding, dilation[0])
    new_width = _fitting("conv2d", "width", width, kernel_width, strides[1], padding, dilation[1])
    padded = pad(x, [rows, columns])

    output = np.zeros((batch, new_height, new_width, filters), x.dtype)
    for i in range(new_height):
        for j in range(new_width):
            down = window_at(i, kernel_height, strides[0], dilation[0])
            across = window_at(j, kernel_width, strides[1], dilation[1])
            window = padded[:, down, across, :]  # (batch, kernel_height, kernel_width, channels)
            for c, f in _groups(channels, filters, groups):
                output[:, i, j, f] = np.einsum("bmnc,mncf->bf", window[..., c], kernel[..., f])
    if bias is not None:
        output += bias  # (batch, new_height, new_width, filters)

    return Conv2DTrace(
        x=x,
        kernel=kernel,
        bias=bias,
        strides=strides,
        padding=padding,
        dilation=dilation,
        groups=groups,
        amounts=(rows, columns),
        padded=padded,
        output=output,
    )


def conv1d_backward(trace: Conv1DTrace, d_output: Array) -> ConvGradients:
    """Every place gives its gradient back to the window it saw and to the kernel that saw it.

    Args:
        trace: what `conv1d` returned.
        d_output: gradient of the loss with respect to ``trace.output``, (batch, new_time, filters).

    Returns:
        the `ConvGradients`; those of kernel and bias are summed over batch and places.

    Raises:
        ValueError: for a wrong shape.
        TypeError: for a dtype other than the trace's.

    >>> trace = conv1d(np.ones((1, 3, 1)), np.full((2, 1, 1), 5.0))
    >>> conv1d_backward(trace, np.ones((1, 2, 1))).x[0, :, 0]         # the middle is seen twice
    array([ 5., 10.,  5.])
    """
    d_output = given_or_zeros("conv1d_backward", "d_output", d_output, trace.output)
    kernel_size, _, filters = trace.kernel.shape
    _, time, channels = trace.x.shape

    d_padded = np.zeros_like(trace.padded)
    d_kernel = np.zeros_like(trace.kernel)
    for i in range(d_output.shape[1]):
        place = window_at(i, kernel_size, trace.stride, trace.dilation)
        for c, f in _groups(channels, filters, trace.groups):
            d_y = d_output[:, i, f]  # (batch, filters of the group)
            d_padded[:, place, c] += np.einsum("bf,mcf->bmc", d_y, trace.kernel[:, :, f])
            d_kernel[:, :, f] += np.einsum("bmc,bf->mcf", trace.padded[:, place, c], d_y)

    before = trace.amounts[0]
    return ConvGradients(
        x=d_padded[:, before : before + time],
        kernel=d_kernel,
        bias=None if trace.bias is None else d_output.sum(axis=(0, 1)),
    )


def conv2d_backward(trace: Conv2DTrace, d_output: Array) -> ConvGradients:
    """Every place gives its gradient back to the window it saw and to the kernel that saw it.

    Args:
        trace: what `conv2d` returned.
        d_output: gradient of the loss with respect to ``trace.output``, (batch, new_height, new_width,
            filters).

    Returns:
        the `ConvGradients`; those of kernel and bias are summed over batch and places.

    Raises:
        ValueError: for a wrong shape.
        TypeError: for a dtype other than the trace's.

    >>> trace = conv2d(np.ones((1, 2, 3, 1)), np.full((2, 2, 1, 1), 5.0))
    >>> conv2d_backward(trace, np.ones((1, 1, 2, 1))).x[0, :, :, 0]   # the middle column is seen twice
    array([[ 5., 10.,  5.],
           [ 5., 10.,  5.]])
    """
    d_output = given_or_zeros("conv2d_backward", "d_output", d_output, trace.output)
    kernel_height, kernel_width, _, filters = trace.kernel.shape
    _, height, width, channels = trace.x.shape

    d_padded = np.zeros_like(trace.padded)
    d_kernel = np.zeros_like(trace.kernel)
    for i in range(d_output.shape[1]):
        for j in range(d_output.shape[2]):
            down = window_at(i, kernel_height, trace.strides[0], trace.dilation[0])
            across = window_at(j, kernel_width, trace.strides[1], trace.dilation[1])
            for c, f in _groups(channels, filters, trace.groups):
                d_y = d_output[:, i, j, f]  # (batch, filters of the group)
                d_padded[:, down, across, c] += np.einsum("bf,mncf->bmnc", d_y, trace.kernel[..., f])
                d_kernel[..., f] += np.einsum("bmnc,bf->mncf", trace.padded[:, down, across, c], d_y)

    (top, _), (left, _) = trace.amounts
    return ConvGradients(
        x=d_padded[:, top : top + height, left : left + width],
        kernel=d_kernel,
        bias=None if trace.bias is None else d_output.sum(axis=(0, 1, 2)),
    )


def window_at(place: int, kernel_size: int, stride: int, dilation: int) -> slice:
    """The cells that the kernel covers at a place along one axis."""
    start = place * stride
    return slice(start, start + dilation * (kernel_size - 1) + 1, dilation)


def _groups(channels: int, filters: int, groups: int) -> list[tuple[slice, slice]]:
    """For each group its channels and its filters."""
    c, f = channels // groups, filters // groups
    return [(slice(g * c, (g + 1) * c), slice(g * f, (g + 1) * f)) for g in range(groups)]


def for_both(number: int | tuple[int, int]) -> tuple[int, int]:
    """One number for both axes of an image, or one for each."""
    if isinstance(number, int):
        return number, number
    down, across = number
    return down, across


def _fitting(
    where: str,
    axis: str,
    length: int,
    kernel_size: int,
    stride: int = 1,
    padding: str = "valid",
    dilation: int = 1,
) -> int:
    """`output_length`, or an error where it is 0."""
    places = output_length(length, kernel_size, stride, padding, dilation)
    if places == 0:
        span = dilation * (kernel_size - 1) + 1
        raise ValueError(f"{where}: {span} cells of kernel do not fit on {axis} {length} with padding {padding!r}")
    return places


def _check_numbers(length: int, kernel_size: int, stride: int, padding: str, dilation: int) -> None:
    for name, number, least in [
        ("length", length, 0),
        ("kernel_size", kernel_size, 1),
        ("stride", stride, 1),
        ("dilation", dilation, 1),
    ]:
        if number < least:
            raise ValueError(f"output_length: {name} is {number}, expected at least {least}")
    if padding not in PADDINGS:
        raise ValueError(f"output_length: padding is {padding!r}, expected one of {', '.join(PADDINGS)}")


def _check_groups(where: str, x: Array, kernel: Array, groups: int) -> None:
    channels, filters = x.shape[-1], kernel.shape[-1]
    if groups < 1 or channels % groups or filters % groups:
        raise ValueError(
            f"{where}: {groups} groups must divide the {channels} channels of x {x.shape} and the {filters} "
            f"filters of kernel {kernel.shape}"
        )
    if kernel.shape[-2] * groups != channels:
        expected = (*kernel.shape[:-2], channels // groups, filters)
        raise ValueError(
            f"{where}: kernel has shape {kernel.shape}, expected {expected}, since x {x.shape} has "
            f"{channels} channels in {groups} groups"
        )
