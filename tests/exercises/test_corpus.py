"""A sample of the corpus of wrong and right implementations: all wrong ones are caught, and none is named wrongly.

`python -m benchmarks.diagnosis.measure` measures all of them.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT))

from benchmarks.diagnosis import corpus, measure  # noqa: E402

IMPLEMENTATIONS = corpus.load()
KNOWN = measure.causes()
SAMPLE = [one for one in IMPLEMENTATIONS if one.exercise != "simple_cnn"][::14]


def test_the_corpus_is_large_and_of_all_sorts() -> None:
    wrong = [one for one in IMPLEMENTATIONS if not one.right]
    assert len(wrong) >= 300
    assert sum(one.right for one in IMPLEMENTATIONS) >= 60
    assert sum(one.rare for one in wrong) >= 25
    assert sum(" + " in one.cause for one in wrong) >= 25


@pytest.mark.parametrize("one", SAMPLE, ids=lambda one: one.identity)
@pytest.mark.filterwarnings("ignore")  # students' code may warn
def test_sample(one: corpus.Implementation) -> None:
    (measured,) = measure.measure([one])
    assert measured.outcome in ("passed", "rightly named", "explained", "placed", "unnamed"), measured.said
