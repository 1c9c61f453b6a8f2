"""Words of a text, and numbers for them.

No sentence is padded or cut here: sentences come as tuples of their own lengths, and making one array of them is for
who uses them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

PADDING = "<padding>"
"""The name of number 0. No word has it, so that it can fill what a sentence has not."""
UNKNOWN = "<unknown>"
"""The name of number 1, which all words get that are not in a vocabulary."""

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")


def split(text: str) -> tuple[str, ...]:
    """The words of a text in lower case, without punctuation. An apostrophe within a word stays, and so do negations.

    >>> split("It's 'so clever' you don't want to hate it!")
    ("it's", 'so', 'clever', 'you', "don't", 'want', 'to', 'hate', 'it')
    """
    return tuple(_WORD.findall(text.lower().replace("’", "'")))


def vocabulary(sentences: Iterable[Iterable[str]], most: int) -> tuple[str, ...]:
    """`PADDING`, `UNKNOWN`, and the commonest words, `most` of them or fewer; what is equally common, in the order of
    the alphabet. A word's place is its number, so an `Embedding` of this vocabulary has `len(vocabulary)` rows.

    >>> vocabulary([("a", "good", "film"), ("a", "bad", "film")], most=3)
    ('<padding>', '<unknown>', 'a', 'film', 'bad')
    """
    if most < 0:
        raise ValueError(f"a vocabulary cannot have {most} words")
    counts = Counter(word for sentence in sentences for word in sentence if word not in (PADDING, UNKNOWN))
    commonest = sorted(counts, key=lambda word: (-counts[word], word))
    return (PADDING, UNKNOWN, *commonest[:most])


def encode(sentences: Iterable[Iterable[str]], vocabulary: Sequence[str]) -> tuple[tuple[int, ...], ...]:
    """The numbers of the words of each sentence: 1 for a word that the vocabulary has not, and never 0.

    >>> known = vocabulary([("a", "good", "film"), ("a", "bad", "film")], most=3)
    >>> encode([("a", "good", "film"), ("film",)], known)
    ((2, 1, 3), (3,))
    """
    if tuple(vocabulary[:2]) != (PADDING, UNKNOWN):
        raise ValueError("a vocabulary begins with PADDING and UNKNOWN: make it with vocabulary(sentences, most)")
    numbers = {word: number for number, word in enumerate(vocabulary) if number > 1}
    return tuple(tuple(numbers.get(word, 1) for word in sentence) for sentence in sentences)
