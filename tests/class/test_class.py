"""The sample class: every situation is graded, and gets the record it must get."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from build import ASSIGNMENTS, FOLDERS, fix_secret, hand_in

from autograder.commands import grade as grading
from autograder.course.completed import completed_record
from autograder.course.folder import open_course

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
EXPECTED = sorted((HERE / "expected").glob("*.json"))


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A course with the whole sample class, graded by the command."""
    root = tmp_path_factory.mktemp("course")
    for name in ("solutions", "assignments"):
        shutil.copytree(ROOT / name, root / name)
    shutil.copy(ROOT / "nbgrader_config.py", root)
    fix_secret(root)
    hand_in(root)
    for assignment in ASSIGNMENTS:
        for step, student in (("solutions", "the_solution"), ("assignments", "the_stub")):
            shutil.copytree(root / step / assignment, root / "submitted" / student / assignment)
    assert grading.grade(root, (), cell_seconds=10.0) == 0
    return root


def record(course: Path, student: str, assignment: str) -> Any:
    found = completed_record(open_course(course), assignment, student)
    assert found is not None, f"{student} has no grade for {assignment}"
    return found


def expected_of(given: Any) -> dict[str, Any]:
    """What a record is held to: all that does not depend on the machine."""
    return {
        "status": given.status,
        "points": given.points,
        "exercises": {
            verdict.exercise: {
                "status": verdict.status,
                "points": verdict.points,
                "mistake": verdict.diagnosis.mistake if verdict.diagnosis else None,
                **({"roots": list(verdict.roots)} if verdict.roots else {}),
                **({"follow_through": verdict.follow_through} if verdict.follow_through else {}),
            }
            for verdict in given.verdicts
        },
    }


def test_every_submission_has_an_expected_record() -> None:
    submitted = [
        [f"{path.parents[1].name}.{path.parent.name}" for path in (HERE / folder).glob("*/*/*.ipynb")]
        for folder in FOLDERS
    ]
    assert {*submitted[0], *submitted[1]} == {path.stem for path in EXPECTED}
    assert len(submitted[0]) >= 25


@pytest.mark.parametrize("path", EXPECTED, ids=lambda path: path.stem)
def test_situation(course: Path, path: Path) -> None:
    student, _, assignment = path.stem.rpartition(".")
    assert expected_of(record(course, student, assignment)) == json.loads(path.read_text("utf-8"))


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_the_solution_earns_every_point(course: Path, assignment: str) -> None:
    given = record(course, "the_solution", assignment)
    assert given.points == given.max_points > 0
    assert {verdict.status for verdict in given.verdicts} == {"passed"}


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_the_stub_is_not_attempted(course: Path, assignment: str) -> None:
    given = record(course, "the_stub", assignment)
    assert given.points == 0
    assert {verdict.status for verdict in given.verdicts} == {"not_attempted"}


def test_the_gradebook_holds_the_points_of_the_records(course: Path) -> None:
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        for path in EXPECTED:
            student, _, assignment = path.stem.rpartition(".")
            submission = gradebook.find_submission(assignment, student)
            scores = {grade.name: grade.auto_score for notebook in submission.notebooks for grade in notebook.grades}
            for verdict in record(course, student, assignment).verdicts:
                assert scores[verdict.cell_id] == verdict.points


def test_everybody_has_an_autograded_notebook_feedback_and_a_page(course: Path) -> None:
    for path in EXPECTED:
        student, _, assignment = path.stem.rpartition(".")
        assert (course / "autograded" / student / assignment / f"{assignment}.ipynb").is_file()
        assert (course / "feedback" / student / assignment / f"{assignment}.html").is_file()
    assert (course / "reports" / "index.html").is_file()
    assert len(list((course / "reports" / "students").glob("*.html"))) == len(EXPECTED) + 2 * len(ASSIGNMENTS)


def test_nothing_is_graded_twice(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = record(course, "perfect", "rnn").started
    assert grading.grade(course, ("rnn",), feedback=False) == 0
    assert "kept their grade" in capsys.readouterr().out
    assert record(course, "perfect", "rnn").started == before


def test_what_is_published_holds_no_secret(course: Path) -> None:
    """The secret of the course is in no page and no autograded notebook."""
    secret = (course / ".gatebook" / "secret").read_text().strip()
    pages = [
        *course.glob("reports/**/*.*"),
        *course.glob("feedback/*/*/*.html"),
        *course.glob("autograded/*/*/*.ipynb"),
    ]
    assert pages
    for page in pages:
        assert secret not in page.read_text("utf-8")
