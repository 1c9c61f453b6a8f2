"""The classics in full size, where there is internet: IMDB, MNIST, CIFAR-10.

========  ======================  ======================================  ========  ===============
set       file                    contents                                download  licence
========  ======================  ======================================  ========  ===============
IMDB      imdb.npz                50,000 film reviews (Maas et al. 2011)  17 MB     none is stated
MNIST     mnist.npz               70,000 digits (LeCun et al. 1998)       11 MB     CC BY-SA 3.0
CIFAR-10  cifar-10-python.tar.gz  60,000 pictures (Krizhevsky 2009)       170 MB    none is stated
========  ======================  ======================================  ========  ===============

Nothing of these is kept here. Keras downloads a file the first time, compares its hash and keeps it in
`~/.keras/datasets` (below KERAS_HOME where that is set). Without internet, `reference.data.reviews`, `digits` and
`silhouettes` are small sets of the same kinds. All are split as their authors split them, and come as
`(inputs, labels), (inputs, labels)`, for training and for testing::

    from reference.data import classics

    (images, labels), (test_images, test_labels) = classics.mnist()
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from reference.data.words import PADDING, UNKNOWN

CIFAR10 = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
"""The classes of CIFAR-10; a class's place is its label."""

Sentences = tuple[tuple[int, ...], ...]
Images = tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


class Reviews(NamedTuple):
    """What `imdb` gives."""

    vocabulary: tuple[str, ...]
    train: tuple[Sentences, np.ndarray]
    test: tuple[Sentences, np.ndarray]


def imdb(most: int = 10_000) -> Reviews:
    """`(vocabulary, (reviews, labels), (reviews, labels))`: 25,000 reviews for training and 25,000 for testing.

    Reviews are tuples of numbers, each of its own length, numbered as `words.encode` does it: 1 is a word that is not
    among the `most` commonest, 2 the commonest, and 0 is free for padding. A word's place in `vocabulary` is its
    number. Labels are int32 `(25000,)`, 1 for praise.
    """
    if most < 1:
        raise ValueError(f"a vocabulary of reviews needs a word at least, and {most} is less")
    from keras.datasets import imdb as source

    (x, y), (test_x, test_y) = _got(
        lambda: source.load_data(num_words=most + 2, start_char=None, oov_char=1, index_from=1), "imdb.npz", "reviews"
    )
    places = _got(source.get_word_index, "imdb_word_index.json", "reviews")
    commonest = sorted(places, key=places.__getitem__)[:most]
    return Reviews((PADDING, UNKNOWN, *commonest), (_tuples(x), _labels(y)), (_tuples(test_x), _labels(test_y)))


def mnist() -> Images:
    """60,000 digits for training and 10,000 for testing.

    Images are float32 `(60000, 28, 28, 1)`, 0 is black and 1 is white; labels int32 `(60000,)`, 0 to 9.
    """
    from keras.datasets import mnist as source

    (x, y), (test_x, test_y) = _got(source.load_data, "mnist.npz", "digits")
    return (_images(x[..., None]), _labels(y)), (_images(test_x[..., None]), _labels(test_y))


def cifar10() -> Images:
    """50,000 pictures for training and 10,000 for testing, of ten classes (`CIFAR10`).

    Images are float32 `(50000, 32, 32, 3)`, red, green and blue from 0 to 1 (600 MB); labels int32 `(50000,)`, 0 to 9.
    """
    from keras.datasets import cifar10 as source

    (x, y), (test_x, test_y) = _got(source.load_data, "cifar-10-python.tar.gz", "silhouettes")
    return (_images(x), _labels(y)), (_images(test_x), _labels(test_y))


def _got(load: Callable[[], Any], file: str, offline: str) -> Any:
    """What Keras loads; an OSError that says which file it did not get, and what works without it."""
    try:
        return load()
    except Exception as error:
        # A failed download is a bare Exception in Keras, and a damaged one is a ValueError.
        if not isinstance(error, (OSError, ValueError)) and type(error) is not Exception:
            raise
        raise OSError(
            f"Keras could not get {file}: {error}. It is downloaded once and then kept in ~/.keras/datasets, so this "
            f"needs internet the first time. reference.data.{offline} works without."
        ) from error


def _images(pixels: np.ndarray) -> np.ndarray:
    return np.divide(pixels, np.float32(255), dtype=np.float32)


def _labels(labels: np.ndarray) -> np.ndarray:
    return np.asarray(labels, dtype=np.int32).reshape(-1)


def _tuples(reviews: np.ndarray) -> Sentences:
    return tuple(tuple(map(int, review)) for review in reviews)
