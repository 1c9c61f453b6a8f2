"""A notebook as it was handed out: its cells, what they ask, what may not be changed."""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from autograder import syntax
from autograder.model import Role
from autograder.notebooks.reading import RawNotebook, UnreadableError, decode, number, parsed, same_text

MADE_BY_NBGRADER = "AUTOTEST"
"""Marks a test that nbgrader writes when it makes the assignment."""


class ReleaseError(Exception):
    """The instructor's notebooks of an assignment are missing or do not fit together."""


@dataclass(frozen=True)
class ReleasedCell:
    """A cell of the assignment: given cells with the text of the source, answers with the released stub.

    id: nbgrader's grade id, or the notebook cell id of a plain cell. cell_id: the notebook cell id.
    names: what a solution cell is to define. metadata: nbgrader's, as released. handed_out: what students have of a
    test whose source holds more, hidden tests; None where it is the same.
    """

    id: str
    cell_id: str
    role: Role
    source: str
    is_code: bool
    points: float = 0.0
    checksum: str = ""
    exercise: str | None = None
    names: tuple[str, ...] = ()
    demo: bool = False
    metadata: Mapping[str, Any] = field(default_factory=dict)
    handed_out: str | None = None

    @property
    def shown(self) -> str:
        """What students have of it."""
        return self.source if self.handed_out is None else self.handed_out

    @property
    def task(self) -> bool:
        """One of nbgrader's manually graded task cells."""
        return bool(self.metadata.get("task", False))


@dataclass(frozen=True)
class Release:
    """An assignment as it was handed out. `kernelspec`, `language_info`: the notebook's metadata."""

    assignment: str
    notebook: str
    cells: tuple[ReleasedCell, ...]
    kernelspec: Mapping[str, Any] = field(default_factory=dict)
    language_info: Mapping[str, Any] = field(default_factory=dict)

    @property
    def exercises(self) -> tuple[str, ...]:
        """The exercises that its grade cells ask, each once."""
        return tuple(dict.fromkeys(cell.exercise for cell in self.cells if cell.exercise))

    def cell(self, cell_id: str) -> ReleasedCell | None:
        """The released cell of this id, None for a student's own."""
        return next((cell for cell in self.cells if cell.id == cell_id), None)


def read_release(
    course_dir: str | Path,
    assignment: str,
    notebook: str | None = None,
    *,
    source_folder: str = "solutions",
    release_folder: str = "assignments",
    recorded: Callable[[], Mapping[str, str]] = dict,
) -> Release:
    """Read the source notebook of an assignment (by default the one of its name) and its released version.

    recorded: gives, by grade id, the cells that nbgrader recorded in the gradebook. They are asked for where the
        source leaves it to nbgrader to write the tests (`AUTOTEST`).

    Raises:
        ReleaseError: one is missing or unreadable, or they do not belong together.
    """
    root = Path(course_dir)
    name = notebook or assignment
    source_path = root / source_folder / assignment / f"{name}.ipynb"
    release_path = root / release_folder / assignment / f"{name}.ipynb"
    how = f"Run `autograder release {assignment}` to make it from {source_folder}/."
    for path, what in (
        (source_path, "the source notebook; is the assignment's name right?"),
        (release_path, f"the released notebook. {how}"),
    ):
        if not path.is_file():
            raise ReleaseError(f"{path} does not exist. It should be {what}")
    source = _read_trusted(source_path)
    language = _language(source.metadata)
    if language != "python":
        raise ReleaseError(f"{source_path} is written in {language}; what is graded here is Python.")
    stubs = {raw.grade_id: raw for raw in _read_trusted(release_path).cells if raw.grade_id}
    ours = not any(_binds_check(raw.source) for raw in source.cells if raw.kind == "code")

    cells: list[ReleasedCell] = []
    for raw in source.cells:
        meta = raw.nbgrader
        role = _role(meta)
        cell_id = raw.cell_id or f"cell-{raw.index}"
        if role == "student":
            cells.append(ReleasedCell(cell_id, cell_id, role, raw.source, raw.kind == "code", demo="demo" in raw.tags))
            continue
        if not raw.grade_id:
            raise ReleaseError(f"{source_path}, cell {raw.index + 1}: an nbgrader cell without a grade_id.")
        text, exercise, entry, handed_out = raw.source, None, None, None
        if role == "grade" and ours and raw.kind == "code":
            exercise, entry = _checked_exercise(raw.source)
        if role in ("solution", "written", "grade"):
            stub = stubs.get(raw.grade_id)
            if stub is None:
                raise ReleaseError(
                    f"{release_path} has no cell {raw.grade_id!r}, but {source_path} has: the release is "
                    f"older than the source. {how}"
                )
            if role != "grade":
                text = stub.source
            elif exercise is None and not same_text(stub.source, raw.source):
                if MADE_BY_NBGRADER in raw.source:
                    text = recorded().get(raw.grade_id, stub.source)
                handed_out = None if same_text(stub.source, text) else stub.source
        points = number(meta.get("points"))
        flags = {key: bool(meta.get(key, False)) for key in ("grade", "locked", "solution", "task")}
        meta = {"schema_version": 3, "grade_id": raw.grade_id, "cell_type": raw.kind, **flags}
        if flags["grade"] or flags["task"]:
            meta["points"] = points
        meta["checksum"] = cell_checksum(text, raw.kind, meta)
        cells.append(
            ReleasedCell(
                id=raw.grade_id,
                cell_id=cell_id,
                role=role,
                source=text,
                is_code=raw.kind == "code",
                points=points if role in ("grade", "written") else 0.0,
                checksum=meta["checksum"],
                exercise=exercise,
                names=(entry,) if entry else (),
                demo="demo" in raw.tags,
                metadata=meta,
                handed_out=handed_out,
            )
        )
    return Release(
        assignment,
        name,
        tuple(_with_names(cells)),
        source.metadata.get("kernelspec", {}),
        source.metadata.get("language_info", {}),
    )


def cell_checksum(source: str, cell_type: str, metadata: Mapping[str, Any]) -> str:
    """nbgrader's checksum of a cell (`nbgrader.utils.compute_checksum`), without importing nbgrader."""
    grade, solution = bool(metadata.get("grade", False)), bool(metadata.get("solution", False))
    locked = not solution and (grade or bool(metadata.get("locked", False)))
    parts = [source, cell_type, str(grade), str(solution), str(locked), str(metadata["grade_id"])]
    if grade:
        parts.append(str(float(metadata["points"])))
    return hashlib.md5("".join(parts).encode("utf-8"), usedforsecurity=False).hexdigest()


def _role(meta: Mapping[str, Any]) -> Role:
    grade, solution, locked = (bool(meta.get(key, False)) for key in ("grade", "solution", "locked"))
    if meta.get("task") or (grade and solution):
        return "written"
    if grade:
        return "grade"
    if solution:
        return "solution"
    return "locked" if locked else "student"


def _with_names(cells: Sequence[ReleasedCell]) -> Iterator[ReleasedCell]:
    """Tell each solution cell what it is to define: what its test names, else what of its stub is named like the
    exercise (`LSTMCell` like `lstm_cell`; what is given beside it has another name), else all that its stub defines."""
    asked = {cell.exercise: cell.names for cell in cells if cell.exercise}
    for cell in cells:
        if cell.role == "solution":
            stub = tuple(re.findall(r"^(?:async\s+)?(?:def|class)\s+(\w+)", cell.source, re.MULTILINE))
            alike = tuple(name for name in stub if name.lower() == cell.id.replace("_", "").lower() or name == cell.id)
            yield replace(cell, names=asked.get(cell.id) or alike or stub)
        else:
            yield cell


def _language(metadata: Mapping[str, Any]) -> str:
    """What a notebook is written in, in small letters."""
    for place, key in (("language_info", "name"), ("kernelspec", "language")):
        known = metadata.get(place)
        name = known.get(key) if isinstance(known, dict) else None
        if isinstance(name, str) and name:
            return name.lower()
    return "python"


def _checked_exercise(source: str) -> tuple[str | None, str | None]:
    """The exercise id and the name in `check("<exercise id>", Name)`, or `autograder.check(...)`."""
    tree = syntax.parse(source)
    for node in ast.walk(tree) if tree else ():
        if not isinstance(node, ast.Call) or not node.args:
            continue
        first = node.args[0]
        if (
            ast.unparse(node.func) in ("check", "autograder.check")
            and isinstance(first, ast.Constant)
            and isinstance(first.value, str)
        ):
            second = node.args[1] if len(node.args) > 1 else None
            return first.value, second.id if isinstance(second, ast.Name) else None
    return None, None


def _binds_check(source: str) -> bool:
    """Whether a cell gives the name `check` to something that is not ours."""
    tree = syntax.parse(source) if "check" in source else None
    return any(
        "check" in bound_names(node) and not (isinstance(node, ast.ImportFrom) and node.module == "autograder")
        for node in (tree.body if tree else ())
    )


def _read_trusted(path: Path) -> RawNotebook:
    try:
        return parsed(decode(path.read_bytes())[0])
    except UnreadableError as error:
        raise ReleaseError(f"{path} cannot be read: {error}") from None


def bound_names(node: ast.stmt) -> set[str]:
    """The names that a top-level import, definition or assignment binds."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {alias.asname or alias.name.split(".")[0] for alias in node.names}
    if isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return {
            leaf.id
            for target in targets
            for leaf in ast.walk(target)
            if isinstance(leaf, ast.Name) and isinstance(leaf.ctx, ast.Store)
        }
    return set()
