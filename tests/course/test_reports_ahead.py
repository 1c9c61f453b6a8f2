"""What the reports need is made while others are graded, and the end finds it as it would have made it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from support.course_builder import TinyCourse, fake_result, read, write_record

from autograder.commands import report as reporting
from autograder.commands.report import ReportsAhead
from autograder.course.folder import Course
from autograder.course.gradebook import ClassGradebook
from autograder.integrity import beside, similarity
from autograder.model import Record

# nbgrader's own way to add a submission makes SQLAlchemy warn.
pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")

POINTS = {"ada": {"double": 2.0, "square": 1.25, "total": 0.0}, "bob": {}}
HOLDS_THE_LOCK = """
import fcntl, sys
with open(sys.argv[1], "a+") as file:
    fcntl.lockf(file, fcntl.LOCK_EX)
    print("held", flush=True)
    sys.stdin.read()
"""


def graded(tiny: TinyCourse) -> list[Record]:
    records = []
    for student, points in POINTS.items():
        tiny.submit(student, tiny.solved() if points else tiny.stub())
        submission = read(tiny, student)
        record, runs, cards = fake_result(submission, points)
        write_record(tiny.course, record, submission, runs, cards)
        records.append(record)
    return records


def made(tiny: TinyCourse) -> dict[Path, int]:
    """The pages of students and copies of records, and when each was written."""
    return {path: path.stat().st_mtime_ns for path in (tiny.root / "reports").glob("*/*")}


def add(course: Course, records: Sequence[Record]) -> None:
    ahead = ReportsAhead(course, ("tiny",))
    with ClassGradebook(course, "tiny") as gradebook:
        for record in records:
            ahead.add(record, gradebook)


def test_the_end_finds_pages_as_it_would_have_made_them(ready: TinyCourse) -> None:
    records = graded(ready)
    add(ready.course, records)
    before = made(ready)
    assert len(before) == 4
    assert not (ready.root / "reports" / "index.html").exists()
    assert reporting.report(ready.root) == 0
    assert made(ready) == before


def test_pages_lead_to_what_the_student_handed_in_of_other_assignments(ready: TinyCourse) -> None:
    """Of what is graded in the same run, before it is."""
    (record, _) = graded(ready)
    for name, handed_in in (("next", True), ("later", False)):
        (ready.root / "solutions" / name).mkdir()
        (ready.root / "solutions" / name / f"{name}.ipynb").write_text("{}")
        if handed_in:
            (ready.root / "submitted" / "ada" / name).mkdir()
    ahead = ReportsAhead(ready.course, ("tiny", "next", "later"))
    with ClassGradebook(ready.course, "tiny") as gradebook:
        ahead.add(record, gradebook)
    (page,) = (ready.root / "reports" / "students").iterdir()
    text = page.read_text("utf-8")
    assert 'href="ada--next.html"' in text
    assert "ada--later" not in text


def test_pages_wait_for_the_end_where_another_process_writes_the_reports(ready: TinyCourse) -> None:
    records = graded(ready)
    lock = ready.root / ".gatebook" / "locks" / ".reports"
    lock.parent.mkdir(parents=True, exist_ok=True)
    holding = subprocess.Popen(
        [sys.executable, "-c", HOLDS_THE_LOCK, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with holding:
        assert holding.stdout is not None
        assert holding.stdout.readline() == b"held\n"
        add(ready.course, records)
        assert made(ready) == {}
        holding.communicate()
    add(ready.course, records)
    assert len(made(ready)) == 4


def test_pages_that_cannot_be_written_stop_nobody(ready: TinyCourse, capsys: pytest.CaptureFixture[str]) -> None:
    records = graded(ready)
    (ready.root / "reports").write_text("no folder")
    add(ready.course, records)
    assert reporting.report(ready.root) == 1
    assert "cannot be written" in " ".join(capsys.readouterr().out.split())


def test_a_process_beside_compares_for_the_end(ready: TinyCourse, monkeypatch: pytest.MonkeyPatch) -> None:
    records = graded(ready)
    monkeypatch.setattr(reporting, "MANY", 2)
    ahead = ReportsAhead(ready.course, ("tiny",))
    ahead.begin("tiny", 1)
    ahead.wait()
    assert not (ready.root / ".gatebook" / "alike").exists()
    ahead.begin("tiny", 2)
    ahead.begin("tiny", 2)
    ahead.wait()
    with monkeypatch.context() as patched:
        patched.delattr(similarity, "compare")  # it would be an error
        found = similarity.likeness(ready.course, records)
    (ready.root / ".gatebook" / "alike" / "tiny").unlink()
    assert similarity.likeness(ready.course, records) == found
    assert found[0].left_out == len(records)


def test_a_process_beside_ends_with_the_run(ready: TinyCourse) -> None:
    compared = beside.ComparedBeside(ready.course)
    compared.start("tiny")
    (process,) = compared._running.values()
    compared.close()
    assert process.poll() is not None
