"""Convolutional LSTM (Shi et al., *Convolutional LSTM network*, 2015), as Keras has it, without peepholes::

    f_t = σ(x_t * W_f + h_{t-1} * U_f + b_f)          forget gate
    i_t = σ(x_t * W_i + h_{t-1} * U_i + b_i)          input gate
    g_t = tanh(x_t * W_c + h_{t-1} * U_c + b_c)       candidate
    o_t = σ(x_t * W_o + h_{t-1} * U_o + b_o)          output gate
    c_t = f_t ∘ c_{t-1} + i_t ∘ g_t                   cell state
    h_t = o_t ∘ tanh(c_t)                             hidden state

An LSTM whose products are convolutions (*): every place has a memory of its own, and looks at its neighbours. The
states keep their size, so the convolution over h has stride 1 and padding ``"same"``. The fused weights hold the gates
in the order i f c o.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from reference.equations.activations import sigmoid, tanh
from reference.equations.convolution import Conv2DTrace, conv2d, conv2d_backward
from reference.equations.shapes import given_or_zeros, shapes

Array = np.ndarray[Any, np.dtype[Any]]


class ConvLSTMStep(NamedTuple):
    """Everything that a step computed, each (batch, new_height, new_width, filters)."""

    input: Array
    forget: Array
    candidate: Array
    output: Array
    cell: Array
    hidden: Array
    read: Conv2DTrace
    """The convolution over x_t, of all gates."""
    recalled: Conv2DTrace
    """The convolution over h_{t-1}, of all gates."""


@dataclass(frozen=True, eq=False)
class ConvLSTMTrace:
    """Everything that `conv_lstm2d` read and computed, in the order of reading."""

    x: Array
    """(batch, time, height, width, channels)."""
    kernel: Array
    """(kernel_height, kernel_width, channels, 4 * filters)."""
    recurrent_kernel: Array
    """(kernel_height, kernel_width, filters, 4 * filters)."""
    bias: Array | None
    """(4 * filters,), or None."""
    h0: Array
    """(batch, new_height, new_width, filters), as c0."""
    c0: Array
    go_backwards: bool
    steps: tuple[ConvLSTMStep, ...]

    @property
    def hidden(self) -> Array:
        """The hidden states of all steps, (batch, time, new_height, new_width, filters)."""
        return np.stack([step.hidden for step in self.steps], axis=1)

    @property
    def cell(self) -> Array:
        """The cell states of all steps, (batch, time, new_height, new_width, filters)."""
        return np.stack([step.cell for step in self.steps], axis=1)


class ConvLSTMGradients(NamedTuple):
    """Gradients of a loss with respect to everything that `conv_lstm2d` reads."""

    x: Array
    kernel: Array
    recurrent_kernel: Array
    bias: Array | None
    h0: Array
    c0: Array


def conv_lstm_step(
    x_t: Array,
    h_prev: Array,
    c_prev: Array,
    kernel: Array,
    recurrent_kernel: Array,
    bias: Array | None = None,
    strides: int | tuple[int, int] = (1, 1),
    padding: str = "valid",
    dilation: int | tuple[int, int] = (1, 1),
) -> ConvLSTMStep:
    """One step.

    Args:
        x_t: (batch, height, width, channels).
        h_prev, c_prev: (batch, new_height, new_width, filters).
        kernel: (kernel_height, kernel_width, channels, 4 * filters).
        recurrent_kernel: (kernel_height, kernel_width, filters, 4 * filters).
        bias: (4 * filters,); None for none.
        strides, padding, dilation: of the convolution over x_t, as in `conv2d`.

    Raises:
        ValueError: for a wrong shape or number, or a kernel that does not fit.
        TypeError: for mixed or non-floating dtypes.

    >>> image, nothing = np.ones((1, 2, 2, 1)), np.zeros((1, 2, 2, 1))
    >>> step = conv_lstm_step(image, nothing, image, np.zeros((1, 1, 1, 4)), np.zeros((1, 1, 1, 4)))
    >>> step.cell[0, :, :, 0]                           # halved at every place by a half open forget gate
    array([[0.5, 0.5],
           [0.5, 0.5]])
    """
    read = conv2d(x_t, kernel, bias, strides, padding, dilation)
    recalled = conv2d(h_prev, recurrent_kernel, padding="same")
    a_i, a_f, a_c, a_o = np.split(read.output + recalled.output, 4, axis=-1)
    i_t, f_t, g_t, o_t = sigmoid(a_i), sigmoid(a_f), tanh(a_c), sigmoid(a_o)
    c_t = f_t * c_prev + i_t * g_t  # (batch, new_height, new_width, filters)
    return ConvLSTMStep(i_t, f_t, g_t, o_t, c_t, o_t * tanh(c_t), read, recalled)


@shapes(
    x="batch time height width channels",
    kernel="kernel_height kernel_width channels 4*filters",
    recurrent_kernel="kernel_height kernel_width filters 4*filters",
    bias="4*filters",
)
def conv_lstm2d(
    x: Array,
    kernel: Array,
    recurrent_kernel: Array,
    bias: Array | None = None,
    h0: Array | None = None,
    c0: Array | None = None,
    strides: int | tuple[int, int] = (1, 1),
    padding: str = "valid",
    dilation: int | tuple[int, int] = (1, 1),
    go_backwards: bool = False,
) -> ConvLSTMTrace:
    """A convolutional LSTM over a sequence of images.

    Args:
        x: (batch, time, height, width, channels).
        kernel, recurrent_kernel, bias, strides, padding, dilation: as in `conv_lstm_step`.
        h0, c0: the states before the first step, (batch, new_height, new_width, filters); None for zeros.
        go_backwards: read the last step first. The results stay in the order of reading.

    Returns:
        the `ConvLSTMTrace`, in the dtype of the arguments.

    Raises:
        ValueError: for a wrong shape or number, or a kernel that does not fit.
        TypeError: for mixed or non-floating dtypes.

    >>> trace = conv_lstm2d(np.ones((2, 5, 7, 6, 3)), np.zeros((3, 2, 3, 16)), np.zeros((3, 2, 4, 16)))
    >>> trace.hidden.shape                              # (batch, time, new_height, new_width, filters)
    (2, 5, 5, 5, 4)
    """
    filters = kernel.shape[-1] // 4
    space = conv2d(x[:, 0], kernel, bias, strides, padding, dilation).output.shape[1:3]
    zeros = np.zeros((len(x), *space, filters), x.dtype)
    h0, c0 = (zeros if state is None else np.asarray(state) for state in (h0, c0))
    for name, state in (("h0", h0), ("c0", c0)):
        if state.shape != zeros.shape:
            raise ValueError(f"conv_lstm2d: {name} has shape {state.shape}, expected {zeros.shape}")
    h, c = h0, c0
    steps = []
    order = range(x.shape[1])
    for t in reversed(order) if go_backwards else order:
        step = conv_lstm_step(x[:, t], h, c, kernel, recurrent_kernel, bias, strides, padding, dilation)
        h, c = step.hidden, step.cell
        steps.append(step)
    return ConvLSTMTrace(x, kernel, recurrent_kernel, bias, h0, c0, go_backwards, tuple(steps))


def conv_lstm2d_backward(
    trace: ConvLSTMTrace,
    d_hidden: Array | None = None,
    d_last_hidden: Array | None = None,
    d_last_cell: Array | None = None,
) -> ConvLSTMGradients:
    """Backpropagation through time, as `lstm_backward`, with the way back through a convolution for each product.

    Args:
        trace: what `conv_lstm2d` returned.
        d_hidden: gradient of the loss with respect to ``trace.hidden``; None for zero.
        d_last_hidden, d_last_cell: with respect to the states after the last step; None for zero.

    Raises:
        ValueError: for a wrong shape.
        TypeError: for a dtype other than the trace's.

    >>> image = np.ones((1, 3, 1, 1, 1))
    >>> trace = conv_lstm2d(image, np.zeros((1, 1, 1, 4)), np.zeros((1, 1, 1, 4)))
    >>> conv_lstm2d_backward(trace, d_last_cell=np.ones((1, 1, 1, 1))).c0.item()     # three half open forget gates
    0.125
    """
    where = "conv_lstm2d_backward"
    d_hidden = given_or_zeros(where, "d_hidden", d_hidden, trace.hidden)
    d_h = given_or_zeros(where, "d_last_hidden", d_last_hidden, trace.h0)
    d_c = given_or_zeros(where, "d_last_cell", d_last_cell, trace.c0)
    d_x = np.zeros_like(trace.x)
    d_kernel, d_recurrent_kernel = np.zeros_like(trace.kernel), np.zeros_like(trace.recurrent_kernel)
    d_bias = np.zeros(trace.kernel.shape[-1], trace.x.dtype)
    time = len(trace.steps)
    for t in reversed(range(time)):
        i_t, f_t, g_t, o_t, c_t, _, read, recalled = trace.steps[t]
        c_prev = trace.steps[t - 1].cell if t else trace.c0
        d_h = d_h + d_hidden[:, t]
        d_c = d_c + d_h * o_t * (1 - tanh(c_t) ** 2)  # (batch, new_height, new_width, filters)
        d_a = np.concatenate(  # through each gate's squashing, (batch, new_height, new_width, 4 * filters)
            [
                d_c * g_t * i_t * (1 - i_t),
                d_c * c_prev * f_t * (1 - f_t),
                d_c * i_t * (1 - g_t**2),
                d_h * tanh(c_t) * o_t * (1 - o_t),
            ],
            axis=-1,
        )
        from_x, from_h = conv2d_backward(read, d_a), conv2d_backward(recalled, d_a)
        d_x[:, time - 1 - t if trace.go_backwards else t] = from_x.x
        d_kernel += from_x.kernel
        d_recurrent_kernel += from_h.kernel
        d_bias += d_a.sum(axis=(0, 1, 2))
        d_h, d_c = from_h.x, d_c * f_t
    return ConvLSTMGradients(d_x, d_kernel, d_recurrent_kernel, None if trace.bias is None else d_bias, d_h, d_c)
