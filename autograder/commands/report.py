"""`autograder report`: the pages, from the records that there are."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from autograder.cards.console import console as make_console
from autograder.commands.refusals import EXPECTED_ERRORS, said, show
from autograder.course.answers import answers, cells
from autograder.course.completed import completed_records, record_path, withdrawn
from autograder.course.database import GradebookError
from autograder.course.folder import Course, open_course, reports_lock
from autograder.course.gradebook import ClassGradebook
from autograder.course.misplaced import misplaced
from autograder.course.records import in_json
from autograder.course.sections import sections
from autograder.course.settled import programs, seen
from autograder.course.standings import standings
from autograder.integrity import similarity
from autograder.integrity.beside import MANY, ComparedBeside
from autograder.language import find, words
from autograder.model import Misplaced, Penalty, Record, Standing
from autograder.report import pages
from autograder.report.submission import Key, key, standing_by
from autograder.report.tables import EXERCISES, STUDENTS


def told_misplaced(
    course: Course, student: str | None = None, assignments: tuple[str, ...] = ()
) -> tuple[Misplaced, ...]:
    """What lies in `submitted/` and belongs to no submission."""
    notebooks: dict[str, set[str]] = {}
    for step in ("source", "release"):
        for path in course.path(step, ".", "x").parent.glob("*/*.ipynb"):
            notebooks.setdefault(path.parent.name, set()).add(path.name)
    return misplaced(
        course.root,
        notebooks,
        student=student,
        assignments=assignments,
        folder=course.directory.submitted_directory,
    )


def in_words(lost: Iterable[Misplaced]) -> list[Misplaced]:
    return [replace(one, said=str(one.said)) for one in lost]


def standings_of(course: Course, name: str) -> tuple[Standing, ...]:
    """Of an assignment; none where the gradebook cannot be read, which is said with the reports."""
    with contextlib.suppress(GradebookError):
        return standings(course, name)
    return ()


def penalties(found: Iterable[Standing]) -> list[Penalty]:
    return [one.penalty for one in found if one.penalty is not None]


def report(course_dir: Path, *, as_json: bool = False) -> int:
    """Pages from stored records."""
    console = make_console(stderr=as_json)
    try:
        course = open_course(course_dir)
    except GradebookError as error:
        console.print(str(error), style="red", markup=False)
        return 2
    try:
        page = write_reports(course)
    except EXPECTED_ERRORS as error:
        show(console, f"The reports cannot be written: {said(error)}")
        return 1
    if page is None:
        console.print(f"There are no graded submissions in {course.root}; run `autograder grade` first.", markup=False)
        return 2
    if as_json:
        document = {
            "records": completed_records(course),
            "penalties": penalties(standings(course)),
            "misplaced": in_words(told_misplaced(course)),
        }
        sys.stdout.buffer.write(in_json(document) + b"\n")
    else:
        console.print(f"Reports: {page}", markup=False, soft_wrap=True)
        tables = " and ".join(str(page.parent / name) for name in (EXERCISES, STUDENTS))
        console.print(f"As tables: {tables}", markup=False, soft_wrap=True)
    return 0


def write_reports(
    course: Course, found: tuple[Standing, ...] | None = None, graded: Iterable[Record] = ()
) -> Path | None:
    """The pages of the course; None where nobody was graded. found: what the gradebook says, if it was read. graded:
    completed records that were read already."""
    if not (course.root / ".gatebook" / "records").is_dir():
        return None
    with reports_lock(course):
        records = completed_records(course, graded)
        if not records:
            return None
        gone = withdrawn(course, records)
        records = tuple(record for record in records if record not in gone)
        return pages.write_reports(
            records,
            _student_pages(course),
            alike=similarity.likeness(course, records),
            standings=standings(course) if found is None else found,
            misplaced=(*told_misplaced(course), *map(_gone, gone)),
            sections=sections(course),
        )


class ReportsAhead:
    """What the reports need, made while others are graded, so that little is left for the end: pages of students, and
    in large classes how alike submissions are. What cannot be written is left for the end too, and said there.

    assignments: what is graded in this run.
    """

    def __init__(self, course: Course, assignments: Iterable[str]) -> None:
        self._course = course
        self._compared = ComparedBeside(course)
        self._pages = _student_pages(course)
        self._graded = {*assignments}
        records = course.root / ".gatebook" / "records"
        before = {(path.parent.name, path.name) for path in records.glob("*/*")}
        now = {(name, notebook) for name in self._graded for notebook in course.notebooks(name)}
        self._places = sorted(before | now)

    def begin(self, assignment: str, submissions: int) -> None:
        """So many submissions of an assignment are going to be graded."""
        if submissions >= MANY:
            with contextlib.suppress(OSError):
                self._compared.start(assignment)

    def add(self, record: Record, gradebook: ClassGradebook) -> None:
        """A submission was graded and is in the gradebook, and its feedback is there."""
        with contextlib.suppress(*EXPECTED_ERRORS), reports_lock(self._course, patiently=False):
            beside = [one for one in self._others(record) if one != key(record)]
            self._pages.write(record, standing_by(gradebook.standings(record.student))(record), beside)

    def wait(self) -> None:
        """Until nothing is made any more."""
        self._compared.wait()

    def close(self) -> None:
        """Leave what is not made yet."""
        self._compared.close()

    def _others(self, record: Record) -> Iterator[Key]:
        """What the student handed in and was, or will be, graded."""
        for assignment, notebook in self._places:
            known = (
                assignment in self._graded or record_path(self._course, assignment, record.student, notebook).exists()
            )
            if known and self._course.path("submitted", record.student, assignment).is_dir():
                yield Key(record.student, assignment, notebook)


def _student_pages(course: Course) -> pages.StudentPages:
    return pages.StudentPages(
        course.root / "reports",
        find(course.language),
        answers=lambda record: answers(course, record),
        cells=lambda record: cells(course, record),
        feedback=lambda record: _feedback(course, record),
        formgrader=course.settings.formgrader,
        made_of=_made_of(course),
    )


def _made_of(course: Course) -> Callable[[Record], str]:
    made_by = programs()

    def made_of(record: Record) -> str:
        graded = course.path("autograded", record.student, record.assignment) / f"{record.notebook}.ipynb"
        looks = seen([str(graded)])
        return f"{made_by} {looks}" if made_by and looks else ""

    return made_of


def _feedback(course: Course, record: Record) -> Path | None:
    page = course.path("feedback", record.student, record.assignment) / f"{record.notebook}.html"
    return page if page.is_file() else None


def _gone(record: Record) -> Misplaced:
    place = f"submitted/{record.student}/{record.assignment}"
    said = words(
        "It was graded, and is not there any more. Was the folder renamed? It counts no longer on this page; "
        "nbgrader's gradebook still has its grade."
    )
    return Misplaced(place, record.student, record.assignment, said)
