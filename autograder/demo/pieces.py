r"""What a file of `students/` or `styles/` says, piece by piece. Such files are read as text and never run.

A piece begins with a line `# %% <assignment> <what>` and goes on to the next one. `<what>` is one of these, where
`<cell>` is the name of a cell of the notebook:

    <cell>                      the functions below are written in it; any other cell says what is below
    <cell> untouched            is as it was handed out
    <cell> cut short            lacks its last character
    <cell> deleted              is gone
    <cell> twice                was copied and pasted
    before <cell>               a cell of the student's own
    untouched                   all answers are as they were handed out
    untouched from <cell> on    those from here to the end are
    copied from <student>       what that one wrote; `old = new` below, for each name that was changed
    broken off                  the upload ended in the middle
    named <file name>           is in the file of this name
    handed in <time>            is when the deadline was over
    missing                     was not handed in

In `styles/`, the name of a style goes after the cell: `# %% lstm forget_gate in steps`. The text of a written answer
stands in comments.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

_HEAD = re.compile(r"^# %% (?P<assignment>\w+) (?P<what>.+)\n", re.MULTILINE)


@dataclass(frozen=True)
class Piece:
    """what: as it stands after the assignment. text: what is below."""

    assignment: str
    what: str
    text: str

    @cached_property
    def functions(self) -> frozenset[str]:
        """The names of the functions that are written here."""
        tree = ast.parse(self.text)
        return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


@dataclass(frozen=True)
class Student:
    """A member of the class. said: what is special about this one."""

    id: str
    said: str
    pieces: tuple[Piece, ...]

    def of(self, assignment: str) -> tuple[Piece, ...]:
        """What is said of one assignment."""
        return tuple(piece for piece in self.pieces if piece.assignment == assignment)


def students() -> tuple[Student, ...]:
    """The class, in the order of the alphabet."""
    return tuple(map(_student, sorted(Path(__file__).with_name("students").glob("*.py"))))


def styles(assignment: str) -> tuple[Piece, ...]:
    """Right answers in other ways than the solution's."""
    return _pieces(Path(__file__).with_name("styles").joinpath(f"{assignment}.py").read_text("utf-8"))


def _student(path: Path) -> Student:
    text = path.read_text("utf-8")
    return Student(path.stem, ast.get_docstring(ast.parse(text)) or "", _pieces(text))


def _pieces(text: str) -> tuple[Piece, ...]:
    heads = list(_HEAD.finditer(text))
    ends = [head.start() for head in heads[1:]] + [len(text)]
    return tuple(
        Piece(head["assignment"], head["what"], text[head.end() : end].strip("\n"))
        for head, end in zip(heads, ends, strict=True)
    )
