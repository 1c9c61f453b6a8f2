"""Random inputs by the rules that keep a mistake visible and a right answer within its tolerance.

Sizes are pairwise distinct, states and biases non-zero, inputs of unit size, and weights N(0, 1)/sqrt(fan in): unscaled
weights make the recurrence chaotic, tiny inputs or equal sizes make mistakes vanish.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

DTYPE = np.float32


def inputs(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """N(0, 1)."""
    return rng.standard_normal(shape).astype(DTYPE)


def weight(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """N(0, 1)/sqrt(fan in); the fan in is the product of all sizes but the last."""
    fan = int(np.prod(shape[:-1]))
    return (rng.standard_normal(shape) / np.sqrt(fan)).astype(DTYPE)


def bias(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Between 0.2 and 0.9 in size, of either sign: none is near zero, no two are alike."""
    return (rng.uniform(0.2, 0.9, shape) * rng.choice([-1.0, 1.0], shape)).astype(DTYPE)


def state(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """A hidden state: in (-1, 1)."""
    return np.tanh(rng.standard_normal(shape)).astype(DTYPE)


def gate(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """The value of an open-and-shut gate: between 0.1 and 0.9."""
    return rng.uniform(0.1, 0.9, shape).astype(DTYPE)


def distinct_sizes(rng: np.random.Generator, names: Sequence[str], low: int = 2, high: int = 8) -> dict[str, int]:
    """Pairwise distinct sizes in [low, high].

    >>> sorted(distinct_sizes(np.random.default_rng(0), ["batch", "time", "units"], 3, 5).values())
    [3, 4, 5]
    """
    chosen = rng.choice(np.arange(low, high + 1), size=len(names), replace=False)
    return dict(zip(names, map(int, chosen), strict=True))
