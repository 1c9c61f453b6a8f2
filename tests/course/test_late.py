"""When something was handed in, and what being late costs: the same everywhere, and never out of date."""

from __future__ import annotations

import datetime
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.course_builder import CONFIG, TinyCourse, fake_result, grade_with, identity, read, write_record

from autograder.commands import report as reporting
from autograder.course.completed import completed_record, feedback_is_current
from autograder.course.gradebook import ClassGradebook
from autograder.course.handed_in import handed_in
from autograder.course.standings import standings
from autograder.model import Penalty

# nbgrader's own way to add a submission makes SQLAlchemy warn.
pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")

TIME = datetime.datetime(2026, 11, 20, 10)
TEXT = "2026-11-20 10:00:00 UTC"
POINTS = {"double": 2.0, "square": 1.25, "total": 0.0}

# ------------------------------------------------------------------------------------------------ timestamp.txt


def written(folder: Path, data: bytes) -> Any:
    (folder / "timestamp.txt").write_bytes(data)
    return handed_in(folder)


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode(),
        f"{TEXT}\r\n".encode(),
        b"\xef\xbb\xbf" + TEXT.encode(),
        TEXT.encode("utf-16"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-16-be"),
        b"2026-11-20 10:00:00.000000 UTC",
        b"2026-11-20 10:00:00",
        b"2026-11-20T12:00:00+02:00",
        b"2026-11-20 12:00:00 +0200",
        b"2026-11-20 11:00:00 Europe/Berlin",
        "11/20/2026 10:00\N{NARROW NO-BREAK SPACE}AM".encode(),
        b"Fri, 20 Nov 2026 10:00:00 GMT",
    ],
    ids=repr,
)
def test_a_time_is_read_whatever_wrote_it(tmp_path: Path, data: bytes) -> None:
    found = written(tmp_path, data)
    assert (found.time, found.flags) == (TIME, ())


@pytest.mark.parametrize(
    "text", [TEXT, "2026-11-20 10:00:00.250000 UTC", "2026-11-20", "20261120T100000", "May 3 2026 7:05"]
)
def test_times_are_those_of_nbgrader(tmp_path: Path, text: str) -> None:
    from nbgrader.coursedir import CourseDirectory

    found = written(tmp_path, text.encode())
    assert found.time == CourseDirectory(root=str(tmp_path)).get_existing_timestamp(str(tmp_path))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"yesterday evening", "says “yesterday evening”"),
        (b"1795168800", "says “1795168800”"),
        (b"1712311200.5", "says “1712311200.5”"),
        (b"10:00", "says “10:00”"),
        (b"Friday", "says “Friday”"),
        (b"2026-99-99 12:00", "says “2026-99-99 12:00”"),
        (b"0001-01-01 00:00:00 +1400", "says “0001-01-01 00:00:00 +1400”"),
        (b"", "is empty"),
        (b" \r\n", "is empty"),
        (b"7" * 5000, "has 5000 bytes"),
        (b"\x89PNG\x00\x00\x01", "is no text"),
        (b"\xff\xfe\x00", "is no text"),
    ],
    ids=repr,
)
def test_what_nobody_can_read_is_said(tmp_path: Path, data: bytes, said: str) -> None:
    found = written(tmp_path, data)
    assert found.time is None
    assert found.flags == (f"Not known when this was handed in: timestamp.txt {said}",)


def test_a_timestamp_that_is_no_file(tmp_path: Path) -> None:
    assert handed_in(tmp_path).flags == ()
    (tmp_path / "timestamp.txt").mkdir()
    assert handed_in(tmp_path).unknown == "timestamp.txt is a folder"
    (tmp_path / "timestamp.txt").rmdir()
    (tmp_path / "timestamp.txt").symlink_to("/etc/hostname")
    assert handed_in(tmp_path).unknown == "timestamp.txt is a link"
    (tmp_path / "timestamp.txt").unlink()
    os.mkfifo(tmp_path / "timestamp.txt")
    assert handed_in(tmp_path).unknown == "timestamp.txt is no file"


# --------------------------------------------------------------------------------------- penalties that move


@pytest.fixture
def late(ready: TinyCourse) -> TinyCourse:
    """Ada was late, and has been graded: all 3.25 points are taken off."""
    rule(ready, "zero")
    due(ready, "2026-11-15 12:00:00")
    ready.submit("ada", ready.solved(), TEXT)
    submission = read(ready)
    record, runs, cards = fake_result(submission, POINTS)
    write_record(ready.course, record, submission, runs, cards)
    assert taken_off(ready) == 3.25
    return ready


def rule(tiny: TinyCourse, method: str) -> None:
    (tiny.root / "nbgrader_config.py").write_text(f'{CONFIG}c.LateSubmissionPlugin.penalty_method = "{method}"\n')


def due(tiny: TinyCourse, when: str | None) -> None:
    with _gradebook(tiny) as gradebook:
        gradebook.update_or_create_assignment("tiny", duedate=when)


def _gradebook(tiny: TinyCourse) -> Any:
    from nbgrader.api import Gradebook

    directory = tiny.course.directory
    return Gradebook(directory.db_url, directory.course_id)


def taken_off(tiny: TinyCourse) -> float:
    with _gradebook(tiny) as gradebook:
        return float(gradebook.find_submission("tiny", "ada").late_submission_penalty)


def penalties(tiny: TinyCourse) -> tuple[Penalty, ...]:
    return tuple(one.penalty for one in standings(tiny.course) if one.penalty)


def due_later(tiny: TinyCourse) -> None:
    due(tiny, "2026-11-30 12:00:00")


def no_due_date(tiny: TinyCourse) -> None:
    due(tiny, None)


def extension(tiny: TinyCourse) -> None:
    with _gradebook(tiny) as gradebook:
        gradebook.grant_extension("tiny", "ada", days=6)


def other_rule(tiny: TinyCourse) -> None:
    rule(tiny, "none")


def timestamp(tiny: TinyCourse) -> None:
    (tiny.root / "submitted/ada/tiny/timestamp.txt").write_text("2026-11-14 10:00:00 UTC")


@pytest.mark.parametrize(
    "change", [due_later, no_due_date, extension, other_rule, timestamp], ids=lambda one: one.__name__
)
def test_a_penalty_is_renewed_without_grading_again(late: TinyCourse, change: Callable[[TinyCourse], None]) -> None:
    page = late.root / "feedback/ada/tiny/tiny.html"
    page.parent.mkdir(parents=True)
    page.write_text("with a penalty")
    assert feedback_is_current(late.course, "tiny", "ada")
    change(late)
    with ClassGradebook(late.course, "tiny") as gradebook:
        gradebook.read_ahead()
        record = gradebook.up_to_date(*identity(read(late)), seed="seed")
        assert record is not None
        gradebook.refresh(record)
    assert taken_off(late) == 0
    assert penalties(late) == ()
    assert not feedback_is_current(late.course, "tiny", "ada"), "the page still tells of the penalty"
    copied = late.root / "autograded/ada/tiny/timestamp.txt"
    assert copied.read_bytes() == (late.root / "submitted/ada/tiny/timestamp.txt").read_bytes()


def test_what_stays_is_not_touched(late: TinyCourse) -> None:
    notebook = late.root / "autograded/ada/tiny/tiny.ipynb"
    before = notebook.stat().st_mtime_ns
    with ClassGradebook(late.course, "tiny") as gradebook:
        gradebook.read_ahead()
        record = gradebook.up_to_date(*identity(read(late)), seed="seed")
        assert record is not None
        assert gradebook.refresh(record) == record
    assert notebook.stat().st_mtime_ns == before
    (found,) = penalties(late)
    assert (found.points, found.score, found.left, found.possible) == (3.25, 3.25, 0, 10.5)
    assert found.seconds_late == (TIME - datetime.datetime(2026, 11, 15, 12)).total_seconds()


def test_an_unreadable_time_is_flagged_and_one_that_was_mended_is_not(late: TinyCourse) -> None:
    path = late.root / "submitted/ada/tiny/timestamp.txt"
    for text, flags in (
        ("tomorrow", ("Not known when this was handed in: timestamp.txt says “tomorrow”",)),
        (TEXT, ()),
    ):
        path.write_text(text)
        with ClassGradebook(late.course, "tiny") as gradebook:
            gradebook.read_ahead()
            record = gradebook.up_to_date(*identity(read(late)), seed="seed")
            assert record is not None
            assert gradebook.refresh(record).flags == flags
        kept = completed_record(late.course, "tiny", "ada")
        assert kept is not None
        assert kept.flags == flags


def test_no_gradebook_has_no_penalties(tiny: TinyCourse) -> None:
    assert standings(tiny.course) == ()
    assert not (tiny.root / "gradebook.db").exists()


def test_report_shows_what_the_gradebook_holds(late: TinyCourse, capsys: pytest.CaptureFixture[str]) -> None:
    assert reporting.report(late.root, as_json=True) == 0
    (found,) = json.loads(capsys.readouterr().out)["penalties"]
    assert (found["student"], found["points"], found["left"]) == ("ada", 3.25, 0)
    (page,) = (late.root / "reports/students").glob("*.html")
    assert "Handed in 5 days late: of 3.25 points, 3.25 are taken off." in page.read_text("utf-8")
    assert "0 <small>= 3.25 − 3.25</small>" in (late.root / "reports/index.html").read_text("utf-8")
    due_later(late)
    with ClassGradebook(late.course, "tiny") as gradebook:
        gradebook.read_ahead()
        record = gradebook.up_to_date(*identity(read(late)), seed="seed")
        assert record is not None
        gradebook.refresh(record)
    assert reporting.report(late.root) == 0
    assert "late" not in page.read_text("utf-8").partition("<body")[2]
    assert "taken off" not in (late.root / "reports/index.html").read_text("utf-8")


def test_autograde_reads_past_a_timestamp(ready: TinyCourse, monkeypatch: pytest.MonkeyPatch) -> None:
    """With our steps, nobody is stopped by a time that cannot be read."""
    import shutil

    from nbgrader.converters import Autograde

    import autograder

    grade_with(monkeypatch, lambda submission: fake_result(submission, POINTS))
    shutil.copy(Path(autograder.__file__).parents[1] / "nbgrader_config.py", ready.root)
    times = {"ada": b"yesterday evening", "bob": b"\xff\xfe\x00", "cyd": TEXT.encode("utf-16")}
    for student, data in times.items():
        path = ready.submit(student, ready.solved())
        (path.parent / "timestamp.txt").write_bytes(data)
    course = ready.course
    course.directory.assignment_id = "tiny"
    for _ in range(2):  # the second time, nbgrader reads those in autograded/ too
        Autograde(course.directory, config=course.config).start()
    with _gradebook(ready) as gradebook:
        stored = {one.student_id: one.timestamp for one in gradebook.assignment_submissions("tiny")}
    assert stored == {"ada": None, "bob": None, "cyd": TIME}
