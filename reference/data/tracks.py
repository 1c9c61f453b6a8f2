"""Tracks of a hand in real videos: does it draw a gun, or only point?

========  =============================================================================================
source    GunPoint, C. A. Ratanamahatana and E. Keogh, in the UCR and UEA archives of time series: one
          actress and one actor, 100 tracks of each movement
package   aeon 1.6.0 (wheel), ``aeon/datasets/data/GunPoint/GunPoint_TRAIN.ts`` and ``GunPoint_TEST.ts``
licence   aeon: BSD-3-Clause, copyright the aeon developers, 2022 the sktime developers; nothing else is
          said of these files
here      ``files/tracks.npz``, 107 kB: 200 tracks of 150 steps, 50 to train with and 150 to test
made by   ``packaging/data/tracks.py``
========  =============================================================================================

A number is how far to the side the middle of the right hand is. Each track comes with mean 0 and standard deviation 1.
"""

from __future__ import annotations

import numpy as np

from reference.data import vendored

NAMES = ("draw a gun", "point")
"""The movements, by their labels."""


def load() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """All tracks.

    Returns:
        tracks: float32 ``(200, 150, 1)``.
        labels: int64 ``(200,)``, places in `NAMES`.
        train: bool ``(200,)``, which are to train with; the archive tests with all others.

    >>> tracks, labels, train = load()
    >>> tracks[train].shape, tracks[~train].shape
    ((50, 150, 1), (150, 150, 1))
    """
    held = vendored.arrays("tracks.npz")
    return held["tracks"][..., None], held["labels"].astype(np.int64), held["train"]
