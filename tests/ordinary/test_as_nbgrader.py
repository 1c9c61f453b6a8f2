"""Ordinary tests earn what nbgrader gives for them: its own example course and six others, graded by both."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from other_courses import ASSIGNMENTS, OURS, STOCK, SUBMISSIONS, hand_in, make_course

from autograder.commands import release as releasing
from autograder.course.completed import completed_record
from autograder.course.folder import open_course

NAMES = ("ps1", *ASSIGNMENTS)
STUDENTS = (*SUBMISSIONS, "nothing")
RECORDED = Path(__file__).with_name("stock.json")


def run(root: Path, *command: str) -> str:
    """A command of the environment, run in the course. Returns what it printed."""
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-3000:]
    return done.stdout


def nbgrader(root: Path, *arguments: str) -> None:
    run(root, sys.executable, "-m", "nbgrader", *arguments)


def autograder(root: Path, *arguments: str) -> str:
    return run(root, sys.executable, "-c", "from autograder.cli import main; main()", *arguments)


def grades(root: Path, assignment: str) -> dict[str, list[Any]]:
    """student/notebook/cell -> automatic points, possible points, whether a person must look; or the comment."""
    from nbgrader.api import Gradebook

    found: dict[str, list[Any]] = {}
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as book:
        for submission in book.assignment_submissions(assignment):
            for part in submission.notebooks:
                place = f"{submission.student.id}/{part.name}"
                for grade in part.grades:
                    found[f"{place}/{grade.name}"] = [grade.auto_score, grade.max_score, bool(grade.needs_manual_grade)]
                for comment in part.comments:
                    found[f"{place}/{comment.name}: comment"] = [comment.auto_comment]
    return found


@pytest.fixture(scope="module")
def stock() -> dict[str, dict[str, list[Any]]]:
    """What nbgrader alone gives, by assignment: as recorded by `test_stock_still_gives_what_was_recorded`."""
    recorded: dict[str, dict[str, list[Any]]] = json.loads(RECORDED.read_text("utf-8"))
    return recorded


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Graded by our command."""
    root = make_course(tmp_path_factory.mktemp("ours"), OURS)
    autograder(root, "release", "--no-prove", *NAMES)
    for name in NAMES:
        hand_in(root, name)
    autograder(root, "grade")
    return root


@pytest.fixture(scope="module")
def button(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Graded by nbgrader's command with our steps; two assignments are enough."""
    root = make_course(tmp_path_factory.mktemp("button"), OURS)
    for name in ("ps1", "hidden"):
        nbgrader(root, "generate_assignment", name)
        hand_in(root, name)
        nbgrader(root, "autograde", name)
    return root


@pytest.mark.skipif("GATEBOOK_STOCK" not in os.environ, reason="minutes; `make as-nbgrader` runs it, and the gate does")
def test_stock_still_gives_what_was_recorded(tmp_path: Path) -> None:
    root = make_course(tmp_path / "stock", STOCK)
    for name in NAMES:
        nbgrader(root, "generate_assignment", name)
        hand_in(root, name)
        nbgrader(root, "autograde", name)
    found = {name: dict(sorted(grades(root, name).items())) for name in NAMES}
    if os.environ["GATEBOOK_STOCK"] == "write":
        lines = [
            f" {json.dumps(name)}: {{\n"
            + ",\n".join(f"  {json.dumps(k)}: {json.dumps(v)}" for k, v in of.items())
            + "\n }"
            for name, of in found.items()
        ]
        RECORDED.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    assert found == json.loads(RECORDED.read_text("utf-8"))


@pytest.mark.parametrize("name", NAMES)
def test_same_scores_as_stock(stock: dict[str, dict[str, list[Any]]], ours: Path, name: str) -> None:
    assert {place.split("/")[0] for place in stock[name]} == set(STUDENTS)
    assert grades(ours, name) == stock[name]


@pytest.mark.long
@pytest.mark.parametrize("name", ["ps1", "hidden"])
def test_same_scores_by_nbgraders_own_command(stock: dict[str, dict[str, list[Any]]], button: Path, name: str) -> None:
    assert grades(button, name) == stock[name]


def test_what_a_person_grades_is_counted(ours: Path) -> None:
    course = open_course(ours)
    record = completed_record(course, "ps1", "all", "problem2")
    assert record is not None
    assert (record.points, record.max_points, record.by_hand) == (0, 0, {"part-a": 1, "part-b": 2})
    nothing = completed_record(course, "by_hand", "nothing", "questions")
    assert nothing is not None
    assert nothing.by_hand == {"project": 5}


@pytest.mark.parametrize("folder", ["autograded", "feedback", "reports"])
def test_hidden_tests_are_published_nowhere(ours: Path, folder: str) -> None:
    pages = [path for path in (ours / folder).rglob("*") if path.suffix in (".ipynb", ".html") and path.is_file()]
    pages = [path for path in pages if "hidden" in str(path)]
    assert len(pages) >= 2 * len(STUDENTS)
    for path in pages:
        page = path.read_text("utf-8").replace("_", "").replace(",", "")
        for secret in ("7013", "49182169", "5011", "125826657331", "'cubes'"):
            assert secret not in page, path


def test_hidden_tests_make_nobody_an_editor(ours: Path) -> None:
    for student in STUDENTS:
        record = completed_record(open_course(ours), "hidden", student, "first part")
        assert record is not None
        assert record.notes == ()


def test_a_hidden_test_is_told_to_the_instructor_alone(ours: Path) -> None:
    record = completed_record(open_course(ours), "hidden", "half", "first part")
    assert record is not None
    verdicts = {verdict.cell_id: verdict for verdict in record.verdicts}
    assert str(verdicts["square_right"].message) == (
        "What you see of this test passes. A part of it that is not shown does not."
    )
    assert any("cube_right" in flag and "AssertionError" in flag for flag in record.flags)


def test_files_lie_beside_the_autograded_notebook(ours: Path) -> None:
    folder = ours / "autograded/all/files"
    assert (folder / "data/numbers.txt").read_text() == "1\n2\n3\n"
    assert (folder / "mine.py").read_text() == "constant = 42  # mine\n"
    names = {path.name for path in (ours / "autograded/all/hidden").iterdir()}
    assert {"first part.ipynb", "second.ipynb"} <= names


def test_a_notebook_of_another_language_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = make_course(tmp_path / "course", OURS)
    path = root / "source/partial/partial.ipynb"
    content = json.loads(path.read_text("utf-8"))
    content["metadata"]["kernelspec"] = {"display_name": "R", "language": "R", "name": "ir"}
    path.write_text(json.dumps(content))
    assert releasing.release(root, ("partial",), verify=False, prove=False, sandbox="full") == 1
    assert "is written in r; what is graded here is Python" in " ".join(capsys.readouterr().out.split())
