"""Long short-term memory, forward and backward.

One step (Hochreiter and Schmidhuber, *Long short-term memory*, 1997, with the forget gate of Gers,
Schmidhuber and Cummins, *Learning to forget*, 2000; Olah, *Understanding LSTM networks*, 2015)::

    f_t = σ(x_t W_f + h_{t-1} U_f + b_f)          forget gate
    i_t = σ(x_t W_i + h_{t-1} U_i + b_i)          input gate
    g_t = tanh(x_t W_c + h_{t-1} U_c + b_c)       candidate
    o_t = σ(x_t W_o + h_{t-1} U_o + b_o)          output gate
    c_t = f_t ∘ c_{t-1} + i_t ∘ g_t               cell state
    h_t = o_t ∘ tanh(c_t)                         hidden state

The functions of single gates take that gate's weights: W ``(features, units)``, U ``(units, units)``, b
``(units,)``. Steps and sequences take the fused weights of Keras, blocks in the order i f c o: ``kernel
(features, 4 * units)``, ``recurrent_kernel (units, 4 * units)``, ``bias (4 * units,)``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from reference.equations.activations import sigmoid, tanh
from reference.equations.shapes import check_mask, given_or_zeros, shapes
from reference.traces import LSTMTrace
from reference.weights import LSTM_GATES, join_gates, split_gates

Array = np.ndarray[Any, np.dtype[Any]]


class LSTMStep(NamedTuple):
    """What one step computes. Every field is (batch, units)."""

    input: Array
    """i_t, how much of the candidate is written."""
    forget: Array
    """f_t, how much of the previous cell state is kept."""
    candidate: Array
    """g_t, what could be written."""
    output: Array
    """o_t, how much of the cell state is shown."""
    cell: Array
    """c_t, the cell state."""
    hidden: Array
    """h_t, the hidden state and output."""


class LSTMStepGradients(NamedTuple):
    """Gradients of a loss with respect to everything that one step reads."""

    x_t: Array
    """(batch, features)."""
    h_prev: Array
    """(batch, units)."""
    c_prev: Array
    """(batch, units)."""
    kernel: Array
    """(features, 4 * units)."""
    recurrent_kernel: Array
    """(units, 4 * units)."""
    bias: Array
    """(4 * units,)."""


class LSTMGradients(NamedTuple):
    """Gradients of a loss with respect to everything that `lstm` reads."""

    x: Array
    """In the order of ``x`` as given, (batch, time, features)."""
    kernel: Array
    """(features, 4 * units)."""
    recurrent_kernel: Array
    """(units, 4 * units)."""
    bias: Array | None
    """(4 * units,), or None if there was no bias."""
    h0: Array
    """(batch, units)."""
    c0: Array
    """(batch, units)."""


@shapes(x_t="batch features", h_prev="batch units", W_f="features units", U_f="units units", b_f="units")
def forget_gate(x_t: Array, h_prev: Array, W_f: Array, U_f: Array, b_f: Array) -> Array:
    """f_t = σ(x_t W_f + h_{t-1} U_f + b_f): how much of the cell state to keep (Gers et al. 2000).

    Args:
        x_t: input, (batch, features).
        h_prev: previous hidden state, (batch, units).
        W_f: (features, units).
        U_f: (units, units).
        b_f: (units,).

    Returns:
        f_t, (batch, units), between 0 and 1.

    Raises:
        ValueError: for a wrong shape.
        TypeError: for mixed or non-floating dtypes.

    >>> forget_gate(np.ones((1, 2)), np.zeros((1, 1)), np.zeros((2, 1)), np.zeros((1, 1)), np.zeros(1))
    array([[0.5]])
    """
    return sigmoid(x_t @ W_f + h_prev @ U_f + b_f)  # (batch, units)


@shapes(x_t="batch features", h_prev="batch units", W_i="features units", U_i="units units", b_i="units")
def input_gate(x_t: Array, h_prev: Array, W_i: Array, U_i: Array, b_i: Array) -> Array:
    """i_t = σ(x_t W_i + h_{t-1} U_i + b_i): how much of the candidate to write.

    Args:
        x_t: input, (batch, features).
        h_prev: previous hidden state, (batch, units).
        W_i: (features, units).
        U_i: (units, units).
        b_i: (units,).

    Returns:
        i_t, (batch, units), between 0 and 1.

    Raises:
        ValueError: for a wrong shape.
        TypeError: for mixed or non-floating dtypes.

    >>> input_gate(np.ones((1, 2)), np.zeros((1, 1)), np.zeros((2, 1)), np.zeros((1, 1)), np.zeros(1))
    array([[0.5]])
    """
    return sigmoid(x_t @ W_i + h_prev @ U_i + b_i)  # (batch, units)


@shapes(x_t="batch features", h_prev="batch units", W_c="features units", U_c="units units", b_c="units")
def candidate(x_t: Array, h_prev: Array, W_c: Array, U_c: Array, b_c: Array) -> Array:
    """g_t = tanh(x_t W_c + h_{t-1} U_c + b_c): what could be written.

    Args:
        x_t: input, (batch, features).
        h_prev: previous hidden state, (batch, units).
        W_c: (features, units).
        U_c: (units, units).
        b_c: (units,).

    Returns:
        g_t, (batch, units), between -1 and 1.

    Raises:
        ValueError: for a wrong shape.
        TypeError: for mixed or non-floating dtypes.

    >>> candidate(np.ones((1, 2)), np.zeros((1, 1)), np.zeros((2, 1)), np.zeros((1, 1)), np.zeros(1))
    array([[0.]])
    """
    return tanh(x_t @ W_c + h_prev @ U_c + b_c)  # (batch, units)


@shapes(x_t="batch features", h_prev="batch units", W_o="features units", U_o="units units", b_o="units")
def output_gate(x_t: Array, h_prev: Array, W_o: Array, U_o: Array, b_o: Array) -> Array:
    """o_t = σ(x_t W_o + h_{t-1} U_o + b_o): how much of the cell state to show.

    Args:
        x_t: input, (batch, features).
        h_prev: previous hidden state, (batch, units).
        W_o: (features, units).
        U_o: (units, units).
        b_o: (units,).

    Returns:
        o_t, (batch, units), between 0 and 1.

    Raises:
        ValueError: for a wrong shape.
        TypeError: for mixed or non-floating dtypes.

    >>> output_gate(np.ones((1, 2)), np.zeros((1, 1)), np.zeros((2, 1)), np.zeros((1, 1)), np.zeros(1))
    array([[0.5]])
    """
    return sigmoid(x_t @ W_o + h_prev @ U_o + b_o)  # (batch, units)


@shapes(f_t="batch units", c_prev="batch units", i_t="batch units", g_t="batch units")
def cell_state(f_t: Array, c_prev: Array, i_t: Array, g_t: Array) -> Array:
    """c_t = f_t ∘ c_{t-1} + i_t ∘ g_t: keep some of the old, write some of the new.

    Args:
        f_t: forget gate, (batch, units).
        c_prev: previous cell state, (batch, units).
        i_t: input gate, (batch, units).
        g_t: candidate, (batch, units).

    Returns:
        c_t, (batch, units).

    Raises:
        ValueError: for a wrong shape.
        TypeError: for mixed or non-floating dtypes.

    >>> cell_state(np.array([[0.5]]), np.array([[2.0]]), np.array([[1.0]]), np.array([[-0.25]]))
    array([[0.75]])
    """
    return f_t * c_prev + i_t * g_t  # (batch, units)


@shapes(o_t="batch units", c_t="batch units")
def hidden_state(o_t: Array, c_t: Array) -> Array:
    """h_t = o_t ∘ tanh(c_t): what the cell shows.

    Args:
        o_t: output gate, (batch, units).
        c_t: cell state, (batch, units).

    Returns:
        h_t, (batch, units), between -1 and 1.

    Raises:
        ValueError: for a wrong shape.
        TypeError: for mixed or non-floating dtypes.

    >>> hidden_state(np.array([[0.5]]), np.array([[100.0]]))
    array([[0.5]])
    """
    return o_t * tanh(c_t)  # (batch, units)


@shapes(
    x_t="batch features",
    h_prev="batch units",
    c_prev="batch units",
    kernel="features 4*units",
    recurrent_kernel="units 4*units",
    bias="4*units",
)
def lstm_step(
    x_t: Array, h_prev: Array, c_prev: Array, kernel: Array, recurrent_kernel: Array, bias: Array
) -> LSTMStep:
    """One step: from an input and the previous two states to the next two.

    Args:
        x_t: input, (batch, features).
        h_prev: previous hidden state, (batch, units).
        c_prev: previous cell state, (batch, units).
        kernel: W_i W_f W_c W_o side by side, (features, 4 * units).
        recurrent_kernel: U_i U_f U_c U_o side by side, (units, 4 * units).
        bias: b_i b_f b_c b_o side by side, (4 * units,).

    Returns:
        the step's `LSTMStep`, in the dtype of the arguments.

    Raises:
        ValueError: for a wrong shape.
        TypeError: for mixed or non-floating dtypes.

    >>> one = np.ones((1, 1))
    >>> step = lstm_step(one, 0 * one, 4 * one, np.zeros((1, 4)), np.zeros((1, 4)), np.zeros(4))
    >>> step.forget, step.cell                          # all gates half open, candidate 0
    (array([[0.5]]), array([[2.]]))
    """
    W, U, b = split_gates(kernel), split_gates(recurrent_kernel), split_gates(bias)

    f_t = forget_gate(x_t, h_prev, W["forget"], U["forget"], b["forget"])  # (batch, units)
    i_t = input_gate(x_t, h_prev, W["input"], U["input"], b["input"])  # (batch, units)
    g_t = candidate(x_t, h_prev, W["candidate"], U["candidate"], b["candidate"])  # (batch, units)
    o_t = output_gate(x_t, h_prev, W["output"], U["output"], b["output"])  # (batch, units)
    c_t = cell_state(f_t, c_prev, i_t, g_t)  # (batch, units)
    h_t = hidden_state(o_t, c_t)  # (batch, units)

    return LSTMStep(input=i_t, forget=f_t, candidate=g_t, output=o_t, cell=c_t, hidden=h_t)


@shapes(
    x="batch time features",
    kernel="features 4*units",
    recurrent_kernel="units 4*units",
    bias="4*units",
    h0="batch units",
    c0="batch units",
)
def lstm(
    x: Array,
    kernel: Array,
    recurrent_kernel: Array,
    bias: Array | None = None,
    h0: Array | None = None,
    c0: Array | None = None,
    mask: Array | None = None,
    go_backwards: bool = False,
    step: Callable[..., LSTMStep] = lstm_step,
    zero_output_for_mask: bool = False,
) -> LSTMTrace:
    """An LSTM over a sequence.

    Args:
        x: sequence, (batch, time, features).
        kernel: W_i W_f W_c W_o side by side, (features, 4 * units).
        recurrent_kernel: U_i U_f U_c U_o side by side, (units, 4 * units).
        bias: b_i b_f b_c b_o side by side, (4 * units,); None for none. Keras starts its forget block at one
            (``unit_forget_bias``; Jozefowicz et al. 2015).
        h0: hidden state before the first step, (batch, units); None for zeros.
        c0: cell state before the first step, (batch, units); None for zeros.
        mask: (batch, time), True for the steps that count; None for all. A masked step keeps both previous
            states and repeats the previous output. Before any output that is zeros, even if ``h0`` is not,
            as in Keras on TensorFlow.
        go_backwards: read the last step first. The results stay in the order of reading.
        step: what to run at each step, called and answering like `lstm_step`.
        zero_output_for_mask: put out zeros at every masked step instead.

    Returns:
        the `LSTMTrace`, in the dtype of the arguments.

    Raises:
        ValueError: for a wrong shape or a sequence of no steps.
        TypeError: for mixed or non-floating dtypes.

    >>> x = np.ones((1, 3, 2))                          # (batch, time, features)
    >>> trace = lstm(x, np.zeros((2, 4)), np.zeros((1, 4)), c0=np.array([[8.0]]))
    >>> trace.cell[0, :, 0]                             # halved by a half open forget gate, three times
    array([4., 2., 1.])
    >>> trace.hidden.shape, trace.last_hidden.shape
    ((1, 3, 1), (1, 1))
    """
    batch, time, _ = x.shape
    units = recurrent_kernel.shape[0]
    counts = check_mask("lstm", mask, batch, time)
    b = np.zeros(4 * units, x.dtype) if bias is None else bias
    h0 = np.zeros((batch, units), x.dtype) if h0 is None else h0
    c0 = np.zeros((batch, units), x.dtype) if c0 is None else c0

    names = ("h_prev", "c_prev", "input", "forget", "candidate", "output", "cell", "hidden")
    over_time = {name: np.zeros((batch, time, units), x.dtype) for name in names}

    h, c, output = h0, c0, np.zeros_like(h0)  # the zero output of Keras
    for t in range(time):
        place = time - 1 - t if go_backwards else t
        keep = counts[:, place, None]  # (batch, 1)
        s = step(x[:, place], h, c, kernel, recurrent_kernel, b)
        over_time["h_prev"][:, t] = h
        over_time["c_prev"][:, t] = c
        over_time["input"][:, t] = s.input
        over_time["forget"][:, t] = s.forget
        over_time["candidate"][:, t] = s.candidate
        over_time["output"][:, t] = s.output
        output = np.where(keep, s.hidden, np.zeros_like(output) if zero_output_for_mask else output)
        h = np.where(keep, s.hidden, h)
        c = np.where(keep, s.cell, c)
        over_time["cell"][:, t] = c
        over_time["hidden"][:, t] = output

    return LSTMTrace(
        x=x,
        kernel=kernel,
        recurrent_kernel=recurrent_kernel,
        bias=bias,
        h0=h0,
        c0=c0,
        mask=counts,
        go_backwards=go_backwards,
        zero_output_for_mask=zero_output_for_mask,
        **over_time,
    )


@shapes(
    d_hidden="batch units",
    d_cell="batch units",
    x_t="batch features",
    h_prev="batch units",
    c_prev="batch units",
    kernel="features 4*units",
    recurrent_kernel="units 4*units",
)
def lstm_step_backward(
    d_hidden: Array,
    d_cell: Array,
    x_t: Array,
    h_prev: Array,
    c_prev: Array,
    kernel: Array,
    recurrent_kernel: Array,
    step: LSTMStep,
) -> LSTMStepGradients:
    """One step backward: from the gradients of the new states to the gradients of everything they came from.

    Args:
        d_hidden: gradient of the loss with respect to h_t, (batch, units).
        d_cell: gradient with respect to c_t by all other ways than h_t, (batch, units).
        x_t: input of the step, (batch, features).
        h_prev: hidden state before the step, (batch, units).
        c_prev: cell state before the step, (batch, units).
        kernel: (features, 4 * units).
        recurrent_kernel: (units, 4 * units).
        step: what `lstm_step` returned, every field (batch, units).

    Returns:
        the step's `LSTMStepGradients`; those of the weights are summed over the batch.

    Raises:
        ValueError: for a wrong shape.
        TypeError: for mixed or non-floating dtypes.

    >>> one, W = np.ones((1, 1)), np.zeros((1, 4))
    >>> step = lstm_step(one, 0 * one, one, W, W, np.zeros(4))
    >>> lstm_step_backward(0 * one, one, one, 0 * one, one, W, W, step).c_prev      # the forget gate
    array([[0.5]])
    """
    i_t, f_t, g_t, o_t, c_t, _ = step

    tanh_c = tanh(c_t)
    d_o = d_hidden * tanh_c  # (batch, units)
    d_c = d_cell + d_hidden * o_t * (1 - tanh_c**2)  # (batch, units)
    d_f = d_c * c_prev  # (batch, units)
    d_i = d_c * g_t  # (batch, units)
    d_g = d_c * i_t  # (batch, units)

    d_a = join_gates(  # through each gate's squashing, (batch, 4 * units)
        {
            "input": d_i * i_t * (1 - i_t),
            "forget": d_f * f_t * (1 - f_t),
            "candidate": d_g * (1 - g_t**2),
            "output": d_o * o_t * (1 - o_t),
        },
        LSTM_GATES,
    )
    return LSTMStepGradients(
        x_t=d_a @ kernel.T,  # (batch, features)
        h_prev=d_a @ recurrent_kernel.T,  # (batch, units)
        c_prev=d_c * f_t,  # (batch, units)
        kernel=x_t.T @ d_a,  # (features, 4 * units)
        recurrent_kernel=h_prev.T @ d_a,  # (units, 4 * units)
        bias=d_a.sum(axis=0),  # (4 * units,)
    )


def lstm_backward(
    trace: LSTMTrace,
    d_hidden: Array | None = None,
    d_last_hidden: Array | None = None,
    d_last_cell: Array | None = None,
) -> LSTMGradients:
    """Backpropagation through time (Werbos 1990; for the LSTM: Graves, *Supervised sequence labelling*,
    2012, ch. 4).

    Args:
        trace: what `lstm` returned, computed with the right step.
        d_hidden: gradient of the loss with respect to ``trace.hidden``, (batch, time, units); None for zero.
        d_last_hidden: gradient with respect to ``trace.last_hidden``, (batch, units); None for zero.
        d_last_cell: gradient with respect to ``trace.last_cell``, (batch, units); None for zero.

    Returns:
        the `LSTMGradients`, summed over time, and over the batch for the weights.

    Raises:
        ValueError: for a wrong shape.
        TypeError: for a dtype other than the trace's.

    >>> trace = lstm(np.ones((1, 3, 2)), np.zeros((2, 4)), np.zeros((1, 4)))
    >>> lstm_backward(trace, d_last_cell=np.ones((1, 1))).c0    # through three half open forget gates
    array([[0.125]])
    """
    x = trace.x
    d_hidden = given_or_zeros("lstm_backward", "d_hidden", d_hidden, trace.hidden)
    d_h = given_or_zeros("lstm_backward", "d_last_hidden", d_last_hidden, trace.h0)
    d_c = given_or_zeros("lstm_backward", "d_last_cell", d_last_cell, trace.c0)
    time = x.shape[1]

    d_x = np.zeros_like(x)
    d_kernel = np.zeros_like(trace.kernel)
    d_recurrent_kernel = np.zeros_like(trace.recurrent_kernel)
    d_bias = np.zeros(trace.kernel.shape[1], x.dtype)

    d_repeated = np.zeros_like(d_h)  # reaches this output through the masked steps that repeat it
    for t in reversed(range(time)):
        place = time - 1 - t if trace.go_backwards else t
        keep = trace.mask[:, place, None]  # (batch, 1)
        nothing = np.zeros_like(d_h)
        d_output = d_hidden[:, t] + d_repeated
        d_repeated = np.where(keep | trace.zero_output_for_mask, nothing, d_output)
        g = lstm_step_backward(
            np.where(keep, d_h + d_output, nothing),  # a masked step used nothing it computed
            np.where(keep, d_c, nothing),
            x[:, place],
            trace.h_prev[:, t],
            trace.c_prev[:, t],
            trace.kernel,
            trace.recurrent_kernel,
            LSTMStep(
                input=trace.input[:, t],
                forget=trace.forget[:, t],
                candidate=trace.candidate[:, t],
                output=trace.output[:, t],
                cell=trace.cell[:, t],
                hidden=trace.hidden[:, t],
            ),
        )
        d_x[:, place] = g.x_t
        d_kernel += g.kernel
        d_recurrent_kernel += g.recurrent_kernel
        d_bias += g.bias
        d_h = np.where(keep, g.h_prev, d_h)
        d_c = np.where(keep, g.c_prev, d_c)

    return LSTMGradients(
        x=d_x,
        kernel=d_kernel,
        recurrent_kernel=d_recurrent_kernel,
        bias=None if trace.bias is None else d_bias,
        h0=d_h,
        c0=d_c,
    )
