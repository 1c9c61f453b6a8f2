"""The two functions that every gate is made of."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]


def sigmoid(a: Array) -> Array:
    """The logistic function, σ(a) = 1 / (1 + e^-a), between 0 and 1.

    Args:
        a: any shape, floating.

    Returns:
        the same shape and dtype. Never overflows: only e to the power of something negative is computed.

    >>> sigmoid(np.array([-1000.0, 0.0, 1000.0]))
    array([0. , 0.5, 1. ])
    """
    a = np.asarray(a)
    e = np.exp(-np.abs(a))
    return np.where(a >= 0, np.ones_like(e), e) / (1 + e)


def tanh(a: Array) -> Array:
    """The hyperbolic tangent, between -1 and 1.

    Args:
        a: any shape, floating.

    Returns:
        the same shape and dtype.

    >>> tanh(np.array([0.0, 100.0]))
    array([0., 1.])
    """
    return np.tanh(a)
