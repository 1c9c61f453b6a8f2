"""Demonstrations cost time and grade nothing: of a notebook that is graded, only what later cells need of them runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from autograder.model import Cell
from autograder.syntax import needed_names, needed_part

MOST_CODE = 120_000
"""Characters of the student's own code cells that are read; honest notebooks have 30,000."""


def is_too_long(cells: Iterable[Cell]) -> bool:
    """Whether there is more code than is read."""
    return sum(len(cell.source) for cell in cells if cell.is_code and not cell.unchanged) > MOST_CODE


def without_idle_demos(cells: Iterable[Cell]) -> tuple[Cell, ...]:
    """The cells, those tagged `demo` without the statements that no later cell needs; lines stay where they were.
    A cell of which nothing is needed has no source left. In more code than is read all of them may be needed."""
    cells = tuple(cells)
    if is_too_long(cells):
        return cells
    needed: set[str] = set()
    lean = []
    for cell in reversed(cells):
        if cell.is_code and (cell.role != "grade" or cell.is_test):
            if cell.demo:
                cell = replace(cell, source=needed_part(cell.source, needed))
            needed |= needed_names(cell.source)
        lean.append(cell)
    return tuple(reversed(lean))
