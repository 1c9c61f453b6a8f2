"""Words, vocabularies and numbers."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference.data import words
from reference.data.words import PADDING, UNKNOWN

WORDS = st.sampled_from(["a", "b", "c", "d", "don't", PADDING, UNKNOWN]) | st.text(max_size=3)
SENTENCES = st.lists(st.lists(WORDS, max_size=8), max_size=8)


@given(SENTENCES, st.integers(0, 10))
def test_a_vocabulary_has_the_commonest_words_once_each(sentences: list[list[str]], most: int) -> None:
    found = words.vocabulary(sentences, most)
    counts = Counter(word for sentence in sentences for word in sentence if word not in (PADDING, UNKNOWN))
    assert found[:2] == (PADDING, UNKNOWN)
    assert len(found) == len(set(found)) == 2 + min(most, len(counts))
    rest = counts.keys() - set(found)
    assert min((counts[word] for word in found[2:]), default=0) >= max((counts[word] for word in rest), default=0) or (
        most == 0
    )


@given(SENTENCES, st.integers(0, 10))
def test_numbers_lead_back_to_the_words(sentences: list[list[str]], most: int) -> None:
    known = words.vocabulary(sentences, most)
    encoded = words.encode(sentences, known)
    assert [len(row) for row in encoded] == [len(sentence) for sentence in sentences]
    for sentence, row in zip(sentences, encoded, strict=True):
        for word, number in zip(sentence, row, strict=True):
            assert number > 0
            assert known[number] == (word if word in known[2:] else UNKNOWN)


@given(SENTENCES, st.integers(0, 10))
def test_a_vocabulary_does_not_depend_on_the_order(sentences: list[list[str]], most: int) -> None:
    turned = [sentence[::-1] for sentence in sentences[::-1]]
    assert words.vocabulary(turned, most) == words.vocabulary(sentences, most)


@given(st.text())
def test_splitting_words_again_changes_nothing(text: str) -> None:
    once = words.split(text)
    assert words.split(" ".join(once)) == once


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ()), ("...", ()), ("Don't!", ("don't",)), ("isn't 'that' so", ("isn't", "that", "so")),
        ("viewers' hearts", ("viewers", "hearts")), ("well_known 9/10", ("well", "known", "9", "10")),
        ("Béart", ("béart",)), ("it’s", ("it's",)),
    ],
)  # fmt: skip
def test_words_of_a_text(text: str, found: tuple[str, ...]) -> None:
    assert words.split(text) == found


def test_what_cannot_be_meant_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot have -1 words"):
        words.vocabulary([], -1)
    with pytest.raises(ValueError, match="begins with PADDING and UNKNOWN"):
        words.encode([("a",)], ("a", "b"))
