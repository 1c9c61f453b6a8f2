"""Pooling, forward and backward.

A window moves over the cells of each channel and keeps the largest of them or their mean (Goodfellow, Bengio
and Courville, *Deep Learning*, 2016, section 9.3). The border of ``same`` padding has no part in it: -∞
never is a maximum, and a mean counts the real cells only, as in TensorFlow. Channels come last: ``x (batch,
height, width, channels)``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from reference.equations.convolution import for_both, output_length, pad, pad_amounts
from reference.equations.shapes import check_mask, given_or_zeros, shapes

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, eq=False)
class Pool1DTrace:
    """Everything that pooling over time read and computed."""

    x: Array
    """(batch, time, channels)."""
    pool_size: int
    stride: int
    padding: str
    amounts: tuple[int, int]
    """Cells added (before, after)."""
    padded: Array
    """x with its border of -∞ (maximum) or 0 (mean), (batch, before + time + after, channels)."""
    output: Array
    """(batch, new_time, channels)."""


@dataclass(frozen=True, eq=False)
class Pool2DTrace:
    """Everything that pooling over height and width read and computed."""

    x: Array
    """(batch, height, width, channels)."""
    pool_size: tuple[int, int]
    strides: tuple[int, int]
    padding: str
    amounts: tuple[tuple[int, int], tuple[int, int]]
    """Cells added, ((top, bottom), (left, right))."""
    padded: Array
    """x with its border of -∞ (maximum) or 0 (mean),
    (batch, top + height + bottom, left + width + right, channels)."""
    output: Array
    """(batch, new_height, new_width, channels)."""


@dataclass(frozen=True, eq=False)
class GlobalPoolTrace:
    """Everything that pooling over all of space read and computed."""

    x: Array
    """(batch, *space, channels)."""
    mask: Array | None
    """True for the steps that count, (batch, time), or None."""
    output: Array
    """(batch, channels)."""


@shapes(x="batch time channels")
def max_pool1d(x: Array, pool_size: int = 2, strides: int | None = None, padding: str = "valid") -> Pool1DTrace:
    """The largest value of each window over time.

    Args:
        x: (batch, time, channels).
        pool_size: steps in a window.
        strides: steps from one window to the next; None for ``pool_size``.
        padding: ``"valid"``, or ``"same"`` with -∞ at the border.

    Returns:
        the `Pool1DTrace`, in the dtype of x.

    Raises:
        ValueError: for a wrong shape or number, or a window that does not fit.
        TypeError: for a non-floating dtype.

    >>> x = np.array([3.0, 1.0, 4.0, 1.0, 5.0]).reshape(1, 5, 1)
    >>> max_pool1d(x).output[0, :, 0]
    array([3., 4.])
    """
    stride = pool_size if strides is None else strides
    new_time, amounts = _places("max_pool1d", "time", x.shape[1], pool_size, stride, padding)
    padded = pad(x, [amounts], -np.inf)

    output = np.zeros((x.shape[0], new_time, x.shape[2]), x.dtype)
    for i in range(new_time):
        window = slice(i * stride, i * stride + pool_size)
        output[:, i] = padded[:, window].max(axis=1)  # (batch, channels)

    return Pool1DTrace(
        x=x,
        pool_size=pool_size,
        stride=stride,
        padding=padding,
        amounts=amounts,
        padded=padded,
        output=output,
    )


@shapes(x="batch time channels")
def average_pool1d(x: Array, pool_size: int = 2, strides: int | None = None, padding: str = "valid") -> Pool1DTrace:
    """The mean of each window over time.

    Args:
        x: (batch, time, channels).
        pool_size: steps in a window.
        strides: steps from one window to the next; None for ``pool_size``.
        padding: ``"valid"``, or ``"same"`` with a border that is not counted.

    Returns:
        the `Pool1DTrace`, in the dtype of x.

    Raises:
        ValueError: for a wrong shape or number, or a window that does not fit.
        TypeError: for a non-floating dtype.

    >>> x = np.array([3.0, 1.0, 4.0, 1.0, 5.0]).reshape(1, 5, 1)
    >>> average_pool1d(x, padding="same").output[0, :, 0]
    array([2. , 2.5, 5. ])
    """
    stride = pool_size if strides is None else strides
    new_time, amounts = _places("average_pool1d", "time", x.shape[1], pool_size, stride, padding)
    padded = pad(x, [amounts])
    real = pad(np.ones_like(x), [amounts])  # 1 for cells of x, 0 for the border

    output = np.zeros((x.shape[0], new_time, x.shape[2]), x.dtype)
    for i in range(new_time):
        window = slice(i * stride, i * stride + pool_size)
        output[:, i] = padded[:, window].sum(axis=1) / real[:, window].sum(axis=1)  # (batch, channels)

    return Pool1DTrace(
        x=x,
        pool_size=pool_size,
        stride=stride,
        padding=padding,
        amounts=amounts,
        padded=padded,
        output=output,
    )


@shapes(x="batch height width channels")
def max_pool2d(
    x: Array,
    pool_size: int | tuple[int, int] = (2, 2),
    strides: int | tuple[int, int] | None = None,
    padding: str = "valid",
) -> Pool2DTrace:
    """The largest value of each window over height and width.

    Args:
        x: (batch, height, width, channels).
        pool_size: cells in a window, down and across; one number for both.
        strides: cells from one window to the next, down and across; None for ``pool_size``.
        padding: ``"valid"``, or ``"same"`` with -∞ at the border.

    Returns:
        the `Pool2DTrace`, in the dtype of x.

    Raises:
        ValueError: for a wrong shape or number, or a window that does not fit.
        TypeError: for a non-floating dtype.

    >>> x = np.array([[3.0, 1.0, 4.0], [1.0, 5.0, 9.0]]).reshape(1, 2, 3, 1)
    >>> max_pool2d(x, strides=1).output[0, :, :, 0]
    array([[5., 9.]])
    """
    batch, height, width, channels = x.shape
    pool_size = for_both(pool_size)
    strides = pool_size if strides is None else for_both(strides)
    new_height, rows = _places("max_pool2d", "height", height, pool_size[0], strides[0], padding)
    new_width, columns = _places("max_pool2d", "width", width, pool_size[1], strides[1], padding)
    padded = pad(x, [rows, columns], -np.inf)

    output = np.zeros((batch, new_height, new_width, channels), x.dtype)
    for i in range(new_height):
        for j in range(new_width):
            down = slice(i * strides[0], i * strides[0] + pool_size[0])
            across = slice(j * strides[1], j * strides[1] + pool_size[1])
            output[:, i, j] = padded[:, down, across].max(axis=(1, 2))  # (batch, channels)

    return Pool2DTrace(
        x=x,
        pool_size=pool_size,
        strides=strides,
        padding=padding,
        amounts=(rows, columns),
        padded=padded,
        output=output,
    )


@shapes(x="batch height width channels")
def average_pool2d(
    x: Array,
    pool_size: int | tuple[int, int] = (2, 2),
    strides: int | tuple[int, int] | None = None,
    padding: str = "valid",
) -> Pool2DTrace:
    """The mean of each window over height and width.

    Args:
        x: (batch, height, width, channels).
        pool_size: cells in a window, down and across; one number for both.
        strides: cells from one window to the next, down and across; None for ``pool_size``.
        padding: ``"valid"``, or ``"same"`` with a border that is not counted.

    Returns:
        the `Pool2DTrace`, in the dtype of x.

    Raises:
        ValueError: for a wrong shape or number, or a window that does not fit.
        TypeError: for a non-floating dtype.

    >>> x = np.array([[3.0, 1.0, 4.0], [1.0, 5.0, 9.0]]).reshape(1, 2, 3, 1)
    >>> average_pool2d(x, padding="same").output[0, :, :, 0]
    array([[2.5, 6.5]])
    """
    batch, height, width, channels = x.shape
    pool_size = for_both(pool_size)
    strides = pool_size if strides is None else for_both(strides)
    new_height, rows = _places("average_pool2d", "height", height, pool_size[0], strides[0], padding)
    new_width, columns = _places("average_pool2d", "width", width, pool_size[1], strides[1], padding)
    padded = pad(x, [rows, columns])
    real = pad(np.ones_like(x), [rows, columns])  # 1 for cells of x, 0 for the border

    output = np.zeros((batch, new_height, new_width, channels), x.dtype)
    for i in range(new_height):
        for j in range(new_width):
            down = slice(i * strides[0], i * strides[0] + pool_size[0])
            across = slice(j * strides[1], j * strides[1] + pool_size[1])
            output[:, i, j] = padded[:, down, across].sum(axis=(1, 2)) / real[:, down, across].sum(
                axis=(1, 2)
            )  # (batch, channels)

    return Pool2DTrace(
        x=x,
        pool_size=pool_size,
        strides=strides,
        padding=padding,
        amounts=(rows, columns),
        padded=padded,
        output=output,
    )


def max_pool1d_backward(trace: Pool1DTrace, d_output: Array) -> Array:
    """Each window's gradient goes to its largest value, the first of equals, as in TensorFlow.

    Args:
        trace: what `max_pool1d` returned.
        d_output: gradient of the loss with respect to ``trace.output``, (batch, new_time, channels).

    Returns:
        gradient with respect to x, (batch, time, channels).

    Raises:
        ValueError: for a wrong shape.
        TypeError: for a dtype other than the trace's.

    >>> trace = max_pool1d(np.array([3.0, 1.0, 4.0, 4.0]).reshape(1, 4, 1))
    >>> max_pool1d_backward(trace, np.ones((1, 2, 1)))[0, :, 0]
    array([1., 0., 1., 0.])
    """
    d_output = given_or_zeros("max_pool1d_backward", "d_output", d_output, trace.output)
    batch, time, channels = trace.x.shape
    b, c = np.arange(batch)[:, None], np.arange(channels)
    d_padded = np.zeros_like(trace.padded)
    for i in range(d_output.shape[1]):
        start = i * trace.stride
        window = trace.padded[:, start : start + trace.pool_size]  # (batch, pool_size, channels)
        first = window.argmax(axis=1)  # (batch, channels)
        d_padded[b, start + first, c] += d_output[:, i]
    before = trace.amounts[0]
    return d_padded[:, before : before + time]


def average_pool1d_backward(trace: Pool1DTrace, d_output: Array) -> Array:
    """Each window's gradient goes to its real cells in equal parts.

    Args:
        trace: what `average_pool1d` returned.
        d_output: gradient of the loss with respect to ``trace.output``, (batch, new_time, channels).

    Returns:
        gradient with respect to x, (batch, time, channels).

    Raises:
        ValueError: for a wrong shape.
        TypeError: for a dtype other than the trace's.

    >>> trace = average_pool1d(np.ones((1, 3, 1)), padding="same")
    >>> average_pool1d_backward(trace, np.ones((1, 2, 1)))[0, :, 0]
    array([0.5, 0.5, 1. ])
    """
    d_output = given_or_zeros("average_pool1d_backward", "d_output", d_output, trace.output)
    real = pad(np.ones_like(trace.x), [trace.amounts])  # 1 for cells of x, 0 for the border
    d_padded = np.zeros_like(trace.padded)
    for i in range(d_output.shape[1]):
        window = slice(i * trace.stride, i * trace.stride + trace.pool_size)
        d_padded[:, window] += (d_output[:, i] / real[:, window].sum(axis=1))[:, None]
    before, time = trace.amounts[0], trace.x.shape[1]
    return d_padded[:, before : before + time]


def max_pool2d_backward(trace: Pool2DTrace, d_output: Array) -> Array:
    """Each window's gradient goes to its largest value, the first of equals row by row, as in TensorFlow.

    Args:
        trace: what `max_pool2d` returned.
        d_output: gradient of the loss with respect to ``trace.output``, (batch, new_height, new_width,
            channels).

    Returns:
        gradient with respect to x, (batch, height, width, channels).

    Raises:
        ValueError: for a wrong shape.
        TypeError: for a dtype other than the trace's.

    >>> trace = max_pool2d(np.array([[3.0, 1.0], [1.0, 5.0]]).reshape(1, 2, 2, 1))
    >>> max_pool2d_backward(trace, np.ones((1, 1, 1, 1)))[0, :, :, 0]
    array([[0., 0.],
           [0., 1.]])
    """
    d_output = given_or_zeros("max_pool2d_backward", "d_output", d_output, trace.output)
    batch, height, width, channels = trace.x.shape
    pool_height, pool_width = trace.pool_size
    b, c = np.arange(batch)[:, None], np.arange(channels)
    d_padded = np.zeros_like(trace.padded)
    for i in range(d_output.shape[1]):
        for j in range(d_output.shape[2]):
            row, column = i * trace.strides[0], j * trace.strides[1]
            window = trace.padded[:, row : row + pool_height, column : column + pool_width]
            cells = window.reshape(batch, pool_height * pool_width, channels)
            m, n = np.divmod(cells.argmax(axis=1), pool_width)  # (batch, channels)
            d_padded[b, row + m, column + n, c] += d_output[:, i, j]
    (top, _), (left, _) = trace.amounts
    return d_padded[:, top : top + height, left : left + width]


def average_pool2d_backward(trace: Pool2DTrace, d_output: Array) -> Array:
    """Each window's gradient goes to its real cells in equal parts.

    Args:
        trace: what `average_pool2d` returned.
        d_output: gradient of the loss with respect to ``trace.output``, (batch, new_height, new_width,
            channels).

    Returns:
        gradient with respect to x, (batch, height, width, channels).

    Raises:
        ValueError: for a wrong shape.
        TypeError: for a dtype other than the trace's.

    >>> trace = average_pool2d(np.ones((1, 2, 2, 1)))
    >>> average_pool2d_backward(trace, np.ones((1, 1, 1, 1)))[0, :, :, 0]
    array([[0.25, 0.25],
           [0.25, 0.25]])
    """
    d_output = given_or_zeros("average_pool2d_backward", "d_output", d_output, trace.output)
    _, height, width, _ = trace.x.shape
    (top, _), (left, _) = trace.amounts
    real = pad(np.ones_like(trace.x), trace.amounts)  # 1 for cells of x, 0 for the border
    d_padded = np.zeros_like(trace.padded)
    for i in range(d_output.shape[1]):
        for j in range(d_output.shape[2]):
            down = slice(i * trace.strides[0], i * trace.strides[0] + trace.pool_size[0])
            across = slice(j * trace.strides[1], j * trace.strides[1] + trace.pool_size[1])
            count = real[:, down, across].sum(axis=(1, 2))  # (batch, channels)
            d_padded[:, down, across] += (d_output[:, i, j] / count)[:, None, None]
    return d_padded[:, top : top + height, left : left + width]


@shapes(x="batch time channels")
def global_max_pool1d(x: Array) -> GlobalPoolTrace:
    """The largest value of each channel over all time. A mask is ignored, as in Keras.

    Args:
        x: (batch, time, channels).

    Returns:
        the `GlobalPoolTrace` with ``output`` (batch, channels), in the dtype of x.

    Raises:
        ValueError: for a wrong shape.
        TypeError: for a non-floating dtype.

    >>> global_max_pool1d(np.array([3.0, 1.0, 4.0]).reshape(1, 3, 1)).output
    array([[4.]])
    """
    return GlobalPoolTrace(x=x, mask=None, output=x.max(axis=1))


@shapes(x="batch height width channels")
def global_max_pool2d(x: Array) -> GlobalPoolTrace:
    """The largest value of each channel over height and width.

    Args:
        x: (batch, height, width, channels).

    Returns:
        the `GlobalPoolTrace` with ``output`` (batch, channels), in the dtype of x.

    Raises:
        ValueError: for a wrong shape.
        TypeError: for a non-floating dtype.

    >>> global_max_pool2d(np.array([[3.0, 1.0], [4.0, 1.0]]).reshape(1, 2, 2, 1)).output
    array([[4.]])
    """
    return GlobalPoolTrace(x=x, mask=None, output=x.max(axis=(1, 2)))


@shapes(x="batch time channels")
def global_average_pool1d(x: Array, mask: Array | None = None) -> GlobalPoolTrace:
    """The mean of each channel over all time, or over the steps that count.

    Args:
        x: (batch, time, channels).
        mask: (batch, time), True for the steps that count; None for all.

    Returns:
        the `GlobalPoolTrace` with ``output`` (batch, channels), in the dtype of x. An item all of whose
        steps are masked has no mean: 0 / 0 is nan, as in Keras.

    Raises:
        ValueError: for a wrong shape.
        TypeError: for a non-floating dtype.

    >>> x = np.array([3.0, 1.0, 8.0]).reshape(1, 3, 1)
    >>> global_average_pool1d(x, mask=np.array([[True, True, False]])).output
    array([[2.]])
    """
    if mask is None:
        return GlobalPoolTrace(x=x, mask=None, output=x.mean(axis=1))
    mask = check_mask("global_average_pool1d", mask, x.shape[0], x.shape[1])
    weight = mask[:, :, None].astype(x.dtype)  # (batch, time, 1)
    with np.errstate(invalid="ignore"):
        mean = (weight * x).sum(axis=1) / weight.sum(axis=1)  # (batch, channels)
    return GlobalPoolTrace(x=x, mask=mask, output=mean)


@shapes(x="batch height width channels")
def global_average_pool2d(x: Array) -> GlobalPoolTrace:
    """The mean of each channel over height and width (Lin, Chen and Yan, *Network in network*, 2014, section
    3.2).

    Args:
        x: (batch, height, width, channels).

    Returns:
        the `GlobalPoolTrace` with ``output`` (batch, channels), in the dtype of x.

    Raises:
        ValueError: for a wrong shape.
        TypeError: for a non-floating dtype.

    >>> global_average_pool2d(np.array([[3.0, 1.0], [4.0, 0.0]]).reshape(1, 2, 2, 1)).output
    array([[2.]])
    """
    return GlobalPoolTrace(x=x, mask=None, output=x.mean(axis=(1, 2)))


def global_max_pool_backward(trace: GlobalPoolTrace, d_output: Array) -> Array:
    """Each channel's gradient goes to its largest value, to equals in equal parts, as TensorFlow does here.

    Args:
        trace: what `global_max_pool1d` or `global_max_pool2d` returned.
        d_output: gradient of the loss with respect to ``trace.output``, (batch, channels).

    Returns:
        gradient with respect to x, (batch, *space, channels).

    Raises:
        ValueError: for a wrong shape.
        TypeError: for a dtype other than the trace's.

    >>> trace = global_max_pool1d(np.array([4.0, 1.0, 4.0]).reshape(1, 3, 1))
    >>> global_max_pool_backward(trace, np.ones((1, 1)))[0, :, 0]
    array([0.5, 0. , 0.5])
    """
    d_output = given_or_zeros("global_max_pool_backward", "d_output", d_output, trace.output)
    space = tuple(range(1, trace.x.ndim - 1))
    largest = (trace.x == np.expand_dims(trace.output, space)).astype(trace.x.dtype)  # (batch, *space, channels)
    return np.expand_dims(d_output, space) * largest / largest.sum(axis=space, keepdims=True)


def global_average_pool_backward(trace: GlobalPoolTrace, d_output: Array) -> Array:
    """Each channel's gradient goes to its cells that count, in equal parts.

    Args:
        trace: what `global_average_pool1d` or `global_average_pool2d` returned.
        d_output: gradient of the loss with respect to ``trace.output``, (batch, channels).

    Returns:
        gradient with respect to x, (batch, *space, channels).

    Raises:
        ValueError: for a wrong shape.
        TypeError: for a dtype other than the trace's.

    >>> trace = global_average_pool1d(np.ones((1, 4, 1)))
    >>> global_average_pool_backward(trace, np.ones((1, 1)))[0, :, 0]
    array([0.25, 0.25, 0.25, 0.25])
    """
    d_output = given_or_zeros("global_average_pool_backward", "d_output", d_output, trace.output)
    space = tuple(range(1, trace.x.ndim - 1))
    weight = np.ones_like(trace.x) if trace.mask is None else trace.mask[:, :, None].astype(trace.x.dtype)
    return np.expand_dims(d_output, space) * weight / weight.sum(axis=space, keepdims=True) * np.ones_like(trace.x)


def _places(
    where: str, axis: str, length: int, pool_size: int, stride: int, padding: str
) -> tuple[int, tuple[int, int]]:
    """How many windows there are along one axis, and the border (before, after) they need."""
    if padding not in ("valid", "same"):
        raise ValueError(f"{where}: padding is {padding!r}, expected 'valid' or 'same'")
    new_length = output_length(length, pool_size, stride, padding)
    if new_length == 0:
        raise ValueError(f"{where}: a window of {pool_size} does not fit on {axis} {length} with padding {padding!r}")
    return new_length, pad_amounts(length, pool_size, stride, padding)
