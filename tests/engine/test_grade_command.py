"""What `autograder grade` hands to the stages: the assignments in their order, and the limits."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from autograder import commands

ROOT = Path(__file__).parents[2]
ASSIGNMENTS = ("cnn", "lstm", "rnn")


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A student has handed in every stub."""
    root = tmp_path_factory.mktemp("course")
    shutil.copy(ROOT / "nbgrader_config.py", root)
    for name in ASSIGNMENTS:
        for folder in ("solutions", "assignments"):
            shutil.copytree(ROOT / folder / name, root / folder / name)
        shutil.copytree(ROOT / "assignments" / name, root / "submitted" / "ada" / name)
    return root


def graded(course: Path, monkeypatch: pytest.MonkeyPatch, *names: str, **options: Any) -> list[tuple[str, Any]]:
    """(assignment, options) as they are graded, and the code that the command ends with is 0."""
    asked: list[tuple[str, Any]] = []

    def grade_assignment(course: Any, name: str, given: Any, *_: Any, **__: Any) -> commands._Outcome:
        asked.append((name, given))
        return commands._Outcome((), 0, ())

    for stand_in in ("Zygote", "SheetMaker"):
        monkeypatch.setattr(commands, stand_in, mock.MagicMock())
    monkeypatch.setattr(commands, "_grade_assignment", grade_assignment)
    assert commands.grade(course, names, **options) == 0
    return asked


def test_the_smallest_assignment_is_graded_first(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [name for name, _ in graded(course, monkeypatch)] == ["rnn", "cnn", "lstm"]


def test_the_order_that_was_asked_for_is_kept(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [name for name, _ in graded(course, monkeypatch, "lstm", "rnn")] == ["lstm", "rnn"]


def test_limits_reach_the_worker(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ((_, options),) = graded(course, monkeypatch, "rnn", memory=0.75, cell_seconds=7.0)
    bounds = options.limits.bounds()
    assert bounds.memory == 3 * 2**28
    assert (options.limits.cell_seconds, options.limits.question_seconds) == (7.0, 7.0)
    ((_, options),) = graded(course, monkeypatch, "rnn")
    assert options.limits == commands.Limits()
