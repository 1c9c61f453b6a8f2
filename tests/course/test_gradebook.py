"""What the gradebook holds, held against what stock nbgrader stores."""

from __future__ import annotations

import contextlib
import csv
import dataclasses
import json
import os
from pathlib import Path
from typing import Any

import pytest
from support.course_builder import CONFIG, STUDENTS, TinyCourse, fake_result, identity, read, set_source, write_record

from autograder.course import database
from autograder.course import gradebook as grading
from autograder.course.assignments import ensure_assignment
from autograder.course.completed import completed_record
from autograder.course.database import GradebookError, environment_on_path
from autograder.course.feedback_writer import FeedbackWriter
from autograder.course.folder import Course, grading_lock, open_course
from autograder.course.gradebook import ClassGradebook

LATE = CONFIG + 'c.LateSubmissionPlugin.penalty_method = "zero"\n'
POINTS = {"double": 2.0, "square": 1.25, "total": 0.0}


def _grade(tiny: TinyCourse, student: str = "ada", points: dict[str, float] = POINTS, **changes: Any) -> Any:
    submission = read(tiny, student)
    record, runs, cards = fake_result(submission, points)
    record = dataclasses.replace(record, **changes)
    write_record(tiny.course, record, submission, runs, cards)
    return submission, record


def _rows(course: Course, student: str = "ada") -> dict[str, Any]:
    """Everything the database holds about a submission, comparable between two gradebooks."""
    from nbgrader.api import Gradebook

    with Gradebook(course.directory.db_url, course.directory.course_id) as gradebook:
        submission = gradebook.find_submission("tiny", student)
        notebook = gradebook.find_submission_notebook("tiny", "tiny", student)
        return {
            "grades": {
                g.name: (
                    g.auto_score,
                    g.manual_score,
                    g.extra_credit,
                    g.needs_manual_grade,
                    g.score,
                    g.max_score,
                )
                for g in notebook.grades
            },
            "comments": {c.name: (c.auto_comment, c.manual_comment, c.comment) for c in notebook.comments},
            "timestamp": submission.timestamp,
            "penalty": notebook.late_submission_penalty,
            "scores": (
                submission.score,
                submission.max_score,
                submission.code_score,
                submission.written_score,
            ),
            "needs": submission.needs_manual_grade,
        }


def _edit_grade(course: Course, name: str, **values: Any) -> None:
    from nbgrader.api import Gradebook

    with Gradebook(course.directory.db_url, course.directory.course_id) as gradebook:
        grade = gradebook.find_grade(name, "tiny", "tiny", "ada")
        for key, value in values.items():
            setattr(grade, key, value)
        gradebook.db.commit()


def _due(course: Course, when: str) -> None:
    from nbgrader.api import Gradebook

    with Gradebook(course.directory.db_url, course.directory.course_id) as gradebook:
        gradebook.update_or_create_assignment("tiny", duedate=when)


@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # stock nbgrader gives them
def test_same_as_stock_nbgrader(tmp_path: Path) -> None:
    """Stock nbgrader runs tests that are numbers, ours gives the same points: the gradebooks are equal."""
    from nbgrader.converters import Autograde, GenerateAssignment

    numbers = {"double": "2.0", "square": "1.25", "total": "0"}
    stock = TinyCourse(tmp_path / "stock", config=LATE)
    source = json.loads((stock.root / "solutions/tiny/tiny.ipynb").read_text())
    for exercise, number in numbers.items():
        set_source(source, f"{exercise}_check", number)
    (stock.root / "solutions/tiny/tiny.ipynb").write_text(json.dumps(source))
    course = stock.course
    course.directory.assignment_id = "tiny"
    environment_on_path()
    GenerateAssignment(course.directory, config=course.config, force=True).start()
    ours = TinyCourse(tmp_path / "ours", config=LATE)
    ours.ready()
    for tiny in (stock, ours):
        _due(tiny.course, "2026-01-10 12:00:00")
        for student, day in (("ada", 9), ("bob", 11)):
            notebook = tiny.solved() if student == "ada" else tiny.stub()
            tiny.submit(student, notebook, f"2026-01-{day:02} 12:00:00.5 UTC")
    Autograde(course.directory, config=course.config).start()
    for student in ("ada", "bob"):
        _grade(ours, student)
        assert _rows(ours.course, student) == _rows(course, student)
    assert _rows(ours.course, "bob")["penalty"] == 3.25
    assert _rows(ours.course, "ada")["comments"]["double"] == (None, None, None)
    assert _rows(ours.course, "bob")["comments"]["why"] == ("No response.", None, "No response.")


def test_assignment_as_generate_assignment_records_it(tmp_path: Path) -> None:
    from nbgrader.api import Gradebook
    from nbgrader.converters import GenerateAssignment

    def recorded(course: Course) -> Any:
        with Gradebook(course.directory.db_url, course.directory.course_id) as gradebook:
            notebook = gradebook.find_notebook("tiny", "tiny")
            return (
                notebook.kernelspec,
                {c.name: (c.cell_type, c.locked, c.source, c.checksum) for c in notebook.source_cells},
                {c.name: (c.max_score, c.cell_type) for c in notebook.grade_cells},
                {c.name for c in notebook.solution_cells},
            )

    stock, ours = TinyCourse(tmp_path / "stock"), TinyCourse(tmp_path / "ours")
    released = (ours.root / "assignments/tiny/tiny.ipynb").read_bytes()
    course = ours.ready()
    directory = stock.course.directory
    directory.assignment_id = "tiny"
    environment_on_path()
    GenerateAssignment(directory, config=stock.course.config, force=True).start()
    assert recorded(course) == recorded(stock.course)
    assert (ours.root / "assignments/tiny/tiny.ipynb").read_bytes() == released
    assert (stock.root / "assignments/tiny/tiny.ipynb").read_bytes() == released


def test_changed_assignment(ready: TinyCourse, tmp_path: Path) -> None:
    from autograder.course.converters import compare_generated, generate_assignment

    course = ready.course
    ready.submit("ada", ready.solved())
    _grade(ready)
    source = json.loads((ready.root / "solutions/tiny/tiny.ipynb").read_text())
    set_source(source, "intro", "# Tiny, with a typo less")
    (ready.root / "solutions/tiny/tiny.ipynb").write_text(json.dumps(source))
    assert '+    "# Tiny, with a typo less"' in compare_generated(ready.root, "tiny")
    generate_assignment(ready.root, "tiny")
    assert compare_generated(ready.root, "tiny") == ""
    ensure_assignment(course, "tiny")
    source["cells"] = [c for c in source["cells"] if c["id"] != "demo"]
    (ready.root / "solutions/tiny/tiny.ipynb").write_text(json.dumps(source))
    generate_assignment(ready.root, "tiny")
    with pytest.raises(GradebookError, match=r"\(demo\).*1 submissions"):
        ensure_assignment(course, "tiny")


def test_generated_assignment_is_the_same_bytes(tiny: TinyCourse) -> None:
    from autograder.course.converters import compare_generated, generate_assignment

    path = tiny.root / "assignments/tiny/tiny.ipynb"
    first = path.read_bytes()
    assert generate_assignment(tiny.root, "tiny") == path.parent
    assert path.read_bytes() == first
    assert compare_generated(tiny.root, "tiny") == ""
    assert not (tiny.root / "gradebook.db").exists()
    assert b"x * x" not in first


def test_faulty_source(tiny: TinyCourse) -> None:
    from autograder.course.converters import generate_assignment

    path = tiny.root / "solutions/tiny/tiny.ipynb"
    source = json.loads(path.read_text())
    set_source(source, "double", "### BEGIN SOLUTION\n1")
    path.write_text(json.dumps(source))
    with pytest.raises(GradebookError, match="no end solution statement"):
        generate_assignment(tiny.root, "tiny")
    del source["cells"][0]["id"]
    path.write_text(json.dumps(source))
    with pytest.raises(GradebookError, match="have no id"):
        generate_assignment(tiny.root, "tiny")


def test_a_persons_work_survives(ready: TinyCourse) -> None:
    course = ready.course
    ready.submit("ada", ready.solved())
    _grade(ready)
    _edit_grade(course, "square_check", manual_score=3.0, extra_credit=0.5)
    _edit_grade(course, "why", manual_score=2.5)
    before = _rows(course)["grades"]
    _grade(ready, points={"double": 1.0})
    after = _rows(course)["grades"]
    assert after["square_check"][:2] == (0.0, 3.0)
    assert after["square_check"][2] == 0.5
    assert after["square_check"][4] == 3.5
    assert after["square_check"][3]
    assert after["why"][1] == before["why"][1] == 2.5
    assert after["double_check"][0] == 1.0


def test_grader_fault_waits_for_a_person(ready: TinyCourse) -> None:
    course = ready.course
    ready.submit("ada", ready.solved())
    submission = read(ready)
    record, runs, cards = fake_result(submission, POINTS, status="grader_fault")
    write_record(course, record, submission, runs, cards)
    assert _rows(course)["grades"]["double_check"][:4] == (None, None, None, True)
    with ClassGradebook(course, "tiny") as gradebook:
        assert gradebook.up_to_date(*identity(submission), seed="seed") == record


def test_grader_fault_is_graded_again(ready: TinyCourse) -> None:
    ready.submit("ada", ready.solved())
    submission, _ = _grade(ready, status="grader_fault")
    with ClassGradebook(ready.course, "tiny") as gradebook:
        assert gradebook.up_to_date(*identity(submission), seed="seed") is None


def test_impossible_points_are_cut(ready: TinyCourse) -> None:
    course = ready.course
    ready.submit("ada", ready.solved())
    _grade(ready, points={"double": 99.0, "square": -1.0, "total": float("nan")})
    grades = _rows(course)["grades"]
    assert [grades[f"{e}_check"][0] for e in POINTS] == [2.0, 0.0, None]


def test_unreadable(ready: TinyCourse) -> None:
    course = ready.course
    ready.submit("ada", ready.solved()).write_text("not a notebook")
    _grade(ready)
    assert _rows(course)["scores"][0] == 0
    assert not _rows(course)["needs"]
    assert all(comment == (None, None, None) for comment in _rows(course)["comments"].values()), "it is said at the top"
    assert "not a notebook" in (ready.root / "autograded/ada/tiny/tiny.ipynb").read_text()


def test_autograded_folder(ready: TinyCourse) -> None:
    import nbformat
    from nbgrader.utils import determine_grade

    path = ready.submit("ada", ready.solved(), "2026-01-09 12:00:00 UTC")
    (path.parent / "data").mkdir()
    (path.parent / "data/mine.csv").write_text("1")
    (path.parent / "helper.py").write_text("student's")
    (path.parent / "__pycache__").mkdir()
    (path.parent / "__pycache__/x.pyc").write_text("")
    (path.parent / "leak.txt").symlink_to(ready.root / "nbgrader_config.py")
    (path.parent / "linked").symlink_to(ready.root / "solutions")
    (ready.root / "solutions/tiny/helper.py").write_text("master's")
    _grade(ready)
    folder = ready.root / "autograded/ada/tiny"
    assert sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()) == [
        "data/mine.csv",
        "helper.py",
        "timestamp.txt",
        "tiny.ipynb",
    ]
    assert (folder / "helper.py").read_text() == "master's"
    assert os.stat(folder / "tiny.ipynb").st_mode & 0o777 == 0o444
    assert os.listdir(folder.parent) == ["tiny"]
    notebook = nbformat.read(folder / "tiny.ipynb", as_version=4)
    nbformat.validate(notebook)
    tests = [c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade") and c.cell_type == "code"]
    assert [determine_grade(c)[0] for c in tests] == [2.0, 1.25, 0.0]
    card, result = tests[1].outputs
    assert (card.output_type, card.data["text/html"]) == (
        "display_data",
        "<div class='card'>card of square</div>",
    )
    assert (result.output_type, result.data["text/plain"]) == ("execute_result", "1.25")
    double = next(c for c in notebook.cells if c.id == "double")
    assert double.outputs[0].text == "ran double\n"


def test_unknown_student_or_assignment(tiny: TinyCourse) -> None:
    course = tiny.course
    tiny.submit("ada", tiny.solved())
    with pytest.raises(GradebookError, match="no assignment 'tiny'"):
        _grade(tiny)
    ensure_assignment(course, "tiny")
    submission = read(tiny)
    record, runs, cards = fake_result(submission, POINTS)
    with (
        ClassGradebook(course, "tiny", create_students=False) as gradebook,
        pytest.raises(GradebookError, match="nbgrader db student add ada"),
    ):
        gradebook.write_record(record, submission, runs, cards)
    assert not (tiny.root / "autograded/ada/tiny").exists()
    assert completed_record(course, "tiny", "ada") is None


@pytest.mark.parametrize("timestamp", ["garbage", "", "2026-99-99 12:00", "\x00"])
def test_unusable_timestamp(ready: TinyCourse, timestamp: str) -> None:
    course = ready.course
    path = ready.submit("ada", ready.solved())
    (path.parent / "timestamp.txt").write_text(timestamp)
    _grade(ready)
    assert _rows(course)["timestamp"] is None


# ----------------------------------------------------------------------------------- again, and after a kill


class Killed(BaseException):
    """Stands for SIGKILL: nothing catches it."""


def _up_to_date(tiny: TinyCourse, **changes: Any) -> bool:
    found = []
    for read_ahead in (False, True):
        with ClassGradebook(tiny.course, "tiny") as gradebook:
            if read_ahead:
                gradebook.read_ahead()
            found.append(gradebook.up_to_date(*identity(read(tiny)), **{"seed": "seed", **changes}))
    one_by_one, at_once = found
    assert one_by_one == at_once
    return at_once is not None


def test_a_class_that_stands_is_read_at_once(ready: TinyCourse) -> None:
    """However many they are: what the database is asked is the same."""
    from sqlalchemy import event

    asked = []
    for students in (STUDENTS[:2], STUDENTS):
        for student in students:
            ready.submit(student, ready.solved(), "2026-11-20 10:00:00 UTC")
            _grade(ready, student)
        with ClassGradebook(ready.course, "tiny") as gradebook:
            statements: list[str] = []
            engine = gradebook._gradebook.db.get_bind()
            event.listen(engine, "before_cursor_execute", lambda *given, to=statements: to.append(given[2]))
            gradebook.read_ahead()
            for student in students:
                record = gradebook.up_to_date(*identity(read(ready, student)), seed="seed")
                assert record is not None
                assert gradebook.refresh(record) == record
            asked.append(len(statements))
    assert asked[0] == asked[1] > 0


def test_up_to_date(ready: TinyCourse) -> None:
    course = ready.course
    ready.submit("ada", ready.solved())
    assert not _up_to_date(ready)
    _, record = _grade(ready)
    assert completed_record(course, "tiny", "ada") == record
    assert _up_to_date(ready)
    assert _up_to_date(ready, versions={"sheets": "1"})
    assert not _up_to_date(ready, versions={"sheets": "2"})
    assert not _up_to_date(ready, seed="another")
    ready.submit("ada", ready.stub())
    assert not _up_to_date(ready)


@pytest.mark.parametrize(
    "lost", ["gradebook.db", "autograded/ada/tiny/tiny.ipynb", ".gatebook/records/tiny/tiny/ada.json"]
)
def test_what_is_lost_is_graded_again(ready: TinyCourse, lost: str) -> None:
    ready.submit("ada", ready.solved())
    _grade(ready)
    (ready.root / lost).unlink()
    assert not _up_to_date(ready)


@pytest.mark.parametrize(
    ("written", "stands"),
    [
        ('"text": NaN', True),
        ('"text": "\\ud800"', True),
        ('"text": "a"', True),
        ('"metadata": 3', False),
        ('"metadata": {"gatebook": {"sha256": "", "seed": "seed", "points": 3.25}}', False),
        ('"text": ', False),
    ],
)
def test_whose_notebook_is_in_autograded(ready: TinyCourse, written: str, stands: bool) -> None:
    ready.submit("ada", ready.solved())
    _grade(ready)
    path = ready.root / "autograded/ada/tiny/tiny.ipynb"
    path.chmod(0o644)
    path.write_text(f"{path.read_text('utf-8').rstrip()[:-1]}, {written}}}", "utf-8")
    assert _up_to_date(ready) == stands


def test_changed_score_in_the_database_is_graded_again(ready: TinyCourse) -> None:
    course = ready.course
    ready.submit("ada", ready.solved())
    _grade(ready)
    _edit_grade(course, "double_check", auto_score=0.0)
    assert not _up_to_date(ready)


@pytest.mark.parametrize("regrade", [False, True])
@pytest.mark.parametrize("step", ["_staged", "_store", "rename", "rename2", "commit", "record"])
def test_killed_at_any_step(ready: TinyCourse, monkeypatch: pytest.MonkeyPatch, step: str, regrade: bool) -> None:
    """Interrupted at any step, run again: as if nothing had happened; never taken as graded in between."""
    course = ready.course
    ready.submit("ada", ready.stub() if regrade else ready.solved())
    if regrade:
        _grade(ready, points={})
        ready.submit("ada", ready.solved())
    before = _rows(course) if regrade else None

    def kill(*args: Any, **kwargs: Any) -> Any:
        raise Killed

    with monkeypatch.context() as patch:
        if step.startswith("rename"):
            rename, calls = os.rename, []

            def rename_or_die(*args: Any) -> None:
                calls.append(args)
                if len(calls) == (2 if step == "rename2" else 1):
                    raise Killed
                rename(*args)

            patch.setattr(grading.os, "rename", rename_or_die)
        elif step == "commit":
            from sqlalchemy.orm import Session

            patch.setattr(Session, "commit", kill)
        elif step == "record":
            patch.setattr(grading, "write_completed_record", kill)
        else:
            patch.setattr(ClassGradebook, step, kill)
        if step == "rename2" and not regrade:
            pytest.skip("there is one rename only")
        with pytest.raises(Killed):
            _grade(ready)
    assert not _up_to_date(ready)
    if before is not None and step != "record":
        assert _rows(course) == before
    _grade(ready)
    assert _up_to_date(ready)
    assert os.listdir(ready.root / "autograded/ada") == ["tiny"]
    assert _rows(course)["scores"][0] == 3.25


def test_new_gradebook_appears_complete_or_not_at_all(tiny: TinyCourse, monkeypatch: pytest.MonkeyPatch) -> None:
    def kill(*args: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(database.os, "link", kill)
        with pytest.raises(Killed):
            ensure_assignment(tiny.course, "tiny")
    assert not (tiny.root / "gradebook.db").exists()
    ensure_assignment(tiny.course, "tiny")
    assert not list(tiny.root.glob(".gradebook.*"))


def test_one_grader_at_a_time(tiny: TinyCourse) -> None:
    import subprocess
    import sys

    code = (
        "import sys\nfrom autograder.course.database import GradebookError\n"
        "from autograder.course.folder import grading_lock, open_course\n"
        "try:\n    with grading_lock(open_course(sys.argv[1]), 'tiny'): print('got it')\n"
        "except GradebookError as error: print(error)"
    )
    with grading_lock(tiny.course, "tiny"):
        out = subprocess.run([sys.executable, "-c", code, str(tiny.root)], capture_output=True, text=True, check=True)
    assert "Another process is grading 'tiny'" in out.stdout


# --------------------------------------------------------------------------------------- feedback and export


def test_feedback(ready: TinyCourse) -> None:
    """One broken notebook does not stop the class."""
    course = ready.course
    for student in ("ada", "bob", "eve"):
        ready.submit(student, ready.solved())
        _grade(ready, student)
    broken = ready.root / "autograded/bob/tiny/tiny.ipynb"
    broken.chmod(0o644)
    broken.write_text("{")
    with contextlib.closing(FeedbackWriter(course, "tiny")) as feedback:
        failures = feedback.write(["ada", "bob", "eve", "zoe"])
        assert list(feedback.write(["ada", "bob", "eve"])) == ["bob"]
    assert sorted(failures) == ["bob", "zoe"]
    html = (ready.root / "feedback/ada/tiny/tiny.html").read_text()
    assert "Score: 3.25 / 10.5" in html
    assert "card of square" in html
    assert (ready.root / "feedback/eve/tiny/tiny.html").exists()
    assert not (ready.root / "feedback/bob").exists() or not list((ready.root / "feedback/bob").rglob("*.html"))


def test_export(ready: TinyCourse) -> None:
    from nbgrader.api import Gradebook
    from nbgrader.plugins import CsvExportPlugin

    course = ready.course
    ready.submit("ada", ready.solved(), "2026-01-09 12:00:00 UTC")
    _grade(ready)
    plugin = CsvExportPlugin(to=str(ready.root / "grades.csv"))
    with Gradebook(course.directory.db_url, course.directory.course_id) as gradebook:
        plugin.export(gradebook)
    (row,) = csv.DictReader((ready.root / "grades.csv").read_text().splitlines())
    assert (row["student_id"], row["score"], row["max_score"]) == ("ada", "3.25", "10.5")
    assert row["timestamp"] == "2026-01-09 12:00:00"


def test_configuration_that_does_not_load(tmp_path: Path) -> None:
    (tmp_path / "nbgrader_config.py").write_text("1 / 0")
    with pytest.raises(GradebookError, match="ZeroDivisionError"):
        open_course(tmp_path)
    with pytest.raises(GradebookError, match="not a folder"):
        open_course(tmp_path / "nothing")


def test_new_gradebook_has_the_schema_of_nbgrader(tmp_path: Path) -> None:
    """Ours is made without nbgrader's helper program; tables and the version of the schema are the same."""
    import sqlite3

    from nbgrader.api import Gradebook

    course = TinyCourse(tmp_path / "ours").ready()
    environment_on_path()
    Gradebook(f"sqlite:///{tmp_path / 'stock.db'}", "tiny").close()

    def described(path: Path) -> tuple[set[tuple[str, ...]], list[tuple[str]]]:
        with contextlib.closing(sqlite3.connect(path)) as database:
            tables = database.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall()
            return {(name, " ".join(sql.replace(";", "").split())) for name, sql in tables}, database.execute(
                "SELECT version_num FROM alembic_version"
            ).fetchall()

    assert described(course.root / "gradebook.db") == described(tmp_path / "stock.db")
