"""`sections.csv`: who is in which section, and what is said of a file that does not tell."""

from __future__ import annotations

import pytest
from support.course_builder import TinyCourse, fake_result, read, write_record

from autograder.commands import report as reporting
from autograder.course.sections import SectionsError, sections

# nbgrader's own way to add a submission makes SQLAlchemy warn.
pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")


def test_no_file_is_no_section(tiny: TinyCourse) -> None:
    assert sections(tiny.course) == {}


@pytest.mark.parametrize(
    "data",
    [
        b"student,section\nada,Monday\nbob,Friday group\n",
        b"\xef\xbb\xbfStudent, Section ,mail\r\nada, Monday,x\r\nbob,Friday group,y\r\n",
        b"student;section\nada;Monday\nbob;Friday group\n",
        b'section,student\n"Monday",ada\nMonday,ada\n\n"Friday group",bob',
    ],
    ids=["plain", "as a spreadsheet writes it", "with semicolons", "in another order, twice the same"],
)
def test_a_table_is_read(tiny: TinyCourse, data: bytes) -> None:
    (tiny.root / "sections.csv").write_bytes(data)
    assert sections(tiny.course) == {"ada": "Monday", "bob": "Friday group"}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "needs a first line with the columns student,section; it has none"),
        (b"ada,Monday\n", "needs a first line with the columns student,section; it has ada,monday"),
        (b"student,section\nada\n", "line 2: a student and a section are needed"),
        (b"student,section\nbob,Monday\n,Monday\n", "line 3: a student and a section are needed"),
        (b"student,section\nada,Monday\nada,Friday\n", "line 3: 'ada' is in 'Monday' already"),
        (b'student,section\nada,"Monday\n', "after line 1: unexpected end of data"),
        ("student,section\nada,Montag früh\n".encode("latin-1"), "is not in UTF-8"),
    ],
)
def test_what_cannot_be_read_is_said(tiny: TinyCourse, data: bytes, said: str) -> None:
    (tiny.root / "sections.csv").write_bytes(data)
    with pytest.raises(SectionsError, match=r"sections\.csv") as error:
        sections(tiny.course)
    assert said in str(error.value)


def test_report_says_what_is_wrong_with_the_sections(ready: TinyCourse, capsys: pytest.CaptureFixture[str]) -> None:
    ready.submit("ada", ready.solved())
    submission = read(ready)
    record, runs, cards = fake_result(submission, {})
    write_record(ready.course, record, submission, runs, cards)
    (ready.root / "sections.csv").write_text("student\nada\n")
    assert reporting.report(ready.root) == 1
    assert "The reports cannot be written:" in capsys.readouterr().out
    (ready.root / "sections.csv").write_text("student,section\nada,Monday\n")
    assert reporting.report(ready.root) == 0
    assert "<td>Monday</td>" in (ready.root / "reports" / "index.html").read_text("utf-8")
    assert '"ada","Monday"' in (ready.root / "reports" / "students.csv").read_text("utf-8")
