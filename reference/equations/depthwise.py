"""Depthwise convolution (Sifre, *Rigid-motion scattering for image classification*, 2014; Chollet, *Xception*, 2017)::

    y[i, j, c·M + q] = Σ_m Σ_n  x[i·s + m·d, j·s + n·d, c] · k[m, n, c, q]  +  b[c·M + q]

Every channel has M kernels of its own, and is added to no other. That is a convolution in as many groups as there are
channels (`conv2d`), whose kernel is written differently: ``kernel (kernel_height, kernel_width, channels, M)``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.equations.convolution import Conv2DTrace, ConvGradients, conv2d, conv2d_backward
from reference.equations.shapes import shapes

Array = np.ndarray[Any, np.dtype[Any]]


@shapes(x="batch height width channels", kernel="kernel_height kernel_width channels multiplier", bias="_")
def depthwise_conv2d(
    x: Array,
    kernel: Array,
    bias: Array | None = None,
    strides: int | tuple[int, int] = (1, 1),
    padding: str = "valid",
    dilation: int | tuple[int, int] = (1, 1),
) -> Conv2DTrace:
    """Convolution of each channel by itself.

    Args:
        x: (batch, height, width, channels).
        kernel: (kernel_height, kernel_width, channels, multiplier).
        bias: (channels * multiplier,); None for none.
        strides, padding, dilation: as in `conv2d`.

    Returns:
        the `Conv2DTrace` in as many groups as there are channels; its kernel has the shape (kernel_height,
        kernel_width, 1, channels * multiplier), its output (batch, new_height, new_width, channels * multiplier).

    Raises:
        ValueError: for a wrong shape or number, or a kernel that does not fit.
        TypeError: for mixed or non-floating dtypes.

    >>> x = np.stack([np.ones((3, 3)), np.full((3, 3), 5.0)], axis=-1)[None]   # two channels
    >>> kernel = np.ones((2, 2, 2, 1))                                         # one kernel for each
    >>> depthwise_conv2d(x, kernel).output[0, 0, 0]
    array([ 4., 20.])
    """
    height, width, channels, multiplier = kernel.shape
    grouped = kernel.reshape(height, width, 1, channels * multiplier)
    return conv2d(x, grouped, bias, strides, padding, dilation, groups=channels)


def depthwise_conv2d_backward(trace: Conv2DTrace, d_output: Array) -> ConvGradients:
    """The gradients of `depthwise_conv2d`; that of the kernel has the shape in which the kernel was given.

    Args:
        trace: what `depthwise_conv2d` returned.
        d_output: gradient of the loss with respect to ``trace.output``.

    Raises:
        ValueError: for a wrong shape.
        TypeError: for a dtype other than the trace's.

    >>> trace = depthwise_conv2d(np.ones((1, 2, 3, 2)), np.ones((2, 2, 2, 3)))
    >>> depthwise_conv2d_backward(trace, np.ones((1, 1, 2, 6))).kernel.shape
    (2, 2, 2, 3)
    """
    gradients = conv2d_backward(trace, d_output)
    height, width, _, fused = gradients.kernel.shape
    return gradients._replace(kernel=gradients.kernel.reshape(height, width, trace.groups, fused // trace.groups))
