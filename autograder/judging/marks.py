"""A few numbers that stand for an array, so that thousands of known wrong answers fit into a small file.

A mark is a weighted sum of all entries. Arrays that differ by rounding have marks that differ by rounding; arrays that
differ otherwise have the same marks about once in a million times, and a mistake is told by the marks of many arrays.
"""

from __future__ import annotations

import numpy as np

MARKS = 2
"""Marks of one array."""


def mark(value: np.ndarray) -> np.ndarray:
    """The marks of an array of any shape, float64 of shape (MARKS,)."""
    entries = np.nan_to_num(np.asarray(value, np.float64).ravel(), nan=7.5, posinf=1e6, neginf=-1e6)
    return _weights(entries.size) @ entries  # (marks,)


def allowed(entries: int, tolerance: float, marks: np.ndarray) -> np.ndarray:
    """How far the marks of two arrays may be from each other whose entries differ by less than the tolerance.

    Rounding errors have no common sign: their sum grows with the root of their number. Marks are kept as float32.
    """
    return 2.0 * tolerance * np.sqrt(max(entries, 1)) + np.abs(marks) * np.finfo(np.float32).eps


def _weights(entries: int) -> np.ndarray:
    at = np.arange(1, entries + 1, dtype=np.float64)
    # Any weights do that are not alike, are of one size, and are the same on every machine.
    return np.stack([np.cos(at * (1.2345 + 0.777 * k) + k) for k in range(MARKS)])  # (marks, entries)
