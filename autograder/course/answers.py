"""What a student wrote for each test and written question, from the notebook in `autograded/`: what was graded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from autograder.course.folder import Course
from autograder.model import Record


class _Cell(msgspec.Struct):
    """A cell without its outputs, which are the most of a notebook and are not looked at."""

    cell_type: str
    id: str = ""
    source: str | list[str] = ""
    metadata: dict[str, Any] = {}

    @property
    def text(self) -> str:
        return self.source if isinstance(self.source, str) else "".join(self.source)

    @property
    def marks(self) -> Mapping[str, Any]:
        marks = self.metadata.get("nbgrader")
        return marks if isinstance(marks, dict) else {}


class _Graded(msgspec.Struct):
    sha256: str = ""
    seed: str = ""


class _About(msgspec.Struct):
    gatebook: _Graded | None = None


class _Notebook(msgspec.Struct):
    cells: list[_Cell]
    metadata: _About


def answers(course: Course, record: Record) -> dict[str, tuple[str, ...]]:
    """The cells that a test is about, by its grade id, and the answer to what a person grades.

    Nothing where `autograded/` holds another notebook than the one that the record is of.
    """
    return _by_test(_cells(course, record))


def cells(course: Course, record: Record) -> dict[str, str]:
    """The code of every cell, by the name that it has in flags: its grade id, or its own."""
    found = {}
    for cell in _cells(course, record):
        if cell.cell_type == "code":
            for name in (cell.id, str(cell.marks.get("grade_id", ""))):
                found[name] = cell.text
    return found


def _cells(course: Course, record: Record) -> list[_Cell]:
    """The cells that were graded; none where `autograded/` holds another notebook than the one of the record."""
    path = course.path("autograded", record.student, record.assignment) / f"{record.notebook}.ipynb"
    try:
        notebook = msgspec.json.decode(path.read_bytes(), type=_Notebook)
    except (OSError, ValueError, RecursionError):
        return []
    kept = notebook.metadata.gatebook
    if kept is None or (kept.sha256, kept.seed) != (record.sha256, record.seed):
        return []
    return notebook.cells


def _by_test(cells: Iterable[_Cell]) -> dict[str, tuple[str, ...]]:
    """The answers between a test and the one before it; where there are none, those of the test before."""
    found: dict[str, tuple[str, ...]] = {}
    before: tuple[str, ...] = ()
    since: tuple[str, ...] = ()
    for cell in cells:
        name, graded, answer = str(cell.marks.get("grade_id")), cell.marks.get("grade"), cell.marks.get("solution")
        if graded and answer:
            found[name] = (cell.text,)
        elif cell.cell_type == "code" and graded:
            before, since = since or before, ()
            found[name] = before
        elif cell.cell_type == "code" and answer:
            since += (cell.text,)
    return found
