"""The texts that are kept: how many, how long, and that they are the very ones."""

from __future__ import annotations

import datetime
import hashlib

import numpy as np
import pytest

from reference.data import dates, reviews, tagged, vendored, words


@pytest.mark.parametrize(
    ("file", "digest"),
    [
        (reviews.FILE, "612d08e0e6ecf3f80f3c0808e0e6393fcfd5514d6bbfffdae1ee714dffff023b"),
        (tagged.FILE, "7f164020132181a4ab4824da5dc453adbe80408d988ebbbe2cc0cc6b72ad6e32"),
        (dates.FILE, "9a0c0343c0b631241661de65d502340bef022b76c35368337d20c5f58413f6b3"),
    ],
)
def test_the_text_is_the_one_that_its_script_makes(file: str, digest: str) -> None:
    """Where a script in packaging/data/ changes what it makes, the new hash belongs here."""
    assert hashlib.sha256(vendored.text(file).encode("utf-8")).hexdigest() == digest


def test_reviews() -> None:
    sentences, scores = reviews.load()
    assert len(sentences) == len(set(sentences)) == 4000
    assert {len(sentence) for sentence in sentences} == set(range(3, reviews.LONGEST + 1))
    assert (scores.shape, scores.dtype) == ((4000,), np.float32)
    assert (scores > 0).sum() == 2000
    assert 1 <= np.abs(scores).min() < np.abs(scores).max() <= 4
    texts, same = reviews.raw()
    assert tuple(map(words.split, texts)) == sentences
    np.testing.assert_array_equal(same, scores)


def test_negations_in_reviews_are_words_of_a_usual_vocabulary() -> None:
    sentences, _ = reviews.load()
    known = set(words.vocabulary(sentences, 2000))
    negations = [word for sentence in sentences for word in sentence if word.endswith("n't")]
    assert {"don't", "isn't", "doesn't", "can't"} <= set(negations)
    assert sum(word in known for word in negations) / len(negations) > 0.95


def test_tagged() -> None:
    sentences, tags = tagged.load()
    assert len(sentences) == len(tags) == 4000
    assert {len(sentence) for sentence in sentences} == set(range(5, tagged.LONGEST + 1))
    assert [len(sentence) for sentence in sentences] == [len(row) for row in tags]
    assert {tag for row in tags for tag in row} == set(tagged.TAGS)
    assert {sentence[-1] for sentence in sentences} == {".", "?", "!"}
    seen = {pair for row in zip(sentences, tags, strict=True) for pair in zip(*row, strict=True)}
    assert {("the", "DET"), ("can't", "VERB"), ("to", "ADP"), ("to", "PRT"), ("1/2", "NUM"), ("not", "PRT")} <= seen
    assert all(word == word.lower() and word for word, _ in seen)


def test_dates_say_the_same_day_in_both_languages() -> None:
    sources, targets = dates.load()
    assert len(sources) == len(targets) == len(set(sources)) == len(set(targets)) == 4297
    assert {len(date) for date in sources} == {len(date) for date in targets} == {7, dates.LONGEST}
    german: dict[str, set[str]] = {}
    for source, target in zip(sources, targets, strict=True):
        weekday, month, *digits = source
        day = datetime.datetime.strptime(" ".join([month, "".join(digits[:-4]), "".join(digits[-4:])]), "%B %d %Y")
        assert day.strftime("%A") == weekday
        assert (*target[1:-5], *target[-4:]) == tuple(digits)
        german.setdefault(weekday, set()).add(target[0])
        german.setdefault(month, set()).add(target[-5])
    assert len(german) == 7 + 12
    assert all(len(word) == 1 for word in german.values())
    assert german["March"] == {"März"}


def test_dates_of_your_own() -> None:
    assert dates.split("Mittwoch, 31. Dezember 2099") == ("Mittwoch", "3", "1", "Dezember", "2", "0", "9", "9")
