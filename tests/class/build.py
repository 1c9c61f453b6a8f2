"""Write the sample class: one submission per situation, from the released notebooks and what a student did to them.

    python tests/class/build.py            writes tests/class/submitted/ and tests/class/more/
    python tests/class/build.py --expect   grades it, and writes tests/class/expected/ (read the difference!)

A situation is a function that takes a notebook and changes it as that student would have.
"""

from __future__ import annotations

import copy
import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE))

FOLDERS = ("submitted", "more")
ASSIGNMENTS = tuple(sorted(folder.name for folder in (ROOT / "assignments").iterdir() if folder.is_dir()))
MARKS = ("### BEGIN SOLUTION", "### END SOLUTION", "BEGIN SOLUTION", "END SOLUTION")


class Work:
    """A student's notebook while it is written."""

    def __init__(self, assignment: str, *, filled: bool) -> None:
        released = ROOT / "assignments" / assignment / f"{assignment}.ipynb"
        self.assignment = assignment
        self.notebook: dict[str, Any] = json.loads(released.read_text("utf-8"))
        self.raw: bytes | None = None
        source = json.loads((ROOT / "solutions" / assignment / f"{assignment}.ipynb").read_text("utf-8"))
        self.solutions = {grade_id(cell): _without_marks(text(cell)) for cell in source["cells"] if is_answer(cell)}
        if filled:
            for name, solution in self.solutions.items():
                self.write(name, solution)

    @property
    def cells(self) -> list[dict[str, Any]]:
        return self.notebook["cells"]

    def index(self, name: str) -> int:
        """Position of the cell with this grade id."""
        return next(k for k, cell in enumerate(self.cells) if grade_id(cell) == name)

    def source(self, name: str) -> str:
        return text(self.cells[self.index(name)])

    def write(self, name: str, source: str) -> None:
        """Replace the whole text of a cell."""
        self.cells[self.index(name)]["source"] = source

    def solve(self, *names: str) -> None:
        """Answer some exercises as the solution does."""
        for name in names:
            self.write(name, self.solutions[name])

    def change(self, name: str, *pairs: tuple[str, str]) -> None:
        """Replace pieces of text in a cell; each must be there exactly once."""
        source = self.source(name)
        for old, new in pairs:
            if source.count(old) != 1:
                raise ValueError(f"{self.assignment}/{name}: {source.count(old)} times {old!r}")
            source = source.replace(old, new)
        self.write(name, source)

    def body(self, name: str, lines: str) -> None:
        """Keep a function's signature and docstring, and write another body."""
        source = self.source(name)
        head = source[: source.rindex('"""') + 3]
        self.write(name, head + "\n" + "\n".join("    " + line if line else "" for line in lines.strip().split("\n")))

    def insert(self, before: str, source: str, kind: str = "code") -> None:
        """A cell of the student's own, before the cell with this grade id."""
        cell: dict[str, Any] = {
            "cell_type": kind,
            "id": f"own-{before.replace(chr(95), chr(45))}-{len(self.cells)}",
            "metadata": {},
            "source": source,
        }  # fmt: skip
        if kind == "code":
            cell |= {"execution_count": None, "outputs": []}
        self.cells.insert(self.index(before), cell)

    def delete(self, name: str) -> None:
        del self.cells[self.index(name)]

    def duplicate(self, name: str) -> None:
        """Copy and paste a cell, metadata and all, right after itself."""
        at = self.index(name)
        self.cells.insert(at + 1, copy.deepcopy(self.cells[at]))

    def move_to_end(self, name: str) -> None:
        self.cells.append(self.cells.pop(self.index(name)))

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        path = folder / f"{self.assignment}.ipynb"
        if self.raw is not None:
            path.write_bytes(self.raw)
            return
        path.write_text(json.dumps(self.notebook, ensure_ascii=False, indent=1) + "\n", "utf-8")


def text(cell: dict[str, Any]) -> str:
    return "".join(cell["source"])


def grade_id(cell: dict[str, Any]) -> str:
    return str(cell["metadata"].get("nbgrader", {}).get("grade_id", ""))


def is_answer(cell: dict[str, Any]) -> bool:
    return bool(cell["metadata"].get("nbgrader", {}).get("solution"))


def _without_marks(source: str) -> str:
    return "\n".join(line for line in source.split("\n") if line.strip() not in MARKS)


def build() -> None:
    """Write all submissions anew."""
    import applications  # noqa: F401 - more situations
    from situations import SITUATIONS

    for folder in FOLDERS:
        shutil.rmtree(HERE / folder, ignore_errors=True)
    for (student, assignment), situation in SITUATIONS.items():
        work = Work(assignment, filled=situation.filled)
        situation.change(work)
        work.save(HERE / FOLDERS[not situation.shown] / student / assignment)


def hand_in(course: Path) -> None:
    """Copy all submissions into a course."""
    for folder in FOLDERS:
        shutil.copytree(HERE / folder, course / "submitted", dirs_exist_ok=True)


def fix_secret(course: Path) -> None:
    """The cases of every run: what trains a network stands close to its threshold with some."""
    folder = course / ".gatebook"
    folder.mkdir(mode=0o700, exist_ok=True)
    (folder / "secret").write_text("5ec2e7" * 10 + "c1a5\n")


def expect() -> None:
    """Grade the class and write what came out as expected. The author of a change reads the difference."""
    from test_class import expected_of

    from autograder.course.folder import open_course
    from autograder.grading.pipeline import Grader
    from autograder.notebooks.finding import find_submissions

    shutil.rmtree(HERE / "expected", ignore_errors=True)
    with tempfile.TemporaryDirectory() as folder:
        course = Path(folder)
        for name in ("solutions", "assignments"):
            shutil.copytree(ROOT / name, course / name)
        shutil.copy(ROOT / "nbgrader_config.py", course)
        fix_secret(course)
        hand_in(course)
        for assignment in ASSIGNMENTS:
            found = {each.student: each.path for each in find_submissions(course, assignment)}
            with Grader(open_course(course), assignment) as grader:
                for graded in grader.grade_class(found):
                    path = HERE / "expected" / f"{graded.record.student}.{assignment}.json"
                    path.parent.mkdir(exist_ok=True)
                    path.write_text(json.dumps(expected_of(graded.record), indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    build()
    if "--expect" in sys.argv:
        expect()
