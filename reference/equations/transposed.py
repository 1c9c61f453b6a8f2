"""Transposed convolution (Dumoulin and Visin, *A guide to convolution arithmetic for deep learning*, 2016, ch. 4)::

    y[i·s + m·d - before, j·s + n·d - left, f]  +=  Σ_c  x[i, j, c] · k[m, n, f, c]          then  + b[f]

Every cell of the input lays the kernel, times its value, onto the output, s cells further on than the one before it;
what lies on top of each other is added. So the gradient of a convolution comes back to its input (`conv2d_backward`).
In ``kernel (kernel_height, kernel_width, filters, channels)`` the last two stand the other way round than in `conv2d`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from reference.equations.convolution import ConvGradients, for_both, window_at
from reference.equations.shapes import given_or_zeros, shapes

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, eq=False)
class Conv2DTransposeTrace:
    """Everything that `conv2d_transpose` read and computed."""

    x: Array
    """(batch, height, width, channels)."""
    kernel: Array
    """(kernel_height, kernel_width, filters, channels)."""
    bias: Array | None
    """(filters,), or None."""
    strides: tuple[int, int]
    dilation: tuple[int, int]
    cut: tuple[int, int]
    """Rows and columns that are cut off above and to the left."""
    output: Array
    """(batch, new_height, new_width, filters)."""


def transposed_length(
    length: int,
    kernel_size: int,
    stride: int = 1,
    padding: str = "valid",
    output_padding: int | None = None,
    dilation: int = 1,
) -> int:
    """How many cells a transposed convolution makes of an axis, as Keras has it.

    A convolution of this stride makes the same number of places of several lengths. Without ``output_padding`` the
    largest kernel's length is taken with ``"valid"``, and ``length * stride`` with ``"same"``.

    Args:
        length: cells along the axis. kernel_size, stride, dilation: as in `conv2d`.
        padding: ``"valid"`` (all that the kernel touches) or ``"same"``.
        output_padding: cells more at the end, 0 to ``stride - 1``; None for as many as Keras takes.

    Raises:
        ValueError: for another padding.

    >>> transposed_length(3, 4, stride=2), transposed_length(3, 4, stride=2, padding="same")
    (8, 6)
    """
    if padding not in ("valid", "same"):
        raise ValueError(f"transposed_length: padding is {padding!r}, expected 'valid' or 'same'")
    span = dilation * (kernel_size - 1) + 1
    if padding == "valid":
        return (length - 1) * stride + span + (max(0, stride - span) if output_padding is None else output_padding)
    if output_padding is None:
        return length * stride
    return (length - 1) * stride + span % 2 + output_padding


@shapes(
    x="batch height width channels",
    kernel="kernel_height kernel_width filters channels",
    bias="filters",
)
def conv2d_transpose(
    x: Array,
    kernel: Array,
    bias: Array | None = None,
    strides: int | tuple[int, int] = (1, 1),
    padding: str = "valid",
    output_padding: int | tuple[int, int] | None = None,
    dilation: int | tuple[int, int] = (1, 1),
) -> Conv2DTransposeTrace:
    """Transposed convolution over height and width.

    Args:
        x: (batch, height, width, channels).
        kernel: (kernel_height, kernel_width, filters, channels).
        bias: (filters,); None for none.
        strides: cells on the output from one cell of the input to the next.
        padding, output_padding: see `transposed_length`.
        dilation: cells on the output from one kernel cell to the next.

    Returns:
        the `Conv2DTransposeTrace`, in the dtype of the arguments.

    Raises:
        ValueError: for a wrong shape or padding.
        TypeError: for mixed or non-floating dtypes.

    >>> x = np.array([1.0, 2.0]).reshape(1, 1, 2, 1)
    >>> kernel = np.array([1.0, 10.0, 100.0]).reshape(1, 3, 1, 1)
    >>> conv2d_transpose(x, kernel, strides=2).output[0, 0, :, 0]      # 1, 10, 100 and, from the third on, 2, 20, 200
    array([  1.,  10., 102.,  20., 200.])
    """
    batch, height, width, _ = x.shape
    kernel_height, kernel_width, filters, _ = kernel.shape
    strides, dilation = for_both(strides), for_both(dilation)
    extra = (None, None) if output_padding is None else for_both(output_padding)
    new_height, top = _axis(height, kernel_height, strides[0], padding, extra[0], dilation[0])
    new_width, left = _axis(width, kernel_width, strides[1], padding, extra[1], dilation[1])

    # All that any kernel touches, and at least what is asked for.
    touched_height = max((height - 1) * strides[0] + dilation[0] * (kernel_height - 1) + 1, top + new_height)
    touched_width = max((width - 1) * strides[1] + dilation[1] * (kernel_width - 1) + 1, left + new_width)
    touched = np.zeros((batch, touched_height, touched_width, filters), x.dtype)
    for i in range(height):
        for j in range(width):
            down = window_at(i, kernel_height, strides[0], dilation[0])
            across = window_at(j, kernel_width, strides[1], dilation[1])
            laid = np.einsum("bc,mnfc->bmnf", x[:, i, j], kernel)  # (batch, kernel_height, kernel_width, filters)
            touched[:, down, across] += laid
    output = touched[:, top : top + new_height, left : left + new_width]  # (batch, new_height, new_width, filters)
    if bias is not None:
        output = output + bias

    return Conv2DTransposeTrace(x, kernel, bias, strides, dilation, (top, left), output)


def conv2d_transpose_backward(trace: Conv2DTransposeTrace, d_output: Array) -> ConvGradients:
    """Every cell of the input gets back what the kernel that it laid down meets on the gradient.

    Args:
        trace: what `conv2d_transpose` returned.
        d_output: gradient of the loss with respect to ``trace.output``, (batch, new_height, new_width, filters).

    Returns:
        the `ConvGradients`; those of kernel and bias are summed over batch and places.

    Raises:
        ValueError: for a wrong shape.
        TypeError: for a dtype other than the trace's.

    >>> trace = conv2d_transpose(np.ones((1, 1, 2, 1)), np.full((1, 3, 1, 1), 5.0))
    >>> conv2d_transpose_backward(trace, np.ones((1, 1, 4, 1))).x[0, 0, :, 0]
    array([15., 15.])
    """
    d_output = given_or_zeros("conv2d_transpose_backward", "d_output", d_output, trace.output)
    _, height, width, _ = trace.x.shape
    kernel_height, kernel_width, _, _ = trace.kernel.shape
    (top, left), (rows, columns) = trace.cut, d_output.shape[1:3]
    touched_height = max((height - 1) * trace.strides[0] + trace.dilation[0] * (kernel_height - 1) + 1, top + rows)
    touched_width = max((width - 1) * trace.strides[1] + trace.dilation[1] * (kernel_width - 1) + 1, left + columns)
    d_touched = np.zeros((len(trace.x), touched_height, touched_width, d_output.shape[3]), d_output.dtype)
    d_touched[:, top : top + rows, left : left + columns] = d_output

    d_x = np.zeros_like(trace.x)
    d_kernel = np.zeros_like(trace.kernel)
    for i in range(height):
        for j in range(width):
            down = window_at(i, kernel_height, trace.strides[0], trace.dilation[0])
            across = window_at(j, kernel_width, trace.strides[1], trace.dilation[1])
            d_laid = d_touched[:, down, across]  # (batch, kernel_height, kernel_width, filters)
            d_x[:, i, j] = np.einsum("bmnf,mnfc->bc", d_laid, trace.kernel)
            d_kernel += np.einsum("bmnf,bc->mnfc", d_laid, trace.x[:, i, j])
    return ConvGradients(d_x, d_kernel, None if trace.bias is None else d_output.sum(axis=(0, 1, 2)))


def _axis(
    length: int, kernel_size: int, stride: int, padding: str, output_padding: int | None, dilation: int
) -> tuple[int, int]:
    """How many cells are made, and how many are cut off before them: half of what is too much."""
    made = transposed_length(length, kernel_size, stride, padding, output_padding, dilation)
    if padding == "valid":
        return made, 0
    return made, max(0, (length - 1) * stride + dilation * (kernel_size - 1) + 1 - made) // 2
