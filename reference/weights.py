"""Where the gates lie inside a fused weight, here and in PyTorch.

This module is the only one that knows it. Keras lays the gates of a recurrent layer side by side in one
kernel:

=========  =========================  ==================================================
layer      order of the blocks        bias
=========  =========================  ==================================================
SimpleRNN  (one block)                ``(units,)``
LSTM       input forget candidate     ``(4 * units,)``
           output
GRU        update reset candidate     ``(3 * units,)``, or ``(2, 3 * units)`` with
                                      ``reset_after=True``: row 0 for the input, row 1
                                      for the state
=========  =========================  ==================================================

PyTorch (``torch.nn.RNN``, ``LSTM``, ``GRU``, ``Conv1d``, ``Conv2d``) keeps its matrices transposed, adds two
biases, orders an LSTM input forget candidate output as well (it calls the candidate *g* and the order *i f g
o*), a GRU reset update candidate, and a convolution kernel (filters, channels, *space).

Everything works on NumPy arrays and keeps their dtype.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]

LSTM_GATES = ("input", "forget", "candidate", "output")
"""Order of the blocks in a Keras LSTM: i f c o."""

GRU_GATES = ("update", "reset", "candidate")
"""Order of the blocks in a Keras GRU: z r h."""

TORCH_LSTM_GATES = ("input", "forget", "candidate", "output")
"""Order of the blocks in a PyTorch LSTM: i f g o."""

TORCH_GRU_GATES = ("reset", "update", "candidate")
"""Order of the blocks in a PyTorch GRU: r z n."""


def split_gates(fused: Array, gates: Sequence[str] = LSTM_GATES) -> dict[str, Array]:
    """The blocks of a fused weight by the name of their gate.

    Args:
        fused: ``(..., len(gates) * units)``, a kernel, a recurrent kernel or a bias.
        gates: the names in the order of the blocks.

    Returns:
        for each gate its block, ``(..., units)``.

    Raises:
        ValueError: if the last axis is no multiple of the number of gates.

    >>> kernel = np.arange(8.0).reshape(1, 8)   # (features, 4 * units) with one feature and two units
    >>> split_gates(kernel)["forget"]
    array([[2., 3.]])
    """
    fused = np.asarray(fused)
    if fused.ndim == 0 or fused.shape[-1] % len(gates):
        raise ValueError(
            f"split_gates: a weight of shape {fused.shape} cannot hold {len(gates)} gates "
            f"({', '.join(gates)}) of equal width; expected (..., {len(gates)} * units)"
        )
    return dict(zip(gates, np.split(fused, len(gates), axis=-1), strict=True))


def join_gates(blocks: Mapping[str, Array], gates: Sequence[str] = LSTM_GATES) -> Array:
    """One fused weight from the blocks of its gates: the inverse of `split_gates`.

    Args:
        blocks: for each gate its block, ``(..., units)``, all of one shape.
        gates: the names in the order wanted.

    Returns:
        the fused weight, ``(..., len(gates) * units)``.

    Raises:
        KeyError: if a gate is missing or unknown.
        ValueError: if the blocks differ in shape.

    >>> blocks = {"update": np.array([1.0]), "reset": np.array([2.0]), "candidate": np.array([3.0])}
    >>> join_gates(blocks, GRU_GATES)
    array([1., 2., 3.])
    """
    if set(blocks) != set(gates):
        raise KeyError(f"join_gates: expected the gates {sorted(gates)}, got {sorted(blocks)}")
    shapes = {gate: np.shape(blocks[gate]) for gate in gates}
    if len(set(shapes.values())) > 1:
        raise ValueError(f"join_gates: the blocks of all gates must have one shape, got {shapes}")
    return np.concatenate([blocks[gate] for gate in gates], axis=-1)


class KerasWeights(NamedTuple):
    """Weights of a recurrent layer as Keras keeps them."""

    kernel: Array
    """(features, gates * units)."""
    recurrent_kernel: Array
    """(units, gates * units)."""
    bias: Array | None
    """(gates * units,), or (2, 3 * units) for a GRU with ``reset_after``, or None."""


class TorchWeights(NamedTuple):
    """Weights of one direction of one layer as PyTorch keeps them (there with a suffix such as ``_l0``)."""

    weight_ih: Array
    """(gates * units, features)."""
    weight_hh: Array
    """(gates * units, units)."""
    bias_ih: Array | None
    """(gates * units,), or None."""
    bias_hh: Array | None
    """(gates * units,), or None."""


def rnn_to_torch(kernel: Array, recurrent_kernel: Array, bias: Array | None = None) -> TorchWeights:
    """Weights of a Keras SimpleRNN for ``torch.nn.RNN``; its second bias becomes zero.

    Args:
        kernel: (features, units).
        recurrent_kernel: (units, units).
        bias: (units,), or None.

    >>> rnn_to_torch(np.zeros((3, 4)), np.zeros((4, 4)), np.ones(4)).weight_ih.shape
    (4, 3)
    """
    bias_hh = None if bias is None else np.zeros_like(bias)
    return TorchWeights(kernel.T, recurrent_kernel.T, bias, bias_hh)


def rnn_from_torch(
    weight_ih: Array, weight_hh: Array, bias_ih: Array | None = None, bias_hh: Array | None = None
) -> KerasWeights:
    """Weights of a ``torch.nn.RNN`` for a Keras SimpleRNN; both biases are added.

    Args:
        weight_ih: (units, features).
        weight_hh: (units, units).
        bias_ih: (units,), or None.
        bias_hh: (units,), or None.

    >>> rnn_from_torch(np.zeros((4, 3)), np.zeros((4, 4)), np.ones(4), np.ones(4)).bias
    array([2., 2., 2., 2.])
    """
    return KerasWeights(weight_ih.T, weight_hh.T, _sum(bias_ih, bias_hh))


def lstm_to_torch(kernel: Array, recurrent_kernel: Array, bias: Array | None = None) -> TorchWeights:
    """Weights of a Keras LSTM for ``torch.nn.LSTM``; its second bias becomes zero.

    Args:
        kernel: (features, 4 * units), blocks i f c o.
        recurrent_kernel: (units, 4 * units).
        bias: (4 * units,), or None.

    >>> lstm_to_torch(np.zeros((3, 8)), np.zeros((2, 8)), np.ones(8)).weight_ih.shape
    (8, 3)
    """
    kernel, recurrent_kernel, bias = _reorder((kernel, recurrent_kernel, bias), LSTM_GATES, TORCH_LSTM_GATES)
    return rnn_to_torch(kernel, recurrent_kernel, bias)


def lstm_from_torch(
    weight_ih: Array, weight_hh: Array, bias_ih: Array | None = None, bias_hh: Array | None = None
) -> KerasWeights:
    """Weights of a ``torch.nn.LSTM`` for a Keras LSTM; both biases are added.

    Args:
        weight_ih: (4 * units, features), blocks i f g o.
        weight_hh: (4 * units, units).
        bias_ih: (4 * units,), or None.
        bias_hh: (4 * units,), or None.

    >>> lstm_from_torch(np.zeros((8, 3)), np.zeros((8, 2))).kernel.shape
    (3, 8)
    """
    return KerasWeights(*_reorder(rnn_from_torch(weight_ih, weight_hh, bias_ih, bias_hh), TORCH_LSTM_GATES, LSTM_GATES))


def gru_to_torch(kernel: Array, recurrent_kernel: Array, bias: Array | None = None) -> TorchWeights:
    """Weights of a Keras GRU with ``reset_after=True`` for ``torch.nn.GRU``, which has no other kind.

    Args:
        kernel: (features, 3 * units), blocks z r h.
        recurrent_kernel: (units, 3 * units).
        bias: (2, 3 * units), or None.

    Raises:
        ValueError: for a bias of ``reset_after=False``.

    >>> gru_to_torch(np.zeros((3, 6)), np.zeros((2, 6)), np.zeros((2, 6))).bias_hh.shape
    (6,)
    """
    if bias is not None and np.ndim(bias) != 2:
        raise ValueError(
            f"gru_to_torch: bias has shape {np.shape(bias)}, expected (2, 3 * units): PyTorch has no "
            "GRU with reset_after=False"
        )
    kernel, recurrent_kernel, bias = _reorder((kernel, recurrent_kernel, bias), GRU_GATES, TORCH_GRU_GATES)
    bias_ih, bias_hh = (None, None) if bias is None else bias
    return TorchWeights(kernel.T, recurrent_kernel.T, bias_ih, bias_hh)


def gru_from_torch(
    weight_ih: Array, weight_hh: Array, bias_ih: Array | None = None, bias_hh: Array | None = None
) -> KerasWeights:
    """Weights of a ``torch.nn.GRU`` for a Keras GRU with ``reset_after=True``.

    Args:
        weight_ih: (3 * units, features), blocks r z n.
        weight_hh: (3 * units, units).
        bias_ih: (3 * units,), or None.
        bias_hh: (3 * units,), or None.

    >>> gru_from_torch(np.zeros((6, 3)), np.zeros((6, 2)), np.zeros(6), np.ones(6)).bias
    array([[0., 0., 0., 0., 0., 0.],
           [1., 1., 1., 1., 1., 1.]])
    """
    bias = None if bias_ih is None or bias_hh is None else np.stack([bias_ih, bias_hh])
    return KerasWeights(*_reorder((weight_ih.T, weight_hh.T, bias), TORCH_GRU_GATES, GRU_GATES))


def conv_to_torch(kernel: Array) -> Array:
    """Kernel of a Keras convolution for ``torch.nn.Conv1d`` or ``Conv2d``; the bias is the same in both.

    Args:
        kernel: (*kernel_size, channels // groups, filters).

    Returns:
        (filters, channels // groups, *kernel_size).

    >>> conv_to_torch(np.zeros((3, 2, 5, 4))).shape
    (4, 5, 3, 2)
    """
    return np.moveaxis(kernel, (-1, -2), (0, 1))


def conv_from_torch(weight: Array) -> Array:
    """Weight of a ``torch.nn.Conv1d`` or ``Conv2d`` for a Keras convolution; the bias is the same in both.

    Args:
        weight: (filters, channels // groups, *kernel_size).

    Returns:
        (*kernel_size, channels // groups, filters).

    >>> conv_from_torch(np.zeros((4, 5, 3, 2))).shape
    (3, 2, 5, 4)
    """
    return np.moveaxis(weight, (0, 1), (-1, -2))


def _reorder(
    weights: tuple[Array, Array, Array | None], old: Sequence[str], new: Sequence[str]
) -> tuple[Array, Array, Array | None]:
    """The blocks of all fused weights in another order."""
    kernel, recurrent_kernel, bias = weights
    return (
        join_gates(split_gates(kernel, old), new),
        join_gates(split_gates(recurrent_kernel, old), new),
        None if bias is None else join_gates(split_gates(bias, old), new),
    )


def _sum(first: Array | None, second: Array | None) -> Array | None:
    """The sum of what is there."""
    if first is None or second is None:
        return first if second is None else second
    return first + second
