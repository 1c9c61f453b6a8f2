"""Small photographs: 100 of a face, and 100 of what was behind faces.

========  =============================================================================================
source    Labeled Faces in the Wild, G. Huang and others, 2007: photographs of the news, from the web
package   scikit-image 0.26.0 (wheel), ``skimage/data/lfw_subset.npy``
licence   scikit-image: BSD-3-Clause for its files, nothing else is said of this one; the photographs
          are their photographers', and we know of no licence that is stated for them
here      ``files/faces.npz``, 100 kB: 200 images of 25x25 pixels, grey levels from 0 to 255, without names
made by   ``packaging/data/faces.py``
========  =============================================================================================

The faces are brighter, so one cut between dark and bright is right for 81 of 100, and there is nothing to be seen of
shape in that. Give every picture mean 0 and standard deviation 1 before a network sees it.
"""

from __future__ import annotations

import numpy as np

from reference.data import vendored

NAMES = ("no face", "face")
"""What is seen, by its label."""
FLAT = 152
"""The picture, of no face, that is the same grey all over. It is kept: a division by its standard deviation fails."""


def load() -> tuple[np.ndarray, np.ndarray]:
    """All pictures as they are, the faces first.

    Returns:
        images: float32 ``(200, 25, 25, 1)``, from 0 (black) to 1 (white).
        labels: int64 ``(200,)``, 1 for a face.

    >>> images, labels = load()
    >>> images.shape, labels.sum().item()
    ((200, 25, 25, 1), 100)
    >>> images[FLAT].std().item()
    0.0
    """
    images = vendored.arrays("faces.npz")["images"]
    return images[..., None] / np.float32(255), (np.arange(len(images)) < 100).astype(np.int64)


def small(images: np.ndarray, size: int = 12) -> np.ndarray:
    """The pictures with fewer pixels: each is the mean of the area that it covers.

    Args:
        images: ``(n, height, width, channels)``.
        size: rows and columns of what is returned.

    Returns:
        ``(n, size, size, channels)``, of the same dtype.

    >>> images = np.arange(16.0, dtype="float32").reshape(1, 4, 4, 1)
    >>> small(images, 2)[0, :, :, 0]
    array([[ 2.5,  4.5],
           [10.5, 12.5]], dtype=float32)
    >>> small(load()[0]).shape
    (200, 12, 12, 1)
    """
    rows, columns = shares(images.shape[1], size), shares(images.shape[2], size)
    return np.einsum("ih,nhwc,jw->nijc", rows, images.astype(np.float64), columns, optimize=True).astype(images.dtype)


def shares(before: int, after: int) -> np.ndarray:
    """How much each of `before` pixels in a row counts in each of `after`: ``(after, before)``, rows with the sum 1.

    >>> shares(3, 2)
    array([[0.66666667, 0.33333333, 0.        ],
           [0.        , 0.33333333, 0.66666667]])
    """
    edges = np.arange(after + 1)[:, None] * before / after
    pixel = np.arange(before)
    covered = np.minimum(edges[1:], pixel + 1) - np.maximum(edges[:-1], pixel)
    return np.clip(covered, 0, None) * after / before
