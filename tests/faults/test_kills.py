"""A sample of `kills.py`: some kills of the real command, in a class that was never graded and in one that was."""

from __future__ import annotations

import random
from collections.abc import Iterator

import kills
import pytest

pytestmark = pytest.mark.long

KILLS = 4


@pytest.fixture(scope="module")
def lives() -> Iterator[kills.Study]:
    with kills.study() as study:
        yield study


def test_nothing_is_lost(lives: kills.Study) -> None:
    """The study itself asserts that every class ends as it would have undisturbed, and that nobody is graded twice."""
    generator = random.Random(7)
    while lives.kills.total() < KILLS or lives.lives < 2:
        lives.life(KILLS // 2, generator)
    assert lives.endings == lives.lives >= 2
