"""One submission as all pages and tables call it: its key, its place, its address, and what it is worth."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from autograder.course.files import safe_name
from autograder.model import Penalty, Record, Standing


class Key(NamedTuple):
    """Names a submission."""

    student: str
    assignment: str
    notebook: str


def key(record: Record | Standing | Penalty) -> Key:
    """What names the submission of a record."""
    return Key(record.student, record.assignment, record.notebook)


def in_order(records: Iterable[Record]) -> tuple[Record, ...]:
    """Records as every list has them: by student, then by assignment."""
    return tuple(sorted(records, key=lambda r: (r.student.casefold(), r.assignment, r.notebook)))


def place(record: Record | Key) -> str:
    """The assignment, and the notebook where it has another name."""
    same = record.notebook == record.assignment
    return record.assignment if same else f"{record.assignment}/{record.notebook}"


def page_name(record: Record | Key) -> str:
    """The name of a submission's files, without ending: safe everywhere, different for each submission."""
    parts = [record.student, record.assignment]
    if record.notebook != record.assignment:
        parts.append(record.notebook)
    return "--".join(map(safe_name, parts))


def student_link(record: Record) -> str:
    """Where the class page finds the page of a student."""
    return f"students/{page_name(record)}.html"


def standing_by(standings: Iterable[Standing]) -> Callable[[Record], Standing]:
    """What each submission is worth: as the gradebook says, else by its record alone."""
    found = {key(one): one for one in standings}
    return lambda record: found.get(key(record)) or _by_record(record)


def _by_record(record: Record) -> Standing:
    """The points of what a person grades come on top; those of what could not be judged are counted already."""
    judged = {verdict.cell_id for verdict in record.verdicts}
    more = sum(points for name, points in record.by_hand.items() if name not in judged)
    return Standing(*key(record), record.points, record.max_points + more, record.by_hand)
