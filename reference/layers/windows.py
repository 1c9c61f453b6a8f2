"""Sliding windows over space: what convolution and pooling share.

A window of k cells moves over an axis in strides of s, its cells d apart. Seen the other way round, each of
its cells (a *tap*) moves over the axis on its own, and what tap m meets on the way is a strided slice that
starts at m · d. Convolution sums over these slices, pooling takes their maximum or mean.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import Any, SupportsInt

from keras import backend, ops

Tensor = Any
Length = Any
"""A number of cells: an int, a scalar tensor while a graph is traced, or None where it is not known."""


def as_tuple(number: int | Sequence[int], rank: int, name: str, *, zero: bool = False) -> tuple[int, ...]:
    """One positive number for every axis of space, or one for each. What is wrong is said in Keras's words.

    zero: a number may be 0.

    >>> as_tuple(3, 2, "kernel_size")
    (3, 3)
    """
    said = f"The `{name}` argument must be a tuple of {rank} integers. Received {name}={number}"
    if isinstance(number, int):
        numbers = (number,) * rank
    else:
        try:
            numbers = tuple(number)
        except TypeError:
            raise ValueError(said) from None
    if len(numbers) != rank:
        raise ValueError(said)
    odd = next((n for n in numbers if not isinstance(n, SupportsInt)), None)
    if odd is not None:
        raise ValueError(f"{said}, including element {odd!r} of type {type(odd)}")
    low = {n for n in numbers if n < (0 if zero else 1)}
    if low:
        raise ValueError(f"{said}, including values {low} that do not satisfy `value {'>=' if zero else '>'} 0`")
    return numbers


def as_padding(name: str, allowed: Sequence[str]) -> str:
    """The name of a padding in small letters.

    >>> as_padding("Same", ("valid", "same"))
    'same'
    """
    if not isinstance(name, str) or name.lower() not in allowed:
        raise ValueError(f"The `padding` argument must be one of {set(allowed)}. Received: {name}")
    return name.lower()


def as_data_format(name: str | None) -> str:
    """``"channels_last"`` or ``"channels_first"``; None for Keras's setting."""
    name = backend.image_data_format() if name is None else name.lower()
    if name not in ("channels_last", "channels_first"):
        raise ValueError(f"data_format is {name!r}, expected 'channels_last' or 'channels_first'")
    return name


def channels_last(x: Tensor, data_format: str) -> Tensor:
    """(batch, *space, channels) from either format."""
    return x if data_format == "channels_last" else ops.moveaxis(x, 1, -1)


def channels_as_given(x: Tensor, data_format: str) -> Tensor:
    """Back from (batch, *space, channels)."""
    return x if data_format == "channels_last" else ops.moveaxis(x, -1, 1)


def output_length(length: Length, size: int, stride: int, padding: str, dilation: int = 1) -> Length:
    """How many places the window takes along one axis.

    >>> output_length(7, 3, 2, "valid"), output_length(7, 3, 2, "same"), output_length(None, 3, 2, "same")
    (3, 4, None)
    """
    if length is None:
        return None
    if padding == "valid":
        return (length - dilation * (size - 1) - 1) // stride + 1
    return (length + stride - 1) // stride  # as many as there are strides in the length, rounded up


def pad_amounts(length: Length, size: int, stride: int, padding: str, dilation: int = 1) -> tuple[Any, Any]:
    """Cells to add (before, after) along one axis; an odd one out comes after, as in TensorFlow.

    >>> pad_amounts(8, 3, 2, "same"), pad_amounts(8, 3, 1, "causal")
    ((0, 1), (2, 0))
    """
    span = dilation * (size - 1) + 1
    if padding == "valid":
        return 0, 0
    if padding == "causal":
        return span - 1, 0
    if stride == 1:
        total = span - 1  # whatever the length
    else:
        needed = (output_length(length, size, stride, padding, dilation) - 1) * stride + span - length
        total = max(0, needed) if isinstance(needed, int) else ops.maximum(needed, 0)
    return total // 2, total - total // 2


def pad(
    x: Tensor,
    sizes: Sequence[int],
    strides: Sequence[int],
    padding: str,
    dilation: Sequence[int],
    value: float = 0.0,
) -> Tensor:
    """x (batch, *space, channels) with the border that the padding asks for."""
    lengths = ops.shape(x)[1:-1]
    amounts = [
        pad_amounts(length, size, stride, padding, d)
        for length, size, stride, d in zip(lengths, sizes, strides, dilation, strict=True)
    ]
    if all(isinstance(n, int) and n == 0 for pair in amounts for n in pair):
        return x
    return ops.pad(x, [(0, 0), *amounts, (0, 0)], constant_values=value)  # (batch, *padded space, channels)


def taps(
    padded: Tensor, sizes: Sequence[int], strides: Sequence[int], dilation: Sequence[int]
) -> Iterator[tuple[tuple[int, ...], Tensor]]:
    """For each tap of the window, row by row, its index and what it meets: (batch, *new space, channels).

    >>> x = ops.reshape(ops.arange(5), (1, 5, 1))
    >>> met = taps(x, sizes=(2,), strides=(2,), dilation=(1,))
    >>> [(tap, ops.convert_to_numpy(cells)[0, :, 0].tolist()) for tap, cells in met]
    [((0,), [0, 2]), ((1,), [1, 3])]
    """
    batch, *lengths, channels = ops.shape(padded)
    spans = [d * (size - 1) + 1 for size, d in zip(sizes, dilation, strict=True)]
    places = [(length - span) // s + 1 for length, span, s in zip(lengths, spans, strides, strict=True)]
    every = _every_so_many(padded, strides)
    for tap in itertools.product(*(range(size) for size in sizes)):
        starts = [m * d for m, d in zip(tap, dilation, strict=True)]
        cells = every[tuple(start % s for start, s in zip(starts, strides, strict=True))]
        corner = (0, *(start // s for start, s in zip(starts, strides, strict=True)), 0)
        if any(corner) or not _same(ops.shape(cells)[1:-1], places):
            cells = ops.slice(cells, corner, (batch, *places, channels))
        yield tap, cells  # (batch, *new space, channels)


def matrices(kernel: Tensor) -> dict[tuple[int, ...], Tensor]:
    """For each tap, row by row, what stands there in a kernel (*sizes, channels, filters): (channels, filters)."""
    *sizes, channels, filters = kernel.shape
    row_by_row = ops.unstack(ops.reshape(kernel, (math.prod(sizes), channels, filters)))
    return dict(zip(itertools.product(*(range(size) for size in sizes)), row_by_row, strict=True))


def _same(lengths: Sequence[Length], others: Sequence[Length]) -> bool:
    """Both are known to be the same."""
    return all(isinstance(n, int) for n in (*lengths, *others)) and tuple(lengths) == tuple(others)


def _every_so_many(x: Tensor, strides: Sequence[int]) -> dict[tuple[int, ...], Tensor]:
    """For each place below the strides, the cells from there on in strides: (batch, *space / strides, channels).

    The same as ``x[:, m::s, n::s]``, whose gradient is slow: TensorFlow writes it cell by cell.
    """
    found: dict[tuple[int, ...], Tensor] = {(): x}
    for axis, stride in enumerate(strides, 1):
        if stride == 1:
            found = {(*place, 0): cells for place, cells in found.items()}
            continue
        apart: dict[tuple[int, ...], Tensor] = {}
        for place, cells in found.items():
            shape = ops.shape(cells)
            more = -shape[axis] % stride
            pairs = [(0, more if n == axis else 0) for n in range(len(shape))]
            whole = cells if isinstance(more, int) and more == 0 else ops.pad(cells, pairs)
            rows = ops.reshape(whole, (*shape[:axis], (shape[axis] + more) // stride, stride, *shape[axis + 1 :]))
            apart |= {(*place, m): one for m, one in enumerate(ops.unstack(rows, stride, axis + 1))}
        found = apart
    return found


def new_shape(
    shape: Sequence[int | None],
    channels: int | None,
    data_format: str,
    sizes: Sequence[int],
    strides: Sequence[int],
    padding: str,
    dilation: Sequence[int],
) -> tuple[int | None, ...]:
    """Shape of the output for a shape of the input, both in the data format.

    Raises:
        ValueError: if the shape has another rank, or the window does not fit.
    """
    if len(shape) != len(sizes) + 2:
        raise ValueError(f"input has shape {tuple(shape)}, expected {len(sizes) + 2} axes")
    space = shape[1:-1] if data_format == "channels_last" else shape[2:]
    new_space = tuple(
        output_length(length, size, stride, padding, d)
        for length, size, stride, d in zip(space, sizes, strides, dilation, strict=True)
    )
    if any(length is not None and length < 1 for length in new_space):
        raise ValueError(
            f"a window of {tuple(sizes)} with dilation {tuple(dilation)} does not fit on input of shape "
            f"{tuple(shape)} with padding {padding!r}"
        )
    if data_format == "channels_last":
        return (shape[0], *new_space, channels)
    return (shape[0], channels, *new_space)
