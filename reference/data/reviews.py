"""Sentences of film reviews, and how much they praise: for sentiment.

===========  =======================================================================================================
source       vaderSentiment 3.3.2 (PyPI, the sdist): in `additional_resources/hutto_ICWSM_2014.tar.gz`
             the file `movieReviewSnippets_GroundTruth.txt`; 10,605 sentences of rotten.tomatoes.com, collected
             by Pang and Lee (2004), rated by Hutto and Gilbert (2014)
licence      MIT, as the package states it
here         `files/reviews.txt.gz`, 163 kB: 2,000 sentences that praise and 2,000 that blame
made by      `packaging/data/reviews.py`: 3 to 24 words, a score of at least 1 either way, no sentence twice
===========  =======================================================================================================

A score is the mean of what twenty people said, from -4 to 4.
"""

from __future__ import annotations

import numpy as np

from reference.data import vendored, words

FILE = "reviews.txt.gz"
LONGEST = 24
"""No sentence has more words."""


def load() -> tuple[tuple[tuple[str, ...], ...], np.ndarray]:
    """`(sentences, scores)`: 4,000 tuples of 3 to 24 words in lower case, and float32 `(4000,)`, praise above 0.

    Half of the scores are above 0. The order has no meaning, so that the first thousand are a fair sample.

    >>> sentences, scores = load()
    >>> print(*sentences[0])
    a heroic tale of persistence that is sure to win viewers hearts
    >>> scores.shape, round(float(scores[0]), 2)
    ((4000,), 2.32)
    """
    texts, scores = raw()
    return tuple(words.split(text) for text in texts), scores


def raw() -> tuple[tuple[str, ...], np.ndarray]:
    """The same sentences as people wrote them, and the same scores.

    >>> raw()[0][0]
    "A heroic tale of persistence that is sure to win viewers' hearts."
    """
    pairs = [line.split("\t") for line in vendored.text(FILE).splitlines()]
    return tuple(text for _, text in pairs), np.array([float(score) for score, _ in pairs], dtype=np.float32)
