"""Each student once, over all notebooks of the class."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from autograder.model import Record, Standing
from autograder.report.submission import place


@dataclass(frozen=True)
class StudentRow:
    """A student over all notebooks. submissions: of each, None where nothing was handed in. total, possible, waiting:
    of what was handed in; `possible` of a notebook is asked of nobody who did not hand it in."""

    student: str
    submissions: tuple[tuple[Record, Standing] | None, ...]
    total: float
    possible: float
    by_hand: float


def by_student(
    records: Iterable[Record], standing: Callable[[Record], Standing]
) -> tuple[tuple[str, ...], tuple[StudentRow, ...]]:
    """The notebooks by name, and a row for each student."""
    found: dict[str, dict[str, tuple[Record, Standing]]] = {}
    for record in records:
        found.setdefault(record.student, {})[place(record)] = record, standing(record)
    places = tuple(sorted({name for own in found.values() for name in own}))
    rows = []
    for student in sorted(found, key=lambda name: (name.casefold(), name)):
        of = [one for _, one in found[student].values()]
        rows.append(
            StudentRow(
                student,
                tuple(found[student].get(name) for name in places),
                sum(one.total for one in of),
                sum(one.possible for one in of),
                sum(one.by_hand for one in of),
            )
        )
    return places, tuple(rows)
