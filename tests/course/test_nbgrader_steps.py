"""The unmodified commands of nbgrader with the steps that `nbgrader_config.py` of this project installs."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support.course_builder import TinyCourse, fake_result, grade_with, identity, set_source, write_record

import autograder
from autograder.course.completed import completed_record
from autograder.course.folder import Course
from autograder.course.gradebook import ClassGradebook
from autograder.notebooks.submission import read_submission

# nbgrader's own way to add a submission makes SQLAlchemy warn.
pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")

PROJECT = Path(autograder.__file__).parents[1]
POINTS = {"double": 2.0, "square": 1.25, "total": 0.0}

FAKE_PIPELINE = """
import sys, types
sys.path[:0] = [{project!r}, {here!r}]
fake = types.ModuleType("autograder.grading.pipeline")
def grade_one(course_dir, assignment, notebook, student, notebook_path, settings):
    from support.course_builder import fake_result
    from autograder.notebooks.release import read_release
    from autograder.notebooks.submission import read_submission
    submission = read_submission(notebook_path, student, read_release(course_dir, assignment))
    return fake_result(submission, {points!r})
fake.grade_one = grade_one
sys.modules["autograder.grading.pipeline"] = fake
"""


@pytest.fixture
def installed(ready: TinyCourse, monkeypatch: pytest.MonkeyPatch) -> TinyCourse:
    """A course with the project's configuration, and a stand-in for the pipeline."""
    shutil.copy(PROJECT / "nbgrader_config.py", ready.root)
    grade_with(monkeypatch, lambda submission: fake_result(submission, POINTS))
    return ready


def _autograde(tiny: TinyCourse, **traits: Any) -> Course:
    """What `nbgrader autograde tiny` does after reading its configuration."""
    from nbgrader.converters import Autograde

    course = tiny.course
    course.directory.assignment_id = "tiny"
    Autograde(course.directory, config=course.config, **traits).start()
    return course


def _scores(course: Course, student: str) -> dict[str, Any]:
    from nbgrader.api import Gradebook

    with Gradebook(course.directory.db_url, course.directory.course_id) as gradebook:
        notebook = gradebook.find_submission_notebook("tiny", "tiny", student)
        return {grade.name: (grade.auto_score, grade.needs_manual_grade) for grade in notebook.grades}


EXPECTED = {"double_check": (2.0, False), "square_check": (1.25, False), "total_check": (0.0, False)}


def test_class_of_all_sorts(installed: TinyCourse) -> None:
    """Every submission is graded, whatever it is; stock nbgrader stops or gives no grade at most of these."""
    duplicated = installed.solved()
    duplicated["cells"] += [dict(cell, id=cell["id"] + "-2") for cell in duplicated["cells"]]
    edited = installed.solved()
    for cell in edited["cells"]:
        cell["metadata"].get("nbgrader", {}).update(points=99, schema_version=77, grade="yes")
    deleted = {**installed.solved(), "cells": []}
    for student, notebook in (
        ("ada", installed.solved()),
        ("dup", duplicated),
        ("ed", edited),
        ("none", deleted),
    ):
        installed.submit(student, notebook)
    installed.submit("json", {}).write_text("not a notebook")
    link = installed.submit("link", installed.solved())
    link.unlink()
    link.symlink_to(installed.root / "solutions/tiny/tiny.ipynb")
    leak = installed.submit("leak", installed.solved()).with_name("leak.txt")
    leak.symlink_to(installed.root / "nbgrader_config.py")
    course = _autograde(installed)
    for student in ("ada", "dup", "ed", "leak"):
        scores = _scores(course, student)
        assert scores.pop("why") == (None, True)
        assert scores == EXPECTED
    for student in ("json", "link"):
        assert "x * x" not in (installed.root / f"autograded/{student}/tiny/tiny.ipynb").read_text()
        assert _scores(course, student)["why"] == (0.0, False)
    assert not (installed.root / "autograded/leak/tiny/leak.txt").exists()
    assert completed_record(course, "tiny", "ada") is not None
    ada = read_submission(installed.root / "submitted/ada/tiny/tiny.ipynb", "ada", installed.release)
    with ClassGradebook(course, "tiny") as gradebook:
        assert gradebook.up_to_date(*identity(ada), seed="seed") is not None


def test_printing_to_stderr_costs_nothing(installed: TinyCourse, monkeypatch: pytest.MonkeyPatch) -> None:
    import dataclasses

    noise = ({"output_type": "stream", "name": "stderr", "text": "oneDNN custom operations are on"},)

    def result(submission: Any) -> Any:
        record, runs, cards = fake_result(submission, POINTS)
        return record, tuple(dataclasses.replace(run, outputs=noise) for run in runs), cards

    grade_with(monkeypatch, result)
    installed.submit("ada", installed.solved())
    scores = _scores(_autograde(installed), "ada")
    del scores["why"]
    assert scores == EXPECTED


def test_grader_fault(installed: TinyCourse, monkeypatch: pytest.MonkeyPatch) -> None:
    grade_with(monkeypatch, lambda submission: fake_result(submission, POINTS, status="grader_fault"))
    installed.submit("ada", installed.solved())
    assert set(_scores(_autograde(installed), "ada").values()) == {(None, True)}


def test_killed_and_run_again(installed: TinyCourse, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stock nbgrader says "Skipping existing assignment" and exports 0 points."""
    for student in ("ada", "bob"):
        installed.submit(student, installed.solved())

    class Killed(BaseException):
        pass

    def result(submission: Any) -> Any:
        if submission.student == "bob":
            raise Killed
        return fake_result(submission, POINTS)

    grade_with(monkeypatch, result)
    with pytest.raises(Killed):
        _autograde(installed)
    assert (installed.root / "autograded/bob/tiny").is_dir()
    asked = grade_with(monkeypatch, lambda submission: fake_result(submission, POINTS))
    course = _autograde(installed)
    assert asked == ["bob"]
    for student in ("ada", "bob"):
        assert _scores(course, student)["square_check"] == (1.25, False)
    _autograde(installed)
    assert asked == ["bob"]


def test_what_another_process_is_grading_is_left_alone(installed: TinyCourse, monkeypatch: pytest.MonkeyPatch) -> None:
    installed.submit("ada", installed.solved())
    (installed.root / "autograded/ada/tiny").mkdir(parents=True)
    mark = installed.root / ".gatebook/grading/tiny/ada"
    mark.parent.mkdir(parents=True)
    mark.write_text(f"{socket.gethostname()} {os.getppid()}")
    asked = grade_with(monkeypatch, lambda submission: fake_result(submission, POINTS))
    _autograde(installed)
    assert asked == []
    mark.write_text(f"{socket.gethostname()} {os.getpid()}")
    _autograde(installed)
    assert asked == ["ada"]
    assert not mark.exists()


def test_force_grades_again(installed: TinyCourse, monkeypatch: pytest.MonkeyPatch) -> None:
    installed.submit("ada", installed.solved())
    _autograde(installed)
    asked = grade_with(monkeypatch, lambda submission: fake_result(submission, {"double": 0.5}))
    course = _autograde(installed, force=True)
    assert asked == ["ada"]
    assert _scores(course, "ada")["double_check"] == (0.5, False)


def test_same_notebook_by_both_ways(installed: TinyCourse, tmp_path: Path) -> None:
    """`nbgrader autograde` and `autograder grade` leave the same notebook."""

    notebook = installed.solved()
    set_source(notebook, "setup", "import os")
    path = installed.submit("ada", notebook)
    written = installed.root / "autograded/ada/tiny/tiny.ipynb"
    course = _autograde(installed)
    by_nbgrader = json.loads(written.read_text())
    submission = read_submission(path, "ada", installed.release)
    write_record(course, *_ordered(submission))
    assert json.loads(written.read_text()) == by_nbgrader


def _ordered(submission: Any) -> tuple[Any, ...]:
    record, runs, cards = fake_result(submission, POINTS)
    return record, submission, runs, cards


def test_formgraders_button(installed: TinyCourse, monkeypatch: pytest.MonkeyPatch) -> None:
    """The Autograde button calls NbGraderAPI.autograde."""
    from nbgrader.apps.api import NbGraderAPI
    from traitlets.config import Config

    installed.submit("ada", installed.solved())
    config = Config(installed.course.config)
    config.CourseDirectory.root = str(installed.root)
    config.Exchange.root = str(installed.root / "exchange")
    api = NbGraderAPI(config=config)
    result = api.autograde("tiny", "ada")
    assert result["success"], result
    assert _scores(installed.course, "ada")["square_check"] == (1.25, False)
    submission = api.get_submission("tiny", "ada")
    assert (submission["autograded"], submission["score"], submission["needs_manual_grade"]) == (
        True,
        3.25,
        True,
    )


def test_commands(installed: TinyCourse, tmp_path: Path) -> None:
    """The commands as an instructor types them."""
    installed.submit("ada", installed.solved())
    site = tmp_path / "site"
    site.mkdir()
    fake = FAKE_PIPELINE.format(project=str(PROJECT), here=str(Path(__file__).parents[1]), points=POINTS)
    (site / "sitecustomize.py").write_text(fake)
    environment = {**os.environ, "PYTHONPATH": str(site), "JUPYTER_CONFIG_DIR": str(site), "HOME": str(site)}
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", "autograde", "tiny"],
        cwd=installed.root,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert _scores(installed.course, "ada")["square_check"] == (1.25, False)
