"""What a worker quotes of a notebook must stand in the notebook.

The worker says in which line and which function an exception was raised, and which names there are. All of it comes out
of a process in which student code runs: a function named after a secret input, or a line put into Python's cache of
lines, would carry that input into the feedback.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property

import msgspec

from autograder.model import Cell
from autograder.worker.protocol import CallLine, Problem
from autograder.worker.traps import OTHER_FRAMEWORKS

LONGEST = 2000
_PLACE = re.compile(r"<\w+>")
_EVENT = re.compile(r"(?:open [a-z0-9_]{1,30}\.py|[a-z_]{1,12}\.[A-Za-z_]{1,20})")


class Quotes:
    """The lines, functions and names of a notebook."""

    def __init__(self, cells: Iterable[Cell]) -> None:
        self._sources = [cell.shown for cell in cells if cell.is_code]

    def problem(self, problem: Problem | None) -> Problem | None:
        """The problem with what the notebook does not hold left out."""
        if problem is None:
            return None
        return msgspec.structs.replace(
            problem,
            line=self.line(problem.line),
            piece=problem.piece if problem.piece in self._text else "",
            raised_in=self.function(problem.raised_in),
            shapes=self._shapes(problem.shapes),
            callers=tuple(
                CallLine(line, self.function(call.function), self._shapes(call.shapes))
                for call in problem.callers
                if (line := self.line(call.line))
            ),
        )

    def line(self, line: str) -> str:
        """The line if it is one of the notebook's, else `""`."""
        return line if line.strip() in self._lines else ""

    def function(self, name: str) -> str:
        """The qualified name if every part of it is a word of the notebook, else `""`."""
        parts = name.split(".")
        return name if all(part in self._words or _PLACE.fullmatch(part) for part in parts) else ""

    def names(self, names: Iterable[str]) -> tuple[str, ...]:
        """Those that the notebook mentions."""
        return tuple(name for name in names if name in self._words)

    def refused(self, lines: Iterable[str]) -> tuple[str, ...]:
        """What ran into a trap: lines of the notebook, other frameworks, and events of Python's own."""
        return tuple(kept for line in lines if (kept := self._refused(line)))

    def _refused(self, line: str) -> str:
        if self.line(line) or _EVENT.fullmatch(line):
            return line
        framework = next((name for name in OTHER_FRAMEWORKS if f"{line}.".startswith(f"import {name}.")), "")
        return f"import {framework}" if framework else "..."

    def _shapes(self, shapes: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
        return tuple((name, shape) for name, shape in shapes if set(re.findall(r"\w+", name)) <= self._words)

    @cached_property
    def _lines(self) -> frozenset[str]:
        return frozenset(line.strip()[:LONGEST] for source in self._sources for line in source.splitlines())

    @cached_property
    def _words(self) -> frozenset[str]:
        return frozenset(word for source in self._sources for word in re.findall(r"\w+", source))

    @cached_property
    def _text(self) -> str:
        return " ".join(" ".join(self._sources).split())
