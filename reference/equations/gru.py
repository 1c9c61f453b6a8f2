"""The gated recurrent unit, forward and backward.

One step, reset before the product (Cho et al., *Learning phrase representations*, 2014, eq. 5-8)::

    z_t = σ(x_t W_z + h_{t-1} U_z + b_z)                      update gate
    r_t = σ(x_t W_r + h_{t-1} U_r + b_r)                      reset gate
    g_t = tanh(x_t W_h + (r_t ∘ h_{t-1}) U_h + b_h)           candidate state
    h_t = z_t ∘ h_{t-1} + (1 - z_t) ∘ g_t                     hidden state

or after it (``reset_after=True``, the default of Keras, cuDNN and PyTorch), with a bias b' for the state as
well::

    g_t = tanh(x_t W_h + b_h + r_t ∘ (h_{t-1} U_h + b'_h))

The functions of single gates take that gate's weights: W ``(features, units)``, U ``(units, units)``, b
``(units,)``. Steps and sequences take the fused weights of Keras, blocks in the order z r h: ``kernel
(features, 3 * units)``, ``recurrent_kernel (units, 3 * units)`` and ``bias``, which is ``(3 * units,)`` for
reset before, and ``(2, 3 * units)`` for reset
after: row 0 is b, row 1 is b'.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from reference.equations.activations import sigmoid, tanh
from reference.equations.shapes import check_dtypes, check_mask, check_shape, given_or_zeros, shapes
from reference.traces import GRUTrace
from reference.weights import GRU_GATES, join_gates, split_gates

Array = np.ndarray[Any, np.dtype[Any]]


class GRUStep(NamedTuple):
    """What one step computes. Every field is (batch, units)."""

    update: Array
    """z_t, how much of the previous state is kept."""
    reset: Array
    """r_t, how much of the previous state the candidate sees."""
    candidate: Array
    """g_t, what could replace the state."""
    hidden: Array
    """h_t, the state and output."""


class GRUStepGradients(NamedTuple):
    """Gradients of a loss with respect to everything that one step reads."""

    x_t: Array
    """(batch, features)."""
    h_prev: Array
    """(batch, units)."""
    kernel: Array
    """(features, 3 * units)."""
    recurrent_kernel: Array
    """(units, 3 * units)."""
    bias: Array
    """(3 * units,), or (2, 3 * units) with ``reset_after``."""


class GRUGradients(NamedTuple):
    """Gradients of a loss with respect to everything that `gru` reads."""

    x: Array
    """In the order of ``x`` as given, (batch, time, features)."""
    kernel: Array
    """(features, 3 * units)."""
    recurrent_kernel: Array
    """(units, 3 * units)."""
    bias: Array | None
    """(3 * units,), or (2, 3 * units) with ``reset_after``, or None if there was no bias."""
    h0: Array
    """(batch, units)."""


@shapes(x_t="batch features", h_prev="batch units", W_z="features units", U_z="units units", b_z="units")
def update_gate(x_t: Array, h_prev: Array, W_z: Array, U_z: Array, b_z: Array) -> Array:
    """z_t = σ(x_t W_z + h_{t-1} U_z + b_z): how much of the previous state to keep (Cho et al. 2014, eq. 6).

    Args:
        x_t: input, (batch, features).
        h_prev: previous state, (batch, units).
        W_z: (features, units).
        U_z: (units, units).
        b_z: (units,); with ``reset_after`` the sum of both biases.

    Returns:
        z_t, (batch, units), between 0 and 1.

    Raises:
        ValueError: for a wrong shape.
        TypeError: for mixed or non-floating dtypes.

    >>> update_gate(np.ones((1, 2)), np.zeros((1, 1)), np.zeros((2, 1)), np.zeros((1, 1)), np.zeros(1))
    array([[0.5]])
    """
    return sigmoid(x_t @ W_z + h_prev @ U_z + b_z)  # (batch, units)


@shapes(x_t="batch features", h_prev="batch units", W_r="features units", U_r="units units", b_r="units")
def reset_gate(x_t: Array, h_prev: Array, W_r: Array, U_r: Array, b_r: Array) -> Array:
    """r_t = σ(x_t W_r + h_{t-1} U_r + b_r): how much of the previous state the candidate sees (Cho et al.
    2014, eq. 5).

    Args:
        x_t: input, (batch, features).
        h_prev: previous state, (batch, units).
        W_r: (features, units).
        U_r: (units, units).
        b_r: (units,); with ``reset_after`` the sum of both biases.

    Returns:
        r_t, (batch, units), between 0 and 1.

    Raises:
        ValueError: for a wrong shape.
        TypeError: for mixed or non-floating dtypes.

    >>> reset_gate(np.ones((1, 2)), np.zeros((1, 1)), np.zeros((2, 1)), np.zeros((1, 1)), np.zeros(1))
    array([[0.5]])
    """
    return sigmoid(x_t @ W_r + h_prev @ U_r + b_r)  # (batch, units)


@shapes(
    x_t="batch features",
    h_prev="batch units",
    r_t="batch units",
    W_h="features units",
    U_h="units units",
    b_h="units",
    recurrent_b_h="units",
)
def candidate_state(
    x_t: Array,
    h_prev: Array,
    r_t: Array,
    W_h: Array,
    U_h: Array,
    b_h: Array,
    recurrent_b_h: Array | None = None,
    reset_after: bool = True,
) -> Array:
    """What could replace the state (Cho et al. 2014, eq. 8, or its variant with the reset gate after the
    product).

    With ``reset_after``: g_t = tanh(x_t W_h + b_h + r_t ∘ (h_{t-1} U_h + b'_h)).
    Without: g_t = tanh(x_t W_h + (r_t ∘ h_{t-1}) U_h + b_h).

    Args:
        x_t: input, (batch, features).
        h_prev: previous state, (batch, units).
        r_t: reset gate, (batch, units).
        W_h: (features, units).
        U_h: (units, units).
        b_h: (units,).
        recurrent_b_h: b'_h, (units,); None for zeros. Only with ``reset_after``.
        reset_after: whether the reset gate acts after the product with U_h.

    Returns:
        g_t, (batch, units), between -1 and 1.

    Raises:
        ValueError: for a wrong shape, or a recurrent bias without ``reset_after``.
        TypeError: for mixed or non-floating dtypes.

    >>> one = np.ones((1, 1))
    >>> candidate_state(0 * one, one, 0 * one, one, one, np.zeros(1))   # reset gate shut
    array([[0.]])
    """
    if reset_after:
        b = np.zeros_like(b_h) if recurrent_b_h is None else recurrent_b_h
        return tanh(x_t @ W_h + b_h + r_t * (h_prev @ U_h + b))  # (batch, units)
    if recurrent_b_h is not None:
        raise ValueError("candidate_state: recurrent_b_h has no place with reset_after=False, expected None")
    return tanh(x_t @ W_h + (r_t * h_prev) @ U_h + b_h)  # (batch, units)


@shapes(z_t="batch units", h_prev="batch units", g_t="batch units")
def hidden_state(z_t: Array, h_prev: Array, g_t: Array) -> Array:
    """h_t = z_t ∘ h_{t-1} + (1 - z_t) ∘ g_t: between the old state and the candidate (Cho et al. 2014, eq.
    7).

    Args:
        z_t: update gate, (batch, units).
        h_prev: previous state, (batch, units).
        g_t: candidate state, (batch, units).

    Returns:
        h_t, (batch, units).

    Raises:
        ValueError: for a wrong shape.
        TypeError: for mixed or non-floating dtypes.

    >>> hidden_state(np.array([[0.75]]), np.array([[1.0]]), np.array([[-1.0]]))
    array([[0.5]])
    """
    return z_t * h_prev + (1 - z_t) * g_t  # (batch, units)


@shapes(x_t="batch features", h_prev="batch units", kernel="features 3*units", recurrent_kernel="units 3*units")
def gru_step(
    x_t: Array,
    h_prev: Array,
    kernel: Array,
    recurrent_kernel: Array,
    bias: Array,
    reset_after: bool = True,
) -> GRUStep:
    """One step: from an input and the previous state to the next state.

    Args:
        x_t: input, (batch, features).
        h_prev: previous state, (batch, units).
        kernel: W_z W_r W_h side by side, (features, 3 * units).
        recurrent_kernel: U_z U_r U_h side by side, (units, 3 * units).
        bias: (2, 3 * units) with ``reset_after``, else (3 * units,).
        reset_after: whether the reset gate acts after the product with U_h.

    Returns:
        the step's `GRUStep`, in the dtype of the arguments.

    Raises:
        ValueError: for a wrong shape.
        TypeError: for mixed or non-floating dtypes.

    >>> one = np.ones((1, 1))
    >>> step = gru_step(one, one, np.zeros((1, 3)), np.zeros((1, 3)), np.zeros((2, 3)))
    >>> step.update, step.hidden                        # half of the state kept, candidate 0
    (array([[0.5]]), array([[0.5]]))
    """
    bias = _check_bias("gru_step", bias, kernel, reset_after)
    W, U = split_gates(kernel, GRU_GATES), split_gates(recurrent_kernel, GRU_GATES)
    b = split_gates(bias[0] if reset_after else bias, GRU_GATES)
    rb = split_gates(bias[1] if reset_after else np.zeros_like(bias), GRU_GATES)

    z_t = update_gate(x_t, h_prev, W["update"], U["update"], b["update"] + rb["update"])  # (batch, units)
    r_t = reset_gate(x_t, h_prev, W["reset"], U["reset"], b["reset"] + rb["reset"])  # (batch, units)
    g_t = candidate_state(  # (batch, units)
        x_t,
        h_prev,
        r_t,
        W["candidate"],
        U["candidate"],
        b["candidate"],
        rb["candidate"] if reset_after else None,
        reset_after=reset_after,
    )
    h_t = hidden_state(z_t, h_prev, g_t)  # (batch, units)

    return GRUStep(update=z_t, reset=r_t, candidate=g_t, hidden=h_t)


@shapes(x="batch time features", kernel="features 3*units", recurrent_kernel="units 3*units", h0="batch units")
def gru(
    x: Array,
    kernel: Array,
    recurrent_kernel: Array,
    bias: Array | None = None,
    h0: Array | None = None,
    mask: Array | None = None,
    go_backwards: bool = False,
    reset_after: bool = True,
    step: Callable[..., GRUStep] = gru_step,
    zero_output_for_mask: bool = False,
) -> GRUTrace:
    """A GRU over a sequence.

    Args:
        x: sequence, (batch, time, features).
        kernel: W_z W_r W_h side by side, (features, 3 * units).
        recurrent_kernel: U_z U_r U_h side by side, (units, 3 * units).
        bias: (2, 3 * units) with ``reset_after``, else (3 * units,); None for none.
        h0: state before the first step, (batch, units); None for zeros.
        mask: (batch, time), True for the steps that count; None for all. A masked step keeps the previous
            state and repeats the previous output. Before any output that is zeros, even if ``h0`` is not,
            as in Keras on TensorFlow.
        go_backwards: read the last step first. The results stay in the order of reading.
        reset_after: whether the reset gate acts after the product with U_h.
        step: what to run at each step, called and answering like `gru_step`.
        zero_output_for_mask: put out zeros at every masked step instead.

    Returns:
        the `GRUTrace`, in the dtype of the arguments.

    Raises:
        ValueError: for a wrong shape or a sequence of no steps.
        TypeError: for mixed or non-floating dtypes.

    >>> x = np.ones((1, 3, 2))                          # (batch, time, features)
    >>> trace = gru(x, np.zeros((2, 3)), np.zeros((1, 3)), h0=np.array([[8.0]]))
    >>> trace.hidden[0, :, 0]                           # half of the state kept, three times
    array([4., 2., 1.])
    """
    batch, time, _ = x.shape
    units = recurrent_kernel.shape[0]
    counts = check_mask("gru", mask, batch, time)
    if bias is None:
        b = np.zeros((2, 3 * units) if reset_after else (3 * units,), x.dtype)
    else:
        bias = b = _check_bias("gru", bias, kernel, reset_after)
    h0 = np.zeros((batch, units), x.dtype) if h0 is None else h0

    names = ("h_prev", "update", "reset", "candidate", "hidden")
    over_time = {name: np.zeros((batch, time, units), x.dtype) for name in names}

    h, output = h0, np.zeros_like(h0)  # the zero output of Keras
    for t in range(time):
        place = time - 1 - t if go_backwards else t
        keep = counts[:, place, None]  # (batch, 1)
        s = step(x[:, place], h, kernel, recurrent_kernel, b, reset_after=reset_after)
        over_time["h_prev"][:, t] = h
        over_time["update"][:, t] = s.update
        over_time["reset"][:, t] = s.reset
        over_time["candidate"][:, t] = s.candidate
        output = np.where(keep, s.hidden, np.zeros_like(output) if zero_output_for_mask else output)
        h = np.where(keep, s.hidden, h)
        over_time["hidden"][:, t] = output

    return GRUTrace(
        x=x,
        kernel=kernel,
        recurrent_kernel=recurrent_kernel,
        bias=bias,
        h0=h0,
        mask=counts,
        go_backwards=go_backwards,
        zero_output_for_mask=zero_output_for_mask,
        reset_after=reset_after,
        **over_time,
    )


@shapes(
    d_hidden="batch units",
    x_t="batch features",
    h_prev="batch units",
    kernel="features 3*units",
    recurrent_kernel="units 3*units",
)
def gru_step_backward(
    d_hidden: Array,
    x_t: Array,
    h_prev: Array,
    kernel: Array,
    recurrent_kernel: Array,
    bias: Array,
    step: GRUStep,
    reset_after: bool = True,
) -> GRUStepGradients:
    """One step backward: from the gradient of the new state to the gradients of everything it came from.

    Args:
        d_hidden: gradient of the loss with respect to h_t, (batch, units).
        x_t: input of the step, (batch, features).
        h_prev: state before the step, (batch, units).
        kernel: (features, 3 * units).
        recurrent_kernel: (units, 3 * units).
        bias: (2, 3 * units) with ``reset_after``, else (3 * units,).
        step: what `gru_step` returned, every field (batch, units).
        reset_after: whether the reset gate acts after the product with U_h.

    Returns:
        the step's `GRUStepGradients`; those of the weights are summed over the batch.

    Raises:
        ValueError: for a wrong shape.
        TypeError: for mixed or non-floating dtypes.

    >>> one, W, b = np.ones((1, 1)), np.zeros((1, 3)), np.zeros((2, 3))
    >>> step = gru_step(one, one, W, W, b)
    >>> gru_step_backward(one, one, one, W, W, b, step).h_prev              # the update gate
    array([[0.5]])
    """
    bias = _check_bias("gru_step_backward", bias, kernel, reset_after)
    z_t, r_t, g_t, _ = step
    U_h = split_gates(recurrent_kernel, GRU_GATES)["candidate"]

    d_z = d_hidden * (h_prev - g_t)  # (batch, units)
    d_g = d_hidden * (1 - z_t)  # (batch, units)
    d_a_g = d_g * (1 - g_t**2)  # (batch, units)
    if reset_after:
        v_t = h_prev @ U_h + split_gates(bias[1], GRU_GATES)["candidate"]  # what the reset gate lets through
        d_r = d_a_g * v_t  # (batch, units)
        d_v = d_a_g * r_t  # (batch, units)
        d_h_by_candidate = d_v @ U_h.T  # (batch, units)
        d_U_h = h_prev.T @ d_v  # (units, units)
    else:
        d_v = d_a_g @ U_h.T  # of v_t = r_t * h_prev, (batch, units)
        d_r = d_v * h_prev  # (batch, units)
        d_h_by_candidate = d_v * r_t  # (batch, units)
        d_U_h = (r_t * h_prev).T @ d_a_g  # (units, units)
    d_a_z = d_z * z_t * (1 - z_t)  # (batch, units)
    d_a_r = d_r * r_t * (1 - r_t)  # (batch, units)

    d_a = join_gates({"update": d_a_z, "reset": d_a_r, "candidate": d_a_g}, GRU_GATES)  # (batch, 3 * units)
    U = split_gates(recurrent_kernel, GRU_GATES)
    d_U = {"update": h_prev.T @ d_a_z, "reset": h_prev.T @ d_a_r, "candidate": d_U_h}
    d_bias = d_a.sum(axis=0)  # (3 * units,)
    if reset_after:
        d_recurrent = join_gates({"update": d_a_z, "reset": d_a_r, "candidate": d_v}, GRU_GATES)
        d_bias = np.stack([d_bias, d_recurrent.sum(axis=0)])  # (2, 3 * units)

    return GRUStepGradients(
        x_t=d_a @ kernel.T,  # (batch, features)
        h_prev=d_hidden * z_t + d_a_z @ U["update"].T + d_a_r @ U["reset"].T + d_h_by_candidate,  # (batch, units)
        kernel=x_t.T @ d_a,  # (features, 3 * units)
        recurrent_kernel=join_gates(d_U, GRU_GATES),  # (units, 3 * units)
        bias=d_bias,
    )


def gru_backward(trace: GRUTrace, d_hidden: Array | None = None, d_last_hidden: Array | None = None) -> GRUGradients:
    """Backpropagation through time (Werbos, *Backpropagation through time*, 1990).

    Args:
        trace: what `gru` returned, computed with the right step.
        d_hidden: gradient of the loss with respect to ``trace.hidden``, (batch, time, units); None for zero.
        d_last_hidden: gradient with respect to ``trace.last_hidden``, (batch, units); None for zero.

    Returns:
        the `GRUGradients`, summed over time, and over the batch for the weights.

    Raises:
        ValueError: for a wrong shape.
        TypeError: for a dtype other than the trace's.

    >>> trace = gru(np.ones((1, 3, 2)), np.zeros((2, 3)), np.zeros((1, 3)))
    >>> gru_backward(trace, d_last_hidden=np.ones((1, 1))).h0       # through three half open update gates
    array([[0.125]])
    """
    x = trace.x
    d_hidden = given_or_zeros("gru_backward", "d_hidden", d_hidden, trace.hidden)
    d_h = given_or_zeros("gru_backward", "d_last_hidden", d_last_hidden, trace.h0)
    time, units = x.shape[1], trace.h0.shape[1]
    bias_shape = (2, 3 * units) if trace.reset_after else (3 * units,)
    bias = np.zeros(bias_shape, x.dtype) if trace.bias is None else trace.bias

    d_x = np.zeros_like(x)
    d_kernel = np.zeros_like(trace.kernel)
    d_recurrent_kernel = np.zeros_like(trace.recurrent_kernel)
    d_bias = np.zeros_like(bias)

    d_repeated = np.zeros_like(d_h)  # reaches this output through the masked steps that repeat it
    for t in reversed(range(time)):
        place = time - 1 - t if trace.go_backwards else t
        keep = trace.mask[:, place, None]  # (batch, 1)
        nothing = np.zeros_like(d_h)
        d_output = d_hidden[:, t] + d_repeated
        d_repeated = np.where(keep | trace.zero_output_for_mask, nothing, d_output)
        g = gru_step_backward(
            np.where(keep, d_h + d_output, nothing),  # a masked step used nothing it computed
            x[:, place],
            trace.h_prev[:, t],
            trace.kernel,
            trace.recurrent_kernel,
            bias,
            GRUStep(
                update=trace.update[:, t],
                reset=trace.reset[:, t],
                candidate=trace.candidate[:, t],
                hidden=trace.hidden[:, t],
            ),
            reset_after=trace.reset_after,
        )
        d_x[:, place] = g.x_t
        d_kernel += g.kernel
        d_recurrent_kernel += g.recurrent_kernel
        d_bias += g.bias
        d_h = np.where(keep, g.h_prev, d_h)

    return GRUGradients(
        x=d_x,
        kernel=d_kernel,
        recurrent_kernel=d_recurrent_kernel,
        bias=None if trace.bias is None else d_bias,
        h0=d_h,
    )


def _check_bias(where: str, bias: Array, kernel: Array, reset_after: bool) -> Array:
    """The bias as an array of the kernel's dtype; its shape tells the two variants apart."""
    bias = np.asarray(bias)
    units = kernel.shape[1] // 3
    check_dtypes(where, {"kernel": kernel.dtype, "bias": bias.dtype})
    try:
        check_shape(where, "bias", bias, ["2", "3*units"] if reset_after else ["3*units"], {"units": units})
    except ValueError as error:
        raise ValueError(f"{error}, since reset_after={reset_after}") from None
    return bias
