"""Completed records: what is written last when a submission was graded, and so tells whether it was."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

from autograder.course import records
from autograder.course.folder import Course
from autograder.model import Record


def record_path(course: Course, assignment: str, student: str, notebook: str | None = None) -> Path:
    """Where the completed record of a submitted notebook is kept."""
    name = student
    if len(os.fsencode(name)) > 240:  # a folder may have a longer name than a file that ends in .json
        name = hashlib.sha256(os.fsencode(name)).hexdigest()
    return course.root / ".gatebook" / "records" / assignment / (notebook or assignment) / f"{name}.json"


def completed_records(course: Course, known: Iterable[Record] = ()) -> tuple[Record, ...]:
    """All completed records of the course; files that are none, or of another version, are passed over. known: some
    that need not be read again."""
    held = {record_path(course, one.assignment, one.student, one.notebook): one for one in known}
    found = []
    for path in sorted((course.root / ".gatebook" / "records").glob("*/*/*.json")):
        if path in held:
            found.append(held[path])
            continue
        with contextlib.suppress(OSError, records.RecordError):
            found.append(records.read_record(path))
    return tuple(found)


def withdrawn(course: Course, records: tuple[Record, ...]) -> tuple[Record, ...]:
    """Those whose submission is gone, by a folder that was renamed, say; none where all are, as in an archive."""
    gone = tuple(
        record for record in records if not course.path("submitted", record.student, record.assignment).is_dir()
    )
    return gone if len(gone) < len(records) else ()


def write_completed_record(course: Course, record: Record) -> None:
    """Keep a record as completed: its grade is in the database and its notebook in `autograded/`."""
    path = record_path(course, record.assignment, record.student, record.notebook)
    path.parent.mkdir(parents=True, exist_ok=True)
    records.write_record(record, path)


def completed_record(course: Course, assignment: str, student: str, notebook: str | None = None) -> Record | None:
    """The last completed record of a submitted notebook; None when there is none of this version."""
    try:
        return records.read_record(record_path(course, assignment, student, notebook))
    except (OSError, records.RecordError):
        return None


def feedback_is_current(course: Course, assignment: str, student: str) -> bool:
    """Whether the feedback pages of a student are younger than their notebooks in `autograded/`; a run that was
    killed may have graded without writing them."""
    page_of = course.path("feedback", student, assignment)
    try:
        return all(
            page_of.joinpath(f"{path.stem}.html").stat().st_mtime_ns >= path.stat().st_mtime_ns
            for path in course.path("autograded", student, assignment).glob("*.ipynb")
        )
    except OSError:
        return False
