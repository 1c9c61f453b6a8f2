"""A tiny course in a temporary folder, and fake results for it: nothing here runs student code or
TensorFlow."""

from __future__ import annotations

import copy
import functools
import json
import sys
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from autograder.course.assignments import ensure_assignment
from autograder.course.folder import Course, open_course
from autograder.course.gradebook import ClassGradebook
from autograder.model import RECORD_VERSION, CellRun, Record, Submission, Verdict
from autograder.notebooks.release import Release, read_release
from autograder.notebooks.submission import read_submission

CONFIG = """c = get_config()
c.CourseDirectory.course_id = "tiny"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "assignments"
"""

EXERCISES = ("double", "square", "total")
STUDENTS = ("ada", "bob", "cyd", "dee", "eve")


@pytest.fixture(scope="session", autouse=True)
def alembic_once() -> Iterator[None]:
    """nbgrader runs `alembic` for every new gradebook, a second each; once in a session is enough."""
    from nbgrader import api

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(api, "get_alembic_version", functools.cache(api.get_alembic_version))
        yield


def _nbgrader(grade_id: str, **flags: Any) -> dict[str, Any]:
    meta = {"schema_version": 3, "grade": False, "locked": False, "solution": False, "task": False}
    return {"nbgrader": {**meta, "grade_id": grade_id, **flags}}


def _code(identity: str, source: str, metadata: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "id": identity,
        "metadata": metadata or {},
        "source": source,
        "outputs": [],
        "execution_count": None,
    }


def _text(identity: str, source: str, metadata: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": identity, "metadata": metadata or {}, "source": source}


def source_notebook() -> dict[str, Any]:
    """Three exercises worth 2, 3 and 1.5 points, a written question worth 4, a demo, given cells."""
    cells: list[dict[str, Any]] = [
        _text("intro", "# Tiny", _nbgrader("intro", locked=True)),
        _code("setup", "import math\nunits = 4", _nbgrader("setup", locked=True)),
    ]
    for exercise, body, points in zip(EXERCISES, ("2 * x", "x * x", "sum(x)"), (2, 3, 1.5), strict=True):
        answer = f"    ### BEGIN SOLUTION\n    return {body}\n    ### END SOLUTION\n"
        stub = f"def {exercise}(x):\n{answer}\nfactor_{exercise} = 1"
        cells.append(_text(f"{exercise}-text", f"## {exercise}"))
        cells.append(_code(exercise, stub, _nbgrader(exercise, solution=True)))
        grade = _nbgrader(f"{exercise}_check", grade=True, locked=True, points=points)
        cells.append(_code(f"{exercise}-check", f'check("{exercise}", {exercise})', grade))
    demo = _nbgrader("demo", locked=True)
    demo["tags"] = ["demo"]
    cells.append(_code("demo", "plot = list(range(units))", demo))
    cells.append(
        _text(
            "why",
            "Why?\n\n### BEGIN SOLUTION\nBecause.\n### END SOLUTION",
            _nbgrader("why", grade=True, solution=True, points=4),
        )
    )
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}


def write_notebook(path: Path, notebook: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(notebook, indent=1), encoding="utf-8")
    return path


class TinyCourse:
    """The course folder with an assignment `tiny`, released but without a gradebook."""

    def __init__(self, root: Path, config: str = CONFIG) -> None:
        from autograder.course.converters import generate_assignment

        self.root = root
        if not root.exists():
            root.mkdir(parents=True)
            (root / "nbgrader_config.py").write_text(config)
            write_notebook(root / "solutions/tiny/tiny.ipynb", source_notebook())
            generate_assignment(root, "tiny")

    @property
    def course(self) -> Course:
        return open_course(self.root)

    @property
    def release(self) -> Release:
        return read_release(self.root, "tiny")

    def stub(self) -> dict[str, Any]:
        """What a student gets."""
        notebook = json.loads((self.root / "assignments/tiny/tiny.ipynb").read_text())
        for cell in notebook["cells"]:
            cell["source"] = "".join(cell["source"])
        return notebook

    def solved(self) -> dict[str, Any]:
        """The stub with all answers given."""
        notebook = self.stub()
        for exercise, body in zip(EXERCISES, ("2 * x", "x * x", "sum(x)"), strict=True):
            set_source(notebook, exercise, f"def {exercise}(x):\n    return {body}\n")
        set_source(notebook, "why", "Because I think so.")
        return notebook

    def submit(self, student: str, notebook: Any, timestamp: str | None = None) -> Path:
        path = write_notebook(self.root / f"submitted/{student}/tiny/tiny.ipynb", notebook)
        if timestamp:
            (path.parent / "timestamp.txt").write_text(timestamp)
        return path

    def ready(self) -> Course:
        """The course with the assignment in the gradebook."""
        course = self.course
        ensure_assignment(course, "tiny")
        return course


def cell_of(notebook: dict[str, Any], grade_id: str) -> dict[str, Any]:
    return next(c for c in notebook["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id") == grade_id)


def set_source(notebook: dict[str, Any], grade_id: str, source: str) -> None:
    cell_of(notebook, grade_id)["source"] = source


def edited(notebook: dict[str, Any], edit: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    notebook = copy.deepcopy(notebook)
    edit(notebook)
    return notebook


def own_code(source: str) -> dict[str, Any]:
    """A cell that a student inserted."""
    return _code("own-" + "".join(c for c in source if c.isalnum())[:20], source)


def write_record(
    course: Course,
    record: Record,
    submission: Submission,
    runs: Sequence[CellRun],
    cards: Mapping[str, str],
    *,
    submission_path: Path | None = None,
) -> None:
    """Store one graded submission; for a class, keep a `ClassGradebook` open instead."""
    with ClassGradebook(course, record.assignment) as gradebook:
        gradebook.write_record(record, submission, runs, cards, submission_path=submission_path)


def fake_result(
    submission: Submission, points: dict[str, float], *, seed: str = "seed", status: str = "partial"
) -> tuple[Record, tuple[CellRun, ...], dict[str, str]]:
    """A record with these points per exercise, runs that printed something, and a card per test."""
    verdicts = tuple(
        Verdict(
            exercise=c.exercise,
            title=c.exercise.title(),
            entry_point=c.exercise,
            cell_id=c.id,
            status=status,
            points=points.get(c.exercise, 0.0),
            max_points=c.points,
            message="A message.",
        )
        for c in submission.cells
        if c.role == "grade" and c.exercise
    )
    runs = tuple(
        CellRun(c.id, "done", ({"output_type": "stream", "name": "stdout", "text": f"ran {c.id}\n"},))
        for c in submission.cells
        if c.is_code and c.role != "grade"
    )
    cards = {verdict.cell_id: f"<div class='card'>card of {verdict.exercise}</div>" for verdict in verdicts}
    record = Record(
        version=RECORD_VERSION,
        assignment=submission.assignment,
        student=submission.student,
        notebook=submission.notebook,
        status="unreadable" if submission.unreadable else "graded",
        points=sum(verdict.points for verdict in verdicts),
        max_points=sum(verdict.max_points for verdict in verdicts),
        verdicts=verdicts,
        notes=(),
        sha256=submission.sha256,
        seed=seed,
        sandbox="full",
        device="cpu",
        backend="tensorflow",
        versions={"sheets": "1"},
        started="2026-01-01T00:00:00+00:00",
        seconds={},
    )
    return record, runs, cards


def identity(submission: Submission) -> tuple[str, str, str]:
    """What `ClassGradebook.up_to_date` knows a submission by."""
    return submission.student, submission.notebook, submission.sha256


def read(course: TinyCourse, student: str = "ada") -> Submission:
    """What was handed in, as it will be run."""
    return read_submission(course.root / f"submitted/{student}/tiny/tiny.ipynb", student, course.release)


def grade_with(monkeypatch: pytest.MonkeyPatch, result: Any) -> list[str]:
    """Stand in for `autograder.grading.pipeline.grade_one`; returns the students it was asked for."""
    asked: list[str] = []

    def grade_one(
        course_dir: Path, assignment: str, notebook: str, student: str, notebook_path: Path, settings: Any
    ) -> Any:
        asked.append(student)
        return result(read_submission(notebook_path, student, read_release(course_dir, assignment)))

    module = types.ModuleType("autograder.grading.pipeline")
    module.grade_one = grade_one  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "autograder.grading.pipeline", module)
    return asked
