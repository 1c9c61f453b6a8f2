"""The notebook that a student hands in: the released one, with what the student wrote in it."""

from __future__ import annotations

import copy
import json
import re
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from autograder.demo.answers import written_in
from autograder.demo.pieces import Piece, Student, styles

_MARK = re.compile(r"^\s*(?:### )?(?:BEGIN|END) SOLUTION\n?", re.MULTILINE)


@dataclass(frozen=True)
class HandedIn:
    """name: of the file. time: as the submission says it, "" where it says none."""

    name: str
    data: bytes
    time: str


def handed_in(course: Path, student: Student, assignment: str, others: Mapping[str, Student]) -> HandedIn | None:
    """What a student hands in for an assignment, `None` where it is nothing. others: the class, by id.

    Raises:
        ValueError: a piece says what nobody understands.
    """
    pieces = student.of(assignment)
    if any(piece.what == "missing" for piece in pieces):
        return None
    work = _Work(course, assignment)
    copied = [piece.what.removeprefix("copied from ") for piece in pieces if piece.what.startswith("copied from ")]
    work.write(others[copied[0]] if copied else student)
    for piece in pieces:
        work.suffer(piece)
    return HandedIn(work.name, work.data(), work.time)


class _Work:
    """A notebook while a student works on it, and the file that it becomes."""

    def __init__(self, course: Path, assignment: str) -> None:
        self.assignment = assignment
        self.name = f"{assignment}.ipynb"
        self.time = ""
        self.whole = True
        self.released = _notebook(course / "assignments" / assignment / self.name)
        self.notebook: dict[str, Any] = copy.deepcopy(self.released)
        self.cells: list[dict[str, Any]] = self.notebook["cells"]
        solution = _notebook(course / "solutions" / assignment / self.name)
        self.answers = {_name(cell): _without_marks(_text(cell)) for cell in solution["cells"] if _is_answer(cell)}

    def data(self) -> bytes:
        text = json.dumps(self.notebook, ensure_ascii=False, indent=1) + "\n"
        return (text if self.whole else text[: len(text) // 2]).encode()

    def _at(self, name: str) -> int:
        return [_name(cell) for cell in self.cells].index(name)

    def _set(self, name: str, source: str) -> None:
        self.cells[self._at(name)]["source"] = source

    # ------------------------------------------------------------------------------------------- what is written

    def write(self, student: Student) -> None:
        """Fill in every answer: what the student wrote, the rest in one of the styles."""
        own = student.of(self.assignment)
        for name, solution in self.answers.items():
            written = [piece for piece in own if piece.what == name]
            answer = solution
            for piece in (*self._in_style(student.id, name, written), *written):
                answer = written_in(answer, piece.text)
            self._set(name, answer)
        for piece in own:
            match piece.what.split():
                case ["before", name]:
                    self.cells.insert(self._at(name), _cell(f"own-{len(self.cells)}", piece.text))
                case [name] if name not in self.answers and piece.text:
                    self._set(name, piece.text)

    def _in_style(self, student: str, name: str, written: Iterable[Piece]) -> list[Piece]:
        """Of all ways to write the same functions one for each student; styles of the same names go together."""
        ways: dict[frozenset[str], dict[str, Piece]] = {}
        for piece in _styles(self.assignment):
            cell, _, style = piece.what.partition(" ")
            if cell == name:
                ways.setdefault(piece.functions, {})[style] = piece
        chosen = []
        for functions, by_style in ways.items():
            names = sorted(by_style)
            pick = zlib.crc32(f"{student} {' '.join(names)}".encode()) % (len(names) + 1)
            free = not any(piece.functions & functions or not functions for piece in written)
            if pick < len(names) and free:  # else the solution's
                chosen.append(by_style[names[pick]])
        return chosen

    # --------------------------------------------------------------------------------------- what happens to it

    def suffer(self, piece: Piece) -> None:
        """Let happen to the notebook what a piece says beside what was written."""
        names = list(self.answers)
        match piece.what.split():
            case ["untouched"]:
                self._hand_out_again(names)
            case ["untouched", "from", name, "on"]:
                self._hand_out_again(names[names.index(name) :])
            case [name, "untouched"]:
                self._hand_out_again([name])
            case [name, "cut", "short"]:
                self._set(name, _text(self.cells[self._at(name)])[:-1])
            case [name, "deleted"]:
                del self.cells[self._at(name)]
            case [name, "twice"]:
                pasted = copy.deepcopy(self.cells[self._at(name)])
                self.cells.insert(self._at(name) + 1, pasted | {"id": f"{pasted['id']}-copy"})
            case ["copied", "from", _]:
                self._rename(dict(line.split(" = ") for line in piece.text.splitlines()))
            case ["broken", "off"]:
                self.whole = False
            case ["named", *words]:
                self.name = " ".join(words)
            case ["handed", "in", *words]:
                self.time = " ".join(words)
            case ["before", name] | [name]:
                self._at(name)  # written already
            case _:
                raise ValueError(f"Nobody understands {piece.what!r} of {self.assignment}.")

    def _hand_out_again(self, names: Iterable[str]) -> None:
        given = {_name(cell): _text(cell) for cell in self.released["cells"]}
        for name in names:
            self._set(name, given[name])

    def _rename(self, names: Mapping[str, str]) -> None:
        for cell in self.cells:
            if cell["cell_type"] == "code" and _is_answer(cell):
                head, mark, rest = _text(cell).rpartition('"""')
                lines = [line.partition("#") for line in rest.split("\n")]  # comments stay as they are
                for old, new in names.items():
                    word = re.compile(rf"(?<![\w.\"]){old}(?![\w\"])")
                    lines = [(word.sub(new, code), sign, said) for code, sign, said in lines]
                cell["source"] = head + mark + "\n".join(map("".join, lines))


@lru_cache
def _styles(assignment: str) -> tuple[Piece, ...]:
    return styles(assignment)


@lru_cache
def _notebook(path: Path) -> dict[str, Any]:
    notebook: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return notebook


def _cell(name: str, source: str) -> dict[str, Any]:
    """A code cell of the student's own."""
    return {
        "cell_type": "code", "id": name, "metadata": {}, "execution_count": None, "outputs": [], "source": source
    }  # fmt: skip


def _without_marks(source: str) -> str:
    return _MARK.sub("", source).rstrip("\n")


def _text(cell: Mapping[str, Any]) -> str:
    return "".join(cell["source"])


def _name(cell: Mapping[str, Any]) -> str:
    return str(cell["metadata"].get("nbgrader", {}).get("grade_id", ""))


def _is_answer(cell: Mapping[str, Any]) -> bool:
    return bool(cell["metadata"].get("nbgrader", {}).get("solution"))
