"""Handwritten digits of 8x8 pixels, and the same set in motion.

========  =============================================================================================
source    Optical Recognition of Handwritten Digits, E. Alpaydin and C. Kaynak, 1998, UCI data set 80:
          its test set, written by 13 people
package   scikit-learn 1.7.2 (wheel), ``sklearn/datasets/data/digits.csv.gz``
licence   CC BY 4.0, by the donation policy of UCI; scikit-learn itself is BSD-3-Clause
here      ``files/digits.npz``, 45 kB: 1,797 images, about 180 of each digit, grey levels from 0 to 16
made by   ``packaging/data/digits.py``
========  =============================================================================================
"""

from __future__ import annotations

import numpy as np

from reference.data import vendored

DIRECTIONS = ("right", "down", "left", "up")
"""Where a digit moves to, by its label."""
STEPS = np.array([(0, 1), (1, 0), (0, -1), (-1, 0)])
"""Rows and columns that a digit moves on from one frame to the next, by its label."""


def load() -> tuple[np.ndarray, np.ndarray]:
    """All digits.

    Returns:
        images: float32 ``(1797, 8, 8, 1)``, from 0 (paper) to 1 (ink).
        labels: int64 ``(1797,)``, from 0 to 9.

    >>> images, labels = load()
    >>> images.shape, labels[:3].tolist()
    ((1797, 8, 8, 1), [0, 1, 2])
    >>> for row in images[0, :, :, 0]:
    ...     print("".join(".:*#"[round(3 * ink)] for ink in row.tolist()))
    ..:**...
    ..*#*#:.
    .:#..**.
    .:*..**.
    .:*..**.
    .:*..*:.
    ..#:**..
    ..:**...
    """
    held = vendored.arrays("digits.npz")
    return (held["images"][..., None] / np.float32(16)), held["labels"].astype(np.int64)


def moving(rng: np.random.Generator, count: int, frames: int = 6, size: int = 12) -> tuple[np.ndarray, np.ndarray]:
    """Videos of a digit that moves over an empty field, one pixel a frame, and comes in again where it left.

    Each video has a digit, a place to start from and a direction, drawn from all with equal chances. So one frame tells
    nothing of the direction: whichever way it goes, every digit is at every place equally often. Frames without their
    order tell whether it goes across or up and down, and no more, because a video played backwards is one of the
    opposite direction: who ignores the order cannot expect to be right more than half of the time.

    Args:
        rng: draws all of it.
        count: how many videos.
        frames: of each video.
        size: rows and columns of the field, 8 or more.

    Returns:
        videos: float32 ``(count, frames, size, size, 1)``, from 0 to 1.
        directions: int64 ``(count,)``, places in `DIRECTIONS`.

    >>> videos, directions = moving(np.random.default_rng(0), 100)
    >>> videos.shape
    (100, 6, 12, 12, 1)
    >>> moved_on = np.roll(videos[0, 0], STEPS[directions[0]], axis=(0, 1))
    >>> np.array_equal(videos[0, 1], moved_on)
    True
    """
    images, _ = load()
    side = images.shape[1]
    if size < side:
        raise ValueError(f"a field of {size}x{size} pixels is too small for digits of {side}x{side}")
    field = np.pad(images[rng.integers(len(images), size=count), :, :, 0], ((0, 0), (0, size - side), (0, size - side)))
    starts = rng.integers(size, size=(count, 1, 2))
    directions = rng.integers(len(DIRECTIONS), size=count)
    moved = starts + np.arange(frames)[:, None] * STEPS[directions][:, None, :]  # (count, frames, 2)
    rows = (np.arange(size) - moved[..., :1]) % size  # (count, frames, size): the row of the field that is seen there
    columns = (np.arange(size) - moved[..., 1:]) % size
    videos = field[np.arange(count)[:, None, None, None], rows[..., :, None], columns[..., None, :]]
    return videos[..., None], directions
