"""Dates in English and the same in German: for translation.

===========  ======================================================================================================
source       made with Babel 2.18, `format_date(day, "full")`; its words are those of Unicode's CLDR
licence      BSD-3-Clause (Babel), Unicode License v3 (CLDR)
here         `files/dates.txt.gz`, 44 kB: 4,297 pairs, every 17th day of 1900 to 2099
made by      `packaging/data/dates.py`
===========  ======================================================================================================

Digits are words of their own, as no vocabulary has all years, and punctuation is left out. An English date has 7 or 8
words. The German one has as many, in another order: with a word for its beginning or its end, 9 at most.
"""

from __future__ import annotations

import re

from reference.data import vendored

FILE = "dates.txt.gz"
LONGEST = 8
"""No date has more words."""


def load() -> tuple[tuple[tuple[str, ...], ...], tuple[tuple[str, ...], ...]]:
    """`(sources, targets)`: 4,297 English dates and 4,297 German ones, tuples of 7 or 8 words.

    No date begins or ends with a word for that. The order has no meaning, so that the first thousand are a fair sample.

    >>> sources, targets = load()
    >>> sources[0]
    ('Monday', 'March', '4', '1', '9', '0', '7')
    >>> targets[0]
    ('Montag', '4', 'März', '1', '9', '0', '7')
    """
    pairs = [line.split("\t") for line in vendored.text(FILE).splitlines()]
    return tuple(split(english) for english, _ in pairs), tuple(split(german) for _, german in pairs)


def split(date: str) -> tuple[str, ...]:
    """The words of a date, each digit one; so that you can try a date of your own.

    >>> split("Friday, March 1, 2024")
    ('Friday', 'March', '1', '2', '0', '2', '4')
    """
    return tuple(re.findall(r"[^\W\d]+|\d", date))
