"""What a recurrent network read and computed, step by step: what the pictures are drawn from.

`reference.equations.lstm`, ``gru`` and ``simple_rnn`` give such traces. `lstm_trace`, `gru_trace` and `rnn_trace` make
them from numbers that somebody else computed. No equation stands here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = np.ndarray[Any, np.dtype[Any]]

_STEPS = "(batch, time, units)"


@dataclass(frozen=True, eq=False)
class RNNTrace:
    """Everything that a simple recurrent network read and computed.

    The time axis of every result runs in the order of reading: with ``go_backwards`` its first entry belongs
    to the last step of ``x``, as in Keras.
    """

    x: Array
    """The sequence as given, (batch, time, features)."""
    kernel: Array
    """W, (features, units)."""
    recurrent_kernel: Array
    """U, (units, units)."""
    bias: Array | None
    """b, (units,), or None."""
    h0: Array
    """The state before the first step, (batch, units)."""
    mask: Array
    """True for the steps that count, as given: in the order of ``x``, (batch, time)."""
    go_backwards: bool
    """Whether the last step of ``x`` was read first."""
    zero_output_for_mask: bool
    """Whether a masked step puts out zeros instead of the previous output."""
    h_prev: Array
    """h_{t-1}, the state each step started from, (batch, time, units)."""
    pre_activation: Array
    """a_t; at a masked step what it would have been, in a trace of states alone NaN, (batch, time, units)."""
    hidden: Array
    """The output h_t, what Keras returns with ``return_sequences``, (batch, time, units)."""

    @property
    def last_hidden(self) -> Array:
        """The state after the last step, what Keras returns with ``return_state``, (batch, units)."""
        counts = self.mask[:, 0 if self.go_backwards else -1, None]
        return np.where(counts, self.hidden[:, -1], self.h_prev[:, -1])


@dataclass(frozen=True, eq=False)
class LSTMTrace:
    """Everything that an LSTM read and computed.

    The time axis of every result runs in the order of reading: with ``go_backwards`` its first entry belongs
    to the last step of ``x``, as in Keras. At a masked step the gates are what they would have been; they
    had no effect.
    """

    x: Array
    """The sequence as given, (batch, time, features)."""
    kernel: Array
    """W_i W_f W_c W_o side by side, (features, 4 * units)."""
    recurrent_kernel: Array
    """U_i U_f U_c U_o side by side, (units, 4 * units)."""
    bias: Array | None
    """b_i b_f b_c b_o side by side, (4 * units,), or None."""
    h0: Array
    """The hidden state before the first step, (batch, units)."""
    c0: Array
    """The cell state before the first step, (batch, units)."""
    mask: Array
    """True for the steps that count, as given: in the order of ``x``, (batch, time)."""
    go_backwards: bool
    """Whether the last step of ``x`` was read first."""
    zero_output_for_mask: bool
    """Whether a masked step puts out zeros instead of the previous output."""
    h_prev: Array
    """h_{t-1}, the hidden state each step started from, (batch, time, units)."""
    c_prev: Array
    """c_{t-1}, the cell state each step started from, (batch, time, units)."""
    input: Array
    """Input gate i_t, (batch, time, units)."""
    forget: Array
    """Forget gate f_t, (batch, time, units)."""
    candidate: Array
    """Candidate g_t, (batch, time, units)."""
    output: Array
    """Output gate o_t, (batch, time, units)."""
    cell: Array
    """Cell state c_t; a masked step keeps the previous one, (batch, time, units)."""
    hidden: Array
    """The output h_t, what Keras returns with ``return_sequences``, (batch, time, units)."""

    @property
    def last_hidden(self) -> Array:
        """The hidden state after the last step, the first state Keras returns, (batch, units)."""
        counts = self.mask[:, 0 if self.go_backwards else -1, None]
        return np.where(counts, self.hidden[:, -1], self.h_prev[:, -1])

    @property
    def last_cell(self) -> Array:
        """The cell state after the last step, the second state Keras returns, (batch, units)."""
        return self.cell[:, -1]


@dataclass(frozen=True, eq=False)
class GRUTrace:
    """Everything that a GRU read and computed.

    The time axis of every result runs in the order of reading: with ``go_backwards`` its first entry belongs
    to the last step of ``x``, as in Keras. At a masked step the gates are what they would have been; they
    had no effect.
    """

    x: Array
    """The sequence as given, (batch, time, features)."""
    kernel: Array
    """W_z W_r W_h side by side, (features, 3 * units)."""
    recurrent_kernel: Array
    """U_z U_r U_h side by side, (units, 3 * units)."""
    bias: Array | None
    """(3 * units,), or (2, 3 * units) with ``reset_after``, or None."""
    h0: Array
    """The state before the first step, (batch, units)."""
    mask: Array
    """True for the steps that count, as given: in the order of ``x``, (batch, time)."""
    go_backwards: bool
    """Whether the last step of ``x`` was read first."""
    zero_output_for_mask: bool
    """Whether a masked step puts out zeros instead of the previous output."""
    reset_after: bool
    """Whether the reset gate acts after the product with U_h."""
    h_prev: Array
    """h_{t-1}, the state each step started from, (batch, time, units)."""
    update: Array
    """Update gate z_t, (batch, time, units)."""
    reset: Array
    """Reset gate r_t, (batch, time, units)."""
    candidate: Array
    """Candidate state g_t, (batch, time, units)."""
    hidden: Array
    """The output h_t, what Keras returns with ``return_sequences``, (batch, time, units)."""

    @property
    def last_hidden(self) -> Array:
        """The state after the last step, what Keras returns with ``return_state``, (batch, units)."""
        counts = self.mask[:, 0 if self.go_backwards else -1, None]
        return np.where(counts, self.hidden[:, -1], self.h_prev[:, -1])


def rnn_trace(
    x: npt.ArrayLike,
    kernel: npt.ArrayLike,
    recurrent_kernel: npt.ArrayLike,
    bias: npt.ArrayLike | None = None,
    h0: npt.ArrayLike | None = None,
    *,
    hidden: npt.ArrayLike,
) -> RNNTrace:
    """The trace of a simple recurrent network whose states are known.

    A single sequence may come without the batch axis, in every argument that has one.

    Args:
        x: the inputs, (batch, time, features).
        kernel: W, (features, units).
        recurrent_kernel: U, (units, units).
        bias: b, (units,), or None.
        h0: the state before the first step, (batch, units); None for zeros.
        hidden: the state after each step, (batch, time, units).

    Raises:
        ValueError: for a wrong shape.

    >>> trace = rnn_trace([[1], [0]], [[0.5]], [[0.5]], h0=[0.2], hidden=[[0.54], [0.26]])
    >>> trace.h_prev[0, :, 0], trace.last_hidden
    (array([0.2 , 0.54]), array([[0.26]]))
    """
    inputs, batch, time, features = _sequence(x)
    units = _units(recurrent_kernel, "(units, units)")
    before, after = _states("h0", h0, "hidden", hidden, (batch, time, units))
    return RNNTrace(
        x=inputs,
        kernel=_array("kernel", kernel, (features, units), "(features, units)"),
        recurrent_kernel=_array("recurrent_kernel", recurrent_kernel, (units, units), "(units, units)"),
        bias=None if bias is None else _array("bias", bias, (units,), "(units,)"),
        h0=before[:, 0],
        mask=np.ones((batch, time), bool),
        go_backwards=False,
        zero_output_for_mask=False,
        h_prev=before,
        pre_activation=np.full_like(after, np.nan),
        hidden=after,
    )


def lstm_trace(
    x: npt.ArrayLike,
    kernel: npt.ArrayLike,
    recurrent_kernel: npt.ArrayLike,
    bias: npt.ArrayLike | None = None,
    h0: npt.ArrayLike | None = None,
    c0: npt.ArrayLike | None = None,
    *,
    input: npt.ArrayLike,
    forget: npt.ArrayLike,
    candidate: npt.ArrayLike,
    output: npt.ArrayLike,
    cell: npt.ArrayLike,
    hidden: npt.ArrayLike,
) -> LSTMTrace:
    """The trace of an LSTM whose gates and states are known.

    A single sequence may come without the batch axis, in every argument that has one.

    Args:
        x: the inputs, (batch, time, features).
        kernel: W_i W_f W_c W_o side by side, (features, 4 * units).
        recurrent_kernel: U_i U_f U_c U_o side by side, (units, 4 * units).
        bias: b_i b_f b_c b_o side by side, (4 * units,), or None.
        h0: the hidden state before the first step, (batch, units); None for zeros.
        c0: the cell state before the first step, (batch, units); None for zeros.
        input: the input gate i_t of each step, (batch, time, units).
        forget: the forget gate f_t, (batch, time, units).
        candidate: the candidate g_t, (batch, time, units).
        output: the output gate o_t, (batch, time, units).
        cell: the cell state after each step, (batch, time, units).
        hidden: the hidden state after each step, (batch, time, units).

    Raises:
        ValueError: for a wrong shape.

    >>> half, one = np.full((1, 4), 0.5), np.ones((1, 1))
    >>> gates = {"input": 0.6 * one, "forget": 0.9 * one, "candidate": 0.5 * one, "output": 0.6 * one}
    >>> trace = lstm_trace(one, half, half, c0=2 * one, **gates, cell=2.1 * one, hidden=0.58 * one)
    >>> float(trace.c_prev[0, 0, 0]), float(trace.cell[0, 0, 0])
    (2.0, 2.1)
    >>> lstm_trace(one, half, half, **gates, cell=np.ones((1, 4)), hidden=one)
    Traceback (most recent call last):
    ...
    ValueError: cell has shape (1, 4), expected (1, 1, 1): (batch, time, units)
    """
    inputs, batch, time, features = _sequence(x)
    units = _units(recurrent_kernel, "(units, 4 * units)")
    shape = (batch, time, units)
    h_before, h_after = _states("h0", h0, "hidden", hidden, shape)
    c_before, c_after = _states("c0", c0, "cell", cell, shape)
    return LSTMTrace(
        x=inputs,
        kernel=_array("kernel", kernel, (features, 4 * units), "(features, 4 * units)"),
        recurrent_kernel=_array("recurrent_kernel", recurrent_kernel, (units, 4 * units), "(units, 4 * units)"),
        bias=None if bias is None else _array("bias", bias, (4 * units,), "(4 * units,)"),
        h0=h_before[:, 0],
        c0=c_before[:, 0],
        mask=np.ones((batch, time), bool),
        go_backwards=False,
        zero_output_for_mask=False,
        h_prev=h_before,
        c_prev=c_before,
        input=_array("input", input, shape, _STEPS),
        forget=_array("forget", forget, shape, _STEPS),
        candidate=_array("candidate", candidate, shape, _STEPS),
        output=_array("output", output, shape, _STEPS),
        cell=c_after,
        hidden=h_after,
    )


def gru_trace(
    x: npt.ArrayLike,
    kernel: npt.ArrayLike,
    recurrent_kernel: npt.ArrayLike,
    bias: npt.ArrayLike | None = None,
    h0: npt.ArrayLike | None = None,
    *,
    update: npt.ArrayLike,
    reset: npt.ArrayLike,
    candidate: npt.ArrayLike,
    hidden: npt.ArrayLike,
) -> GRUTrace:
    """The trace of a GRU whose gates and states are known, the reset gate after the product, as in Keras.

    A single sequence may come without the batch axis, in every argument that has one.

    Args:
        x: the inputs, (batch, time, features).
        kernel: W_z W_r W_h side by side, (features, 3 * units).
        recurrent_kernel: U_z U_r U_h side by side, (units, 3 * units).
        bias: b_z b_r b_h side by side for the input, and below them those for the state, (2, 3 * units), or None.
        h0: the state before the first step, (batch, units); None for zeros.
        update: the update gate z_t of each step, (batch, time, units).
        reset: the reset gate r_t, (batch, time, units).
        candidate: the candidate state g_t, (batch, time, units).
        hidden: the state after each step, (batch, time, units).

    Raises:
        ValueError: for a wrong shape.

    >>> half, one = np.full((1, 3), 0.5), np.ones((1, 1))
    >>> trace = gru_trace(one, half, half, h0=[2], update=0.6 * one, reset=one, candidate=0.5 * one, hidden=1.4 * one)
    >>> float(trace.h_prev[0, 0, 0]), float(trace.hidden[0, 0, 0])
    (2.0, 1.4)
    """
    inputs, batch, time, features = _sequence(x)
    units = _units(recurrent_kernel, "(units, 3 * units)")
    shape = (batch, time, units)
    before, after = _states("h0", h0, "hidden", hidden, shape)
    return GRUTrace(
        x=inputs,
        kernel=_array("kernel", kernel, (features, 3 * units), "(features, 3 * units)"),
        recurrent_kernel=_array("recurrent_kernel", recurrent_kernel, (units, 3 * units), "(units, 3 * units)"),
        bias=None if bias is None else _array("bias", bias, (2, 3 * units), "(2, 3 * units)"),
        h0=before[:, 0],
        mask=np.ones((batch, time), bool),
        go_backwards=False,
        zero_output_for_mask=False,
        reset_after=True,
        h_prev=before,
        update=_array("update", update, shape, _STEPS),
        reset=_array("reset", reset, shape, _STEPS),
        candidate=_array("candidate", candidate, shape, _STEPS),
        hidden=after,
    )


def _sequence(x: npt.ArrayLike) -> tuple[Array, int, int, int]:
    inputs = np.asarray(x, dtype=float)
    if inputs.ndim == 2:
        inputs = inputs[np.newaxis]
    if inputs.ndim != 3 or not inputs.shape[1]:
        raise ValueError(f"x has shape {inputs.shape}, expected (batch, time, features), with a step or more")
    return (inputs, *inputs.shape)


def _units(recurrent_kernel: npt.ArrayLike, axes: str) -> int:
    shape = np.shape(recurrent_kernel)
    if len(shape) != 2:
        raise ValueError(f"recurrent_kernel has shape {shape}, expected {axes}")
    return shape[0]


def _states(
    first: str, given: npt.ArrayLike | None, name: str, values: npt.ArrayLike, shape: tuple[int, int, int]
) -> tuple[Array, Array]:
    """The states before and after each step."""
    batch, _, units = shape
    start = np.zeros((batch, units)) if given is None else _array(first, given, (batch, units), "(batch, units)")
    after = _array(name, values, shape, _STEPS)
    return np.concatenate([start[:, np.newaxis], after[:, :-1]], axis=1), after


def _array(name: str, value: npt.ArrayLike, shape: tuple[int, ...], axes: str) -> Array:
    array = np.asarray(value, dtype=float)
    if axes.startswith("(batch") and array.shape == shape[1:] and shape[0] == 1:
        array = array[np.newaxis]
    if array.shape != shape:
        raise ValueError(f"{name} has shape {array.shape}, expected {shape}: {axes}")
    return array
