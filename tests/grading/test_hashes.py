"""A submission is known by its hash, which asks for no look into the notebook."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.course_builder import TinyCourse

from autograder.grading import pipeline
from autograder.grading.pipeline import Grader, Options


class Idle:
    """Stands for the fork server."""

    def start(self) -> None:
        pass


@pytest.fixture
def grader(ready: TinyCourse, monkeypatch: pytest.MonkeyPatch) -> Grader:
    monkeypatch.setattr(pipeline.release, "public_sheets", lambda *_: {})
    monkeypatch.setattr(pipeline.release, "secret_sheets", lambda *_: {})
    return Grader(ready.course, "tiny", Options(), Idle(), None)  # type: ignore[arg-type]


def same(grader: Grader, path: Path) -> str:
    """The hash, found in both ways."""
    found = grader.hash_of(path)
    assert found == grader.read_or_fault(path, "ada")[0].sha256
    return found


def test_the_notebook_and_what_lies_beside_it(ready: TinyCourse, grader: Grader) -> None:
    path = ready.submit("ada", ready.solved())
    found = [same(grader, path)]
    (path.parent / "helper.py").write_text("x = 1")
    found.append(same(grader, path))
    (path.parent / "helper.py").write_text("x = 2")
    found.append(same(grader, path))
    path.write_text("{")
    found.append(same(grader, path))
    path.unlink()
    found.append(same(grader, path))
    assert len(set(found)) == len(found)


def test_what_cannot_be_read_at_all(ready: TinyCourse, grader: Grader, monkeypatch: pytest.MonkeyPatch) -> None:
    path = ready.submit("ada", ready.solved())
    usual = same(grader, path)

    def fails(*_: Any) -> Any:
        raise ValueError

    monkeypatch.setattr(pipeline, "files_of", fails)
    assert same(grader, path) != usual
