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
from typing import Any

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
