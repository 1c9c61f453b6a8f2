"""Read the attacks, and make submissions of them.

An attack is a file `<topic>/<name>.py`: a docstring that says what the attacker tries, constants that say what must
come of it, and then the cells, each after a mark, as a student would write them:

    # %% replace rnn_step          the whole text of the cell with this grade id
    # %% append rnn_step           more lines at the end of that cell
    # %% before rnn_step           a cell of the student's own before it
    # %% markdown before rnn_step  a text cell of the student's own
    # %% last                      a cell of the student's own at the end (`first`: at the start)

Constants, all but the first three optional:

    ASSIGNMENT   "rnn", "lstm" or "cnn"
    BASE         "stub": the notebook as released; "solution": everything else is right
    EXPECT       exercise -> (status, points); statuses may be joined by "|"; "*" stands for every other exercise, where
                 points None means all of them; status "any" where only the points matter
    RECORD       the status of the record, "graded" unless said otherwise
    FLAGGED      whether the record must carry a flag for review
    STUDENT      a name other than `<topic>-<name>`
    FILES        files beside the notebook: path -> text; LINKS: path -> target of a symbolic link; FIFOS: paths;
                 SPARSE: path -> size; REPEATED: path -> (text, times); ZIPS: path -> size of the zeros inside. The
                 notebook itself can be one of these
    METADATA     grade id -> what is put into the cell's nbgrader metadata; CELL_IDS: grade id -> id of the cell
    BEYOND       level -> why this level does not keep the attacker from seeing what is printed (see docs/security.md)
    DELETE, DUPLICATE   grade ids; NOTEBOOK: what is put into the notebook's own metadata
"""

from __future__ import annotations

import ast
import copy
import json
import os
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
MARK = re.compile(r"^# %% (replace|append|before|markdown before|first|last)(?: (\S+))?\n", re.MULTILINE)
SOLUTION_MARKS = ("### BEGIN SOLUTION", "### END SOLUTION")
CONSTANTS = frozenset(
    "ASSIGNMENT BASE EXPECT RECORD FLAGGED STUDENT FILES LINKS FIFOS SPARSE REPEATED ZIPS METADATA CELL_IDS DELETE "
    "DUPLICATE NOTEBOOK BEYOND".split()
)


class AttackError(Exception):
    """A file is not an attack as described above."""


@dataclass(frozen=True)
class Attack:
    """One attack: what is tried, the submission, and what must come of it."""

    topic: str
    name: str
    tries: str
    assignment: str
    base: str
    expect: Mapping[str, tuple[str, float | None]]
    edits: tuple[tuple[str, str, str], ...]
    """(how, grade id, text)."""
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return f"{self.topic}/{self.name}"

    @property
    def student(self) -> str:
        return str(self.options.get("STUDENT", f"{self.topic}-{self.name}"))


def attacks() -> tuple[Attack, ...]:
    """All attacks, by topic and name."""
    return tuple(read(path) for path in sorted(HERE.glob("*/*.py")) if path.parent.name != "delegates")


def read(path: Path) -> Attack:
    """The attack in a file. Nothing of it is run.

    Raises:
        AttackError: it is none.
    """
    text = path.read_text("utf-8")
    head, *parts = MARK.split(text)
    tree = ast.parse(head)
    tries = ast.get_docstring(tree)
    constants = {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    unknown = set(constants) - CONSTANTS
    if not tries or unknown or not {"ASSIGNMENT", "BASE", "EXPECT"} <= set(constants):
        raise AttackError(f"{path}: needs a docstring, ASSIGNMENT, BASE, EXPECT; knows no {sorted(unknown)}")
    edits = tuple(
        (how, grade_id or "", source.strip("\n"))
        for how, grade_id, source in zip(parts[::3], parts[1::3], parts[2::3], strict=True)
    )
    return Attack(
        path.parent.name, path.stem, tries.splitlines()[0], constants.pop("ASSIGNMENT"), constants.pop("BASE"),
        constants.pop("EXPECT"), edits, constants,
    )  # fmt: skip


def notebook(attack: Attack) -> dict[str, Any]:
    """The notebook that this attacker hands in."""
    made: dict[str, Any] = _json(ROOT / "assignments" / attack.assignment / f"{attack.assignment}.ipynb")
    cells = made["cells"]
    if attack.base == "solution":
        solved = _json(ROOT / "solutions" / attack.assignment / f"{attack.assignment}.ipynb")
        answers = {_grade_id(cell): _without_marks(cell) for cell in solved["cells"]}
        for cell in cells:
            if cell["metadata"].get("nbgrader", {}).get("solution"):
                cell["source"] = answers[_grade_id(cell)]
    elif attack.base != "stub":
        raise AttackError(f"{attack.id}: BASE is {attack.base!r}")
    for number, (how, grade_id, source) in enumerate(attack.edits):
        if how in ("first", "last"):
            cells.insert(0 if how == "first" else len(cells), _own_cell(number, source))
        elif how == "replace":
            cells[_at(cells, grade_id)]["source"] = source
        elif how == "append":
            cell = cells[_at(cells, grade_id)]
            cell["source"] = "".join(cell["source"]) + "\n\n" + source
        else:
            cells.insert(_at(cells, grade_id), _own_cell(number, source, markdown=how.startswith("markdown")))
    for grade_id in attack.options.get("DUPLICATE", ()):
        cells.insert(_at(cells, grade_id) + 1, copy.deepcopy(cells[_at(cells, grade_id)]))
    for grade_id in attack.options.get("DELETE", ()):
        del cells[_at(cells, grade_id)]
    for grade_id, identity in attack.options.get("CELL_IDS", {}).items():
        cells[_at(cells, grade_id)]["id"] = identity
    for grade_id, changes in attack.options.get("METADATA", {}).items():
        cells[_at(cells, grade_id)]["metadata"]["nbgrader"].update(changes)
    made["metadata"].update(attack.options.get("NOTEBOOK", {}))
    return made


def submit(attack: Attack, submitted: Path) -> Path:
    """Write the submission below `submitted/`; gives its folder."""
    folder = submitted / attack.student / attack.assignment
    folder.mkdir(parents=True)
    options = attack.options
    for name, target in options.get("LINKS", {}).items():
        _below(folder, name).symlink_to(target)
    for name in options.get("FIFOS", ()):
        os.mkfifo(_below(folder, name))
    for name, size in options.get("SPARSE", {}).items():
        with open(_below(folder, name), "wb") as file:
            file.truncate(size)
    for name, size in options.get("ZIPS", {}).items():
        with zipfile.ZipFile(_below(folder, name), "w", zipfile.ZIP_DEFLATED) as file:
            file.writestr("zeros", b"\0" * size)
    for name, (text, times) in options.get("REPEATED", {}).items():
        _below(folder, name).write_text(text * times, "utf-8")
    for name, text in options.get("FILES", {}).items():
        _below(folder, name).write_text(text, "utf-8")
    path = folder / f"{attack.assignment}.ipynb"
    if not os.path.lexists(path):
        path.write_text(json.dumps(notebook(attack), ensure_ascii=False, indent=1) + "\n", "utf-8")
    return folder


def exercises(assignment: str) -> dict[str, float]:
    """Exercises of an assignment that are graded by a program, with their points."""
    made = _json(ROOT / "assignments" / assignment / f"{assignment}.ipynb")
    graded = [cell["metadata"].get("nbgrader", {}) for cell in made["cells"] if cell["cell_type"] == "code"]
    return {meta["grade_id"].removesuffix("_check"): float(meta["points"]) for meta in graded if meta.get("grade")}


def expected(attack: Attack) -> dict[str, tuple[str, float]]:
    """Exercise -> (statuses, points) for everything the attack says something about."""
    found: dict[str, tuple[str, float]] = {}
    for exercise, most in exercises(attack.assignment).items():
        status, points = attack.expect.get(exercise, attack.expect.get("*", ("", None)))
        if status:
            found[exercise] = (status, most if points is None else float(points))
    unknown = set(attack.expect) - set(found) - {"*"}
    if unknown or not found:
        raise AttackError(f"{attack.id}: expects something of {sorted(unknown) or 'nothing'}")
    return found


def _below(folder: Path, name: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _own_cell(number: int, source: str, *, markdown: bool = False) -> dict[str, Any]:
    cell: dict[str, Any] = {"cell_type": "markdown", "id": f"own-{number}", "metadata": {}, "source": source}
    return cell if markdown else cell | {"cell_type": "code", "execution_count": None, "outputs": []}


def _at(cells: list[dict[str, Any]], grade_id: str) -> int:
    for index, cell in enumerate(cells):
        if _grade_id(cell) == grade_id:
            return index
    raise AttackError(f"there is no cell {grade_id!r}")


def _grade_id(cell: Mapping[str, Any]) -> str:
    return str(cell["metadata"].get("nbgrader", {}).get("grade_id", ""))


def _without_marks(cell: Mapping[str, Any]) -> str:
    lines = "".join(cell["source"]).split("\n")
    return "\n".join(line for line in lines if line.strip() not in SOLUTION_MARKS)


def _json(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))
