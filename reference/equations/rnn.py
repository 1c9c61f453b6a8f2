"""The simple recurrent network, forward and backward.

One step (Elman, *Finding structure in time*, 1990; Goodfellow, Bengio and Courville, *Deep Learning*, 2016,
eq. 10.8-10.9)::

    a_t = x_t W + h_{t-1} U + b
    h_t = tanh(a_t)

W is the ``kernel (features, units)``, U the ``recurrent_kernel (units, units)``, b the ``bias (units,)``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from reference.equations.activations import tanh
from reference.equations.shapes import check_mask, given_or_zeros, shapes
from reference.traces import RNNTrace

Array = np.ndarray[Any, np.dtype[Any]]


class RNNStep(NamedTuple):
    """What one step computes."""

    pre_activation: Array
    """a_t = x_t W + h_{t-1} U + b, (batch, units)."""
    hidden: Array
    """h_t = tanh(a_t), (batch, units)."""


class RNNStepGradients(NamedTuple):
    """Gradients of a loss with respect to everything that one step reads."""

    x_t: Array
    """(batch, features)."""
    h_prev: Array
    """(batch, units)."""
    kernel: Array
    """(features, units)."""
    recurrent_kernel: Array
    """(units, units)."""
    bias: Array
    """(units,)."""


class RNNGradients(NamedTuple):
    """Gradients of a loss with respect to everything that `simple_rnn` reads."""

    x: Array
    """In the order of ``x`` as given, (batch, time, features)."""
    kernel: Array
    """(features, units)."""
    recurrent_kernel: Array
    """(units, units)."""
    bias: Array | None
    """(units,), or None if there was no bias."""
    h0: Array
    """(batch, units)."""


@shapes(
    x_t="batch features",
    h_prev="batch units",
    kernel="features units",
    recurrent_kernel="units units",
    bias="units",
)
def rnn_step(x_t: Array, h_prev: Array, kernel: Array, recurrent_kernel: Array, bias: Array) -> RNNStep:
    """One step: from an input and the previous state to the next state.

    Args:
        x_t: input, (batch, features).
        h_prev: previous state, (batch, units).
        kernel: W, (features, units).
        recurrent_kernel: U, (units, units).
        bias: b, (units,).

    Returns:
        the step's `RNNStep`, in the dtype of the arguments.

    Raises:
        ValueError: for a wrong shape.
        TypeError: for mixed or non-floating dtypes.

    >>> one = np.ones((1, 1))
    >>> rnn_step(one, 0.5 * one, 0.2 * one, 0.4 * one, np.array([0.1])).pre_activation
    array([[0.5]])
    """
    a_t = x_t @ kernel + h_prev @ recurrent_kernel + bias  # (batch, units)
    h_t = tanh(a_t)  # (batch, units)
    return RNNStep(a_t, h_t)


@shapes(
    x="batch time features",
    kernel="features units",
    recurrent_kernel="units units",
    bias="units",
    h0="batch units",
)
def simple_rnn(
    x: Array,
    kernel: Array,
    recurrent_kernel: Array,
    bias: Array | None = None,
    h0: Array | None = None,
    mask: Array | None = None,
    go_backwards: bool = False,
    step: Callable[..., RNNStep] = rnn_step,
    zero_output_for_mask: bool = False,
) -> RNNTrace:
    """A simple recurrent network over a sequence.

    Args:
        x: sequence, (batch, time, features).
        kernel: W, (features, units).
        recurrent_kernel: U, (units, units).
        bias: b, (units,); None for none.
        h0: state before the first step, (batch, units); None for zeros.
        mask: (batch, time), True for the steps that count; None for all. A masked step keeps the previous
            state and repeats the previous output. Before any output that is zeros, even if ``h0`` is not,
            as in Keras on TensorFlow.
        go_backwards: read the last step first. The results stay in the order of reading.
        step: what to run at each step, called and answering like `rnn_step`.
        zero_output_for_mask: put out zeros at every masked step instead.

    Returns:
        the `RNNTrace`, in the dtype of the arguments.

    Raises:
        ValueError: for a wrong shape or a sequence of no steps.
        TypeError: for mixed or non-floating dtypes.

    >>> x = np.ones((1, 3, 2))                          # (batch, time, features)
    >>> trace = simple_rnn(x, np.full((2, 1), 0.25), np.zeros((1, 1)))
    >>> trace.hidden.shape                              # (batch, time, units)
    (1, 3, 1)
    >>> bool(np.allclose(trace.last_hidden, np.tanh(0.5)))
    True
    """
    batch, time, _ = x.shape
    units = kernel.shape[1]
    counts = check_mask("simple_rnn", mask, batch, time)
    b = np.zeros(units, x.dtype) if bias is None else bias
    h0 = np.zeros((batch, units), x.dtype) if h0 is None else h0

    h_prev = np.zeros((batch, time, units), x.dtype)
    pre_activation = np.zeros((batch, time, units), x.dtype)
    hidden = np.zeros((batch, time, units), x.dtype)

    h, output = h0, np.zeros_like(h0)  # the zero output of Keras
    for t in range(time):
        place = time - 1 - t if go_backwards else t
        keep = counts[:, place, None]  # (batch, 1)
        s = step(x[:, place], h, kernel, recurrent_kernel, b)
        h_prev[:, t] = h
        pre_activation[:, t] = s.pre_activation
        output = np.where(keep, s.hidden, np.zeros_like(output) if zero_output_for_mask else output)
        hidden[:, t] = output
        h = np.where(keep, s.hidden, h)

    return RNNTrace(
        x=x,
        kernel=kernel,
        recurrent_kernel=recurrent_kernel,
        bias=bias,
        h0=h0,
        mask=counts,
        go_backwards=go_backwards,
        zero_output_for_mask=zero_output_for_mask,
        h_prev=h_prev,
        pre_activation=pre_activation,
        hidden=hidden,
    )


@shapes(
    d_hidden="batch units",
    x_t="batch features",
    h_prev="batch units",
    kernel="features units",
    recurrent_kernel="units units",
    hidden="batch units",
)
def rnn_step_backward(
    d_hidden: Array, x_t: Array, h_prev: Array, kernel: Array, recurrent_kernel: Array, hidden: Array
) -> RNNStepGradients:
    """One step backward: from the gradient of the new state to the gradients of everything it came from.

    Args:
        d_hidden: gradient of the loss with respect to h_t, (batch, units).
        x_t: input of the step, (batch, features).
        h_prev: state before the step, (batch, units).
        kernel: W, (features, units).
        recurrent_kernel: U, (units, units).
        hidden: h_t, the state after the step, (batch, units).

    Returns:
        the step's `RNNStepGradients`; those of the weights are summed over the batch.

    Raises:
        ValueError: for a wrong shape.
        TypeError: for mixed or non-floating dtypes.

    >>> one = np.ones((1, 1))
    >>> g = rnn_step_backward(one, 2 * one, 3 * one, 4 * one, 5 * one, 0 * one)
    >>> g.x_t, g.h_prev, g.kernel, g.recurrent_kernel, g.bias
    (array([[4.]]), array([[5.]]), array([[2.]]), array([[3.]]), array([1.]))
    """
    d_a = d_hidden * (1 - hidden**2)  # tanh' = 1 - tanh^2, (batch, units)
    return RNNStepGradients(
        x_t=d_a @ kernel.T,  # (batch, features)
        h_prev=d_a @ recurrent_kernel.T,  # (batch, units)
        kernel=x_t.T @ d_a,  # (features, units)
        recurrent_kernel=h_prev.T @ d_a,  # (units, units)
        bias=d_a.sum(axis=0),  # (units,)
    )


def simple_rnn_backward(
    trace: RNNTrace, d_hidden: Array | None = None, d_last_hidden: Array | None = None
) -> RNNGradients:
    """Backpropagation through time (Werbos, *Backpropagation through time*, 1990).

    Args:
        trace: what `simple_rnn` returned, computed with the right step.
        d_hidden: gradient of the loss with respect to ``trace.hidden``, (batch, time, units); None for zero.
        d_last_hidden: gradient with respect to ``trace.last_hidden``, (batch, units); None for zero.

    Returns:
        the `RNNGradients`, summed over time, and over the batch for the weights.

    Raises:
        ValueError: for a wrong shape.
        TypeError: for a dtype other than the trace's.

    >>> x = np.ones((1, 2, 1))
    >>> trace = simple_rnn(x, np.zeros((1, 1)), np.ones((1, 1)), bias=np.zeros(1))
    >>> g = simple_rnn_backward(trace, d_last_hidden=np.ones((1, 1)))
    >>> g.bias                                          # the bias of either step reaches the last state
    array([2.])
    """
    x, hidden = trace.x, trace.hidden
    d_hidden = given_or_zeros("simple_rnn_backward", "d_hidden", d_hidden, hidden)
    d_h = given_or_zeros("simple_rnn_backward", "d_last_hidden", d_last_hidden, trace.h0)
    time = x.shape[1]

    d_x = np.zeros_like(x)
    d_kernel = np.zeros_like(trace.kernel)
    d_recurrent_kernel = np.zeros_like(trace.recurrent_kernel)
    d_bias = np.zeros(trace.kernel.shape[1], x.dtype)

    d_repeated = np.zeros_like(d_h)  # reaches this output through the masked steps that repeat it
    for t in reversed(range(time)):
        place = time - 1 - t if trace.go_backwards else t
        keep = trace.mask[:, place, None]  # (batch, 1)
        d_output = d_hidden[:, t] + d_repeated
        d_repeated = np.where(keep | trace.zero_output_for_mask, np.zeros_like(d_output), d_output)
        d_new = np.where(keep, d_h + d_output, np.zeros_like(d_h))  # a masked step used nothing it computed
        g = rnn_step_backward(
            d_new, x[:, place], trace.h_prev[:, t], trace.kernel, trace.recurrent_kernel, hidden[:, t]
        )
        d_x[:, place] = g.x_t
        d_kernel += g.kernel
        d_recurrent_kernel += g.recurrent_kernel
        d_bias += g.bias
        d_h = np.where(keep, g.h_prev, d_h)

    return RNNGradients(
        x=d_x,
        kernel=d_kernel,
        recurrent_kernel=d_recurrent_kernel,
        bias=None if trace.bias is None else d_bias,
        h0=d_h,
    )
