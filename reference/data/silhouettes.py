"""Silhouettes of ten animals, 28x28 pixels, as MNIST has digits.

========  =============================================================================================
source    Animal-Shape (Animal MNIST), Sina Mohammadi, 2025: 10,000 pictures, 284 of them twice
package   animal_mnist 0.4 (wheel), ``animal_mnist/data/Animal_MNIST/animal_data_version_3.gz`` and
          ``animal_label_version_3.gz``
licence   MIT, copyright 2025 SinaSR-6
here      ``files/silhouettes.npz``, 477 kB: 6,000 images, 600 of each animal, none twice, in four grey levels
made by   ``packaging/data/silhouettes.py``
========  =============================================================================================

Zebras have their stripes, so they are easy to tell; the other nine are white all over.
"""

from __future__ import annotations

import numpy as np

from reference.data import vendored

NAMES = ("bear", "bird", "cat", "cow", "dog", "elephant", "giraffe", "horse", "sheep", "zebra")
"""The animals, by their labels."""


def load() -> tuple[np.ndarray, np.ndarray]:
    """All silhouettes. The animals take turns, so any part of them has about as many of each.

    Returns:
        images: float32 ``(6000, 28, 28, 1)``, each pixel 0, 1/3, 2/3 or 1 (the animal).
        labels: int64 ``(6000,)``, places in `NAMES`.

    >>> images, labels = load()
    >>> images.shape, [NAMES[label] for label in labels[:3]]
    ((6000, 28, 28, 1), ['bear', 'bird', 'cat'])
    """
    held = vendored.arrays("silhouettes.npz")
    high, low = np.unpackbits(held["packed"]).reshape(2, -1, order="F")
    levels = (2 * high + low).reshape(-1, 28, 28, 1)
    return levels / np.float32(3), held["labels"].astype(np.int64)
