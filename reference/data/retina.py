"""Patches of a real retina, half of them with a real lesion planted: a stand-in for diagnostic images.

========  =============================================================================================
source    retina: "Fundus photograph of normal left eye", Mikael Häggström, Wikimedia Commons;
          lesions: a detail of image 07_dr of the High-Resolution Fundus database, A. Budai and others, 2013
package   scikit-image 0.26.0 (wheel), ``skimage/data/retina.jpg`` and ``skimage/data/microaneurysms.png``
licence   CC0 1.0, both
here      ``files/retina.npz``, 234 kB: 860x860 pixels of the green channel, and two microaneurysms of 11x11
made by   ``packaging/data/retina.py``
========  =============================================================================================

The eye is healthy, and the lesions are another's, in the scale of their own photograph. So the pictures show what
finding a lesion is like, and say nothing about any patient. Patches differ far more in how bright they are than by a
lesion: take the mean of each away, and divide by 0.1 or so, before a network sees it.
"""

from __future__ import annotations

import numpy as np

from reference.data import vendored

SIZE = 20
"""Rows and columns of a patch."""
NAMES = ("healthy", "lesion")
"""What a label means."""


def load() -> tuple[np.ndarray, np.ndarray]:
    """What patches are made of.

    Returns:
        photograph: uint8 ``(860, 860)``, the green channel of a retina.
        lesions: float32 ``(2, 11, 11)``, how much darker than its surroundings a lesion is: 1 where it is darkest,
            and 0 around it.

    >>> photograph, lesions = load()
    >>> photograph.shape, lesions.max(axis=(1, 2)).tolist()
    ((860, 860), [1.0, 1.0])
    """
    held = vendored.arrays("retina.npz")
    photograph = held["changes"].cumsum(axis=1, dtype=np.uint8).cumsum(axis=0, dtype=np.uint8)
    return photograph, held["lesions"] / np.float32(255)


def patches(
    rng: np.random.Generator, count: int, contrast: tuple[float, float] = (0.06, 0.11)
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Patches from anywhere in the retina; every other one, by chance, gets a lesion.

    Whether there is one, which, where, how dark and turned how, is drawn without a look at the patch. So what lies
    behind says nothing about the label, even where two patches overlap.

    Args:
        rng: draws all of it.
        count: how many patches.
        contrast: from and to how much a lesion darkens the patch in its middle, where 1 is from white to black.

    Returns:
        images: float32 ``(count, 20, 20, 1)``, from 0 to 1 in steps of 1/255, as a camera has them.
        labels: int64 ``(count,)``, 1 where there is a lesion.
        places: int64 ``(count, 2)``, row and column of its middle, or -1 and -1 where there is none.

    >>> images, labels, places = patches(np.random.default_rng(0), 100)
    >>> images.shape
    (100, 20, 20, 1)
    >>> np.array_equal(labels == 1, places[:, 0] >= 0)
    True
    """
    photograph, lesions = load()
    lowest, highest = contrast
    if not 0 < lowest <= highest <= 1:
        raise ValueError(f"a contrast goes from a number above 0 to one up to 1, and not from {lowest} to {highest}")
    images = np.empty((count, SIZE, SIZE), np.float32)
    labels = rng.integers(2, size=count)
    places = np.full((count, 2), -1, np.int64)
    radius = lesions.shape[1] // 2
    for index in range(count):
        top, left = rng.integers(0, np.array(photograph.shape) - SIZE + 1)
        patch = photograph[top : top + SIZE, left : left + SIZE].astype(np.float64)
        if labels[index]:
            row, column = places[index] = rng.integers(radius, SIZE - radius, size=2)
            lesion = turned(lesions[rng.integers(len(lesions))], int(rng.integers(8)))
            there = np.s_[row - radius : row + radius + 1, column - radius : column + radius + 1]
            patch[there] -= 255 * rng.uniform(lowest, highest) * lesion
        images[index] = np.clip(np.round(patch), 0, 255) / 255
    return images[..., None], labels, places


def turned(image: np.ndarray, way: int) -> np.ndarray:
    """A square turned by `way` quarters, and from 4 on seen in a mirror: eight ways in all.

    >>> turned(np.array([[1, 2], [3, 4]]), 5)
    array([[3, 4],
           [1, 2]])
    """
    return np.rot90(image.T if way >= 4 else image, way)
