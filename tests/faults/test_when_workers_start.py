"""The fork server starts beside everything else where somebody's notebook will run, and else not at all."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import fake_grade
import pytest
from support.course_builder import TinyCourse

from autograder.commands import grade as grading


class Host(fake_grade.Idle):
    """Counts how often it was started."""

    starts = 0

    def start(self) -> None:
        Host.starts += 1


@pytest.fixture
def started(tiny: TinyCourse, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """How often it starts in a run."""
    for name, stand_in in (fake_grade.STAND_INS | {"_host": Host}).items():
        monkeypatch.setattr(grading, name, stand_in)

    def run(**options: bool) -> int:
        Host.starts = 0
        assert grading.grade(tiny.root, (), **options) == 0
        return Host.starts

    return run


def grade_by_hand(tiny: TinyCourse) -> None:
    with sqlite3.connect(tiny.root / "gradebook.db") as database:
        assert database.execute("update grade set manual_score = coalesce(manual_score, 0) + 0.25").rowcount


def test_only_what_is_handed_in_starts_it(tiny: TinyCourse, started: Callable[..., int]) -> None:
    assert started() == 1
    assert started() == 0, "nothing has changed"
    grade_by_hand(tiny)
    assert started() == 0, "no notebook runs for a grade by hand"
    tiny.submit("ada", tiny.stub())
    assert started() == 1
    grade_by_hand(tiny)
    assert started(force=True) == 1
