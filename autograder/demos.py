"""Demonstrations cost time and grade nothing: of a notebook that is graded, only what later cells need of them runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from autograder.model import Cell
from autograder.syntax import needed_names, needed_part


def without_idle_demos(cells: Iterable[Cell]) -> tuple[Cell, ...]:
    """The cells, those tagged `demo` without the statements that no later cell needs; lines stay where they were.
    A cell of which nothing is needed has no source left."""
    needed: set[str] = set()
    lean = []
    for cell in reversed(list(cells)):
        if cell.is_code and cell.role != "grade":
            if cell.demo:
                cell = replace(cell, source=needed_part(cell.source, needed))
            needed |= needed_names(cell.source)
        lean.append(cell)
    return tuple(reversed(lean))
