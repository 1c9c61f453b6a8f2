"""From a notebook file to the program that is graded.

A submission is whatever bytes a student handed in. `read_submission` always answers: with the notebook as it
will be run (given cells as in the source, answers as the student wrote them), or with the released cells and
the reason why the file cannot be read. It runs nothing and needs neither nbgrader nor TensorFlow.

How a notebook is put in order again, and why:

- A submitted cell is a released one by its nbgrader id; else by its notebook cell id; else, for given cells,
  by its text; else, for answers, by defining what the exercise asks for.
- Given cells (locked, or autograder tests) get the source's text. Imports and definitions that a student
  added to them are kept in a cell of their own, unless they rebind a name of the given cell.
- Order is the student's: a notebook is a program. A given cell that was deleted comes back beside its
  neighbours, a test at the end of its section, so that everything the student wrote there runs before it.
- Of copies of a test the last counts, of copies of an answer the last changed one; other copies stay in place
  as ordinary cells, and copies of an untouched stub are left out, since running them would undo the answer.
"""

from __future__ import annotations

import ast
import contextlib
import hashlib
import json
import math
import os
import re
import stat
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from autograder import syntax
from autograder.language import ENGLISH, Language, Said, Text, sentences, text_of, words
from autograder.model import Cell, CellRun, Record, Role, Submission, Verdict

if TYPE_CHECKING:
    from nbformat import NotebookNode

MAX_BYTES = 50 * 2**20
"""Bytes of the largest notebook that is read."""
MAX_CELLS = 5000
MAX_CODE = 2 * 2**20
"""Characters of all code cells; Python's parser needs a few hundred bytes of memory for each."""
MAX_MAGICS = 50_000
"""Characters of all cells that look as if IPython had to translate them; honest ones have a few thousand."""
MADE_BY_NBGRADER = "AUTOTEST"
"""Marks a test that nbgrader writes when it makes the assignment."""
MAX_NODES = 2_000_000
"""Lists and dictionaries in the file. Each takes 60 bytes and more, of memory that is not the worker's."""


class ReleaseError(Exception):
    """The instructor's notebooks of an assignment are missing or do not fit together."""


# ------------------------------------------------------------------------------------------ what was released


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
            elif exercise is None and not _same(stub.source, raw.source):
                if MADE_BY_NBGRADER in raw.source:
                    text = recorded().get(raw.grade_id, stub.source)
                handed_out = None if _same(stub.source, text) else stub.source
        points = _number(meta.get("points"))
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
    """Tell each solution cell what it is to define: what its test names, else what its stub defines."""
    asked = {cell.exercise: cell.names for cell in cells if cell.exercise}
    for cell in cells:
        if cell.role == "solution":
            stub = tuple(re.findall(r"^(?:async\s+)?(?:def|class)\s+(\w+)", cell.source, re.MULTILINE))
            yield replace(cell, names=asked.get(cell.id) or stub)
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
        "check" in _bound(node) and not (isinstance(node, ast.ImportFrom) and node.module == "autograder")
        for node in (tree.body if tree else ())
    )


def _read_trusted(path: Path) -> _Notebook:
    try:
        return _notebook(_decode(path.read_bytes())[0])
    except _Unreadable as error:
        raise ReleaseError(f"{path} cannot be read: {error}") from None


# ---------------------------------------------------------------------------------------- finding submissions


@dataclass(frozen=True)
class SubmittedFile:
    """A student's notebook in `submitted/`. `path` need not exist: a folder without a notebook is a
    submission too."""

    student: str
    path: Path


def find_submissions(
    course_dir: str | Path,
    assignment: str,
    student: str | None = None,
    *,
    notebook: str | None = None,
    several: bool = False,
    folder: str = "submitted",
) -> tuple[SubmittedFile, ...]:
    """The submissions of an assignment by student, `submitted/<student>/<assignment>/<notebook>.ipynb`.

    Where no file has that name and the folder holds one notebook only (see `could_be`), it is that one.

    notebook: by default the one of the assignment's name. several: it is not the assignment's only one; then a file of
        another name counts where its name differs by what browsers add.
    """
    wanted = notebook or assignment
    submitted = Path(course_dir) / folder
    try:
        students = sorted(entry.name for entry in os.scandir(submitted) if entry.is_dir())
    except FileNotFoundError:
        return ()
    found = []
    for name in students:
        if name.startswith(".") or (student is not None and name != student):
            continue
        directory = submitted / name / assignment
        if not directory.is_dir():
            continue
        path = directory / f"{wanted}.ipynb"
        if not os.path.lexists(path):
            path = could_be(directory, wanted if several else "") or path
        found.append(SubmittedFile(name, path))
    return tuple(found)


_NOTEBOOK_NAME = re.compile(r"\.ipynb(\.(json|txt))?( ?\(\d+\))?$", re.IGNORECASE)


def is_like_notebook(name: str) -> bool:
    """Whether a file of this name is meant as a notebook: browsers add an ending or a number (`lstm.ipynb.json`)."""
    return not name.startswith(".") and _NOTEBOOK_NAME.search(name) is not None


def could_be(directory: Path, name: str = "") -> Path | None:
    """The one notebook in the folder of a submission, whatever its name (`lstm (1).ipynb`, `LSTM.IPYNB`,
    `lstm.ipynb.txt`), or in the only folder in it; None where there is none, or more than one. name: look only for what
    is called that, but for what browsers add."""

    def is_meant(entry: Path) -> bool:
        own = _NOTEBOOK_NAME.sub("", entry.name).removesuffix(" ")
        own = re.sub(r" ?\(\d+\)$", "", own)
        return is_like_notebook(entry.name) and entry.is_file() and name.casefold() in ("", own.casefold())

    try:
        inside = [entry for entry in directory.iterdir() if not entry.name.startswith((".", "__"))]
    except OSError:
        return None
    found = [entry for entry in inside if is_meant(entry)]
    if found:
        return found[0] if len(found) == 1 else None
    folders = [entry for entry in inside if entry.is_dir() and not entry.is_symlink()]
    if len(folders) != 1:
        return None
    with contextlib.suppress(OSError):
        found = [entry for entry in folders[0].iterdir() if is_meant(entry)]
    return found[0] if len(found) == 1 else None


# ------------------------------------------------------------------------------------------- reading the file


_ONE_AT_A_TIME = threading.Lock()
"""Held while a large file is taken apart, so that a class of them needs the memory of one."""


class _Unreadable(Exception):
    """Why a file is no notebook that can be graded, in words for its student."""

    def __init__(self, why: Text) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class _RawCell:
    index: int
    kind: Literal["code", "markdown", "raw"]
    source: str
    cell_id: str = ""
    nbgrader: Mapping[str, Any] = field(default_factory=dict)
    tags: frozenset[str] = frozenset()
    attachments: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def grade_id(self) -> str:
        value = self.nbgrader.get("grade_id")
        return value if isinstance(value, str) else ""


@dataclass(frozen=True)
class _Notebook:
    cells: tuple[_RawCell, ...]
    metadata: Mapping[str, Any]
    notes: tuple[Text, ...] = ()


def _read_bytes(path: Path) -> bytes:
    """The bytes of a regular file of bounded size, following no symbolic link."""
    try:
        if path.parent.is_symlink():
            raise _Unreadable(
                words("The folder {folder} is a symbolic link; hand in the notebook itself.", folder=path.parent.name)
            )
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError:
        if path.is_symlink():
            raise _Unreadable(
                words("{file} is a symbolic link; hand in the notebook itself.", file=path.name)
            ) from None
        others = sorted(other.name for other in path.parent.glob("*") if is_like_notebook(other.name))
        missing = words("No notebook {file} was handed in.", file=path.name)
        if others:
            missing = words(
                "No notebook {file} was handed in. There are {others}; which one counts?",
                file=path.name, others=tuple(others[:5]),
            )  # fmt: skip
        raise _Unreadable(missing) from None
    except OSError as error:
        if path.is_symlink():
            raise _Unreadable(
                words("{file} is a symbolic link; hand in the notebook itself.", file=path.name)
            ) from None
        raise _Unreadable(
            words("{file} could not be opened: {why}.", file=path.name, why=str(error.strerror))
        ) from None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise _Unreadable(words("{file} is not a file.", file=path.name))
        if status.st_size > MAX_BYTES:
            raise _Unreadable(
                words(
                    "{file} has {size} MB; at most {most} MB are read. Clear its outputs and hand it in again.",
                    file=path.name,
                    size=f"{status.st_size / 2**20:.0f}",
                    most=MAX_BYTES // 2**20,
                )
            )
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise _Unreadable(words("{file} could not be read: {why}.", file=path.name, why=str(error.strerror))) from None
    finally:
        os.close(descriptor)


def _decode(data: bytes) -> tuple[Any, tuple[Text, ...]]:
    """The JSON value of a file in UTF-8, or in what editors make of it."""
    notes: tuple[Text, ...] = ()
    if not data.strip():
        raise _Unreadable(words("The file is empty."))
    try:
        if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
            text = data.decode("utf-16")
            notes = (words("The file is in UTF-16, notebooks are in UTF-8; it was read all the same."),)
        else:
            text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
        notes = (words("The file is not in UTF-8; it was read as Latin-1, so that accents may look odd."),)
    if data.count(b"[") + data.count(b"{") > MAX_NODES:
        raise _Unreadable(words("The file has too many parts to be read. Clear its outputs and hand it in again."))
    try:
        with _ONE_AT_A_TIME if len(data) > MAX_BYTES // 10 else contextlib.nullcontext():
            return json.loads(text), notes
    except RecursionError:
        raise _Unreadable(words("The file is nested too deeply to be a notebook.")) from None
    except json.JSONDecodeError as error:
        if "<<<<<<<" in text and ">>>>>>>" in text:
            raise _Unreadable(words("The file holds marks of an unresolved git merge, so it is no notebook.")) from None
        raise _Unreadable(
            words(
                "The file is not a notebook (not JSON: {why}, line {line}). Does it open in Jupyter?",
                why=error.msg,
                line=error.lineno,
            )
        ) from None
    except ValueError as error:
        raise _Unreadable(words("The file is not a notebook ({why}).", why=str(error)[:100])) from None


def _notebook(value: Any) -> _Notebook:
    """The cells of a notebook in format 3 or 4, whatever else is wrong with it."""
    if not isinstance(value, dict):
        raise _Unreadable(words("The file is JSON, but not a notebook."))
    listed = value.get("cells")
    if not isinstance(listed, list):
        sheets = value.get("worksheets")
        if not isinstance(sheets, list):
            raise _Unreadable(words("The file is JSON, but not a notebook: it has no list of cells."))
        listed = [
            cell
            for sheet in sheets
            if isinstance(sheet, dict) and isinstance(sheet.get("cells"), list)
            for cell in sheet["cells"]
        ]
    if len(listed) > MAX_CELLS:
        raise _Unreadable(
            words("The notebook has {number} cells; at most {most} are read.", number=len(listed), most=MAX_CELLS)
        )
    notes = []
    major = value.get("nbformat")
    if major not in (3, 4):
        said = str(major)[:20] if isinstance(major, str | int | float | None) else type(major).__name__
        notes.append(
            words("The notebook says its format is {format}; 3 and 4 are known. It was read as 4.", format=repr(said))
        )
    cells = [_raw_cell(index, cell) for index, cell in enumerate(listed) if isinstance(cell, dict)]
    damaged = [str(number) for number, cell in enumerate(listed, 1) if not isinstance(cell, dict)]
    if damaged:
        which = (*damaged[:10], *(["..."] if len(damaged) > 10 else []))
        notes.append(words("Damaged cells were left out: {which}.", which=which))
    code = sum(len(cell.source) for cell in cells if cell.kind == "code")
    if code > MAX_CODE:
        raise _Unreadable(
            words(
                "The code cells hold {size} MB of text; at most {most} MB are read. Is there data in one of them? Put "
                "it into a file of its own.",
                size=f"{code / 2**20:.1f}",
                most=f"{MAX_CODE / 2**20:.0f}",
            )
        )
    if sum(len(cell.source) for cell in cells if cell.kind == "code" and _to_translate(cell.source)) > MAX_MAGICS:
        raise _Unreadable(words("The file has too many parts to be read. Clear its outputs and hand it in again."))
    metadata = value.get("metadata")
    return _Notebook(tuple(cells), metadata if isinstance(metadata, dict) else {}, tuple(notes))


def _to_translate(source: str) -> bool:
    return len(source) <= syntax.LONGEST_WITH_MAGICS and syntax.has_magics(source)


def _raw_cell(index: int, cell: Mapping[str, Any]) -> _RawCell:
    kind = cell.get("cell_type")
    source = _text(cell["source"] if "source" in cell else cell.get("input"))
    if kind == "heading":
        level = cell.get("level")
        source = "#" * (level if isinstance(level, int) and 1 <= level <= 6 else 1) + " " + source
    metadata = cell.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    nbgrader = metadata.get("nbgrader")
    tags = metadata.get("tags")
    cell_id = cell.get("id")
    return _RawCell(
        index,
        "code" if kind == "code" else "raw" if kind == "raw" else "markdown",
        source,
        cell_id if isinstance(cell_id, str) and _CELL_ID.fullmatch(cell_id) else "",
        nbgrader if isinstance(nbgrader, dict) else {},
        frozenset(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else frozenset(),
        _attachments(cell.get("attachments")),
    )


_CELL_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")


def _text(value: Any) -> str:
    """A multi-line string of the notebook format, as one string that can be written as UTF-8."""
    if isinstance(value, list):
        value = "".join(part for part in value if isinstance(part, str))
    if not isinstance(value, str):
        return ""
    return value.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace").decode("utf-8")


def _attachments(value: Any) -> dict[str, dict[str, str]]:
    """Pictures pasted into a text cell: name -> media type -> data."""
    if not isinstance(value, dict):
        return {}
    kept = {}
    for name, bundle in value.items():
        if isinstance(bundle, dict):
            data = {_text(kind): _text(content) for kind, content in bundle.items()}
            kept[_text(name)] = {kind: content for kind, content in data.items() if content}
    return kept


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return 0.0


# -------------------------------------------------------------------------------------------------- restoring


def read_submission(path: str | Path, student: str, release: Release) -> Submission:
    """Read what a student handed in, with the given cells as in the source.

    Never raises for anything in the file: what cannot be read becomes a submission with `unreadable` set and
    the cells of the release.
    """
    path = Path(path)
    data = b""
    try:
        data = _read_bytes(path)
        value, notes = _decode(data)
        notebook = _notebook(value)
        restoring = _Restoring(release, notebook.cells)
        cells = restoring.cells()
    except Exception as error:  # one notebook must not cost a class its grades, whatever is in it
        return unread(student, release, _why(path, error), data)
    if path.name != f"{release.notebook}.ipynb":
        expected = f"{release.notebook}.ipynb"
        notes += (words("The file is called {file}; {expected} was expected.", file=path.name, expected=expected),)
    return Submission(
        student,
        release.assignment,
        release.notebook,
        hashlib.sha256(data).hexdigest(),
        tuple(cells),
        (*notes, *notebook.notes, *restoring.notes),
        {cell: tuple(texts) for cell, texts in restoring.cell_notes.items()},
    )


def unread(student: str, release: Release, why: Text, data: bytes = b"") -> Submission:
    """The submission of a file that cannot be read: the cells of the release, and the reason."""
    return Submission(
        student,
        release.assignment,
        release.notebook,
        hashlib.sha256(data).hexdigest(),
        tuple(_from_release(cell) for cell in release.cells),
        unreadable=why,
    )


def _why(path: Path, error: Exception) -> Text:
    if isinstance(error, _Unreadable):
        return error.why
    return words("{file} could not be read: {why}.", file=path.name, why=type(error).__name__)


def _from_release(cell: ReleasedCell, index: int | None = None) -> Cell:
    return Cell(
        cell.id,
        cell.role,
        cell.source,
        index,
        cell.is_code,
        cell.exercise,
        cell.points,
        demo=cell.demo,
        unchanged=True,
        handed_out=cell.handed_out,
        task=cell.task,
    )


class _Restoring:
    """Puts one notebook in order; see the top of this module for the rules."""

    def __init__(self, release: Release, raws: Sequence[_RawCell]) -> None:
        self.release = release
        self.raws = raws
        self.notes: list[Text] = []
        self.cell_notes: dict[str, list[Said]] = {}
        self._used = {cell.id for cell in release.cells} | {cell.cell_id for cell in release.cells}
        self._counts: dict[str, int] = {}

    def cells(self) -> list[Cell]:
        matches = self._match()
        if self.release.cells and not any(
            matches.get(cell.id) for cell in self.release.cells if cell.role in ("grade", "solution", "written")
        ):
            self.notes.append(
                words(
                    "None of the cells of the assignment {name} were found. Is this the right notebook?",
                    name=repr(self.release.assignment),
                )
            )
        sequence: list[Cell] = []
        chosen, left_out = self._choose(matches)
        for raw in self.raws:
            released = chosen.get(raw.index)
            if raw.index in left_out:
                continue
            if released is None:
                sequence.append(self._own(raw))
            else:
                sequence.extend(self._restored(raw, released))
        self._put_back(sequence, {released.id for released in chosen.values()})
        return sequence

    def _note(self, cell: ReleasedCell, text: Said) -> None:
        self.notes.append(words("{cell}: {what}", cell=cell.id, what=text))
        self.cell_notes.setdefault(cell.id, []).append(text)

    # Which submitted cells are which released ones.

    def _match(self) -> dict[str, list[_RawCell]]:
        """Released id -> the submitted cells that are it, in order."""
        by_id = {cell.id: cell for cell in self.release.cells if cell.role != "student"}
        by_cell_id = {cell.cell_id: cell for cell in self.release.cells}
        matches: dict[str, list[_RawCell]] = {}
        rest: list[_RawCell] = []
        for raw in self.raws:
            if raw.grade_id in by_id:
                matches.setdefault(raw.grade_id, []).append(raw)
            else:
                rest.append(raw)
        rest = self._match_by(rest, matches, lambda raw: by_cell_id.get(raw.cell_id))
        given = {
            (cell.is_code, _squeezed(cell.shown)): cell
            for cell in reversed(self.release.cells)
            if cell.role in ("locked", "grade", "student") and cell.id not in matches and cell.source.strip()
        }
        rest = self._match_by(rest, matches, lambda raw: given.get((raw.kind == "code", _squeezed(raw.source))))
        for cell in self.release.cells:
            if cell.role == "solution" and cell.id not in matches:
                defining = [raw for raw in rest if raw.kind == "code" and _defines_any(raw.source, cell.names)]
                if defining:
                    matches[cell.id] = [defining[-1]]
                    rest.remove(defining[-1])
        return matches

    @staticmethod
    def _match_by(rest: list[_RawCell], matches: dict[str, list[_RawCell]], find: Any) -> list[_RawCell]:
        left = []
        for raw in rest:
            cell = find(raw)
            if cell is not None and cell.id not in matches:
                matches[cell.id] = [raw]
            else:
                left.append(raw)
        return left

    def _choose(self, matches: Mapping[str, list[_RawCell]]) -> tuple[dict[int, ReleasedCell], set[int]]:
        """Of several copies the one that counts: submitted index -> released cell; and the copies that do not
        run."""
        chosen: dict[int, ReleasedCell] = {}
        left_out: set[int] = set()
        for cell in self.release.cells:
            copies = matches.get(cell.id, [])
            if not copies:
                continue
            kept = copies[-1]
            if len(copies) > 1:
                if cell.role in ("solution", "written"):
                    changed = [raw for raw in copies if not _same(raw.source, cell.source)]
                    kept = changed[-1] if changed else copies[0]
                    left_out.update(raw.index for raw in copies if raw is not kept and _same(raw.source, cell.source))
                    self._note(
                        cell,
                        words(
                            "this answer cell was there {times} times. The last one that was changed is your answer; "
                            "other changed copies ran as ordinary cells, unchanged ones were left out.",
                            times=len(copies),
                        ),
                    )
                elif cell.role == "grade":
                    self._note(
                        cell,
                        words(
                            "this test was there {times} times. It counts once, where it stands last.",
                            times=len(copies),
                        ),
                    )
                else:
                    kept = next((raw for raw in copies if raw.cell_id == cell.cell_id), copies[0])
                    self._note(
                        cell,
                        words(
                            "this given cell was there {times} times; copies ran as ordinary cells.", times=len(copies)
                        ),
                    )
                    if cell.demo:
                        left_out.update(
                            raw.index for raw in copies if raw is not kept and _same(raw.source, cell.source)
                        )
            chosen[kept.index] = cell
        return chosen, left_out

    # What becomes of them.

    def _own(self, raw: _RawCell) -> Cell:
        return Cell(
            self._new_id(raw.cell_id or f"cell-{raw.index}"),
            "student",
            raw.source,
            raw.index,
            raw.kind == "code",
        )

    def _new_id(self, wanted: str) -> str:
        identity, count = wanted, self._counts.get(wanted[:56], 1)
        while identity in self._used:
            count += 1
            identity = f"{wanted[:56]}-{count}"
        self._counts[wanted[:56]] = count
        self._used.add(identity)
        return identity

    def _restored(self, raw: _RawCell, cell: ReleasedCell) -> Iterable[Cell]:
        same = _same(raw.source, cell.shown) or _same(raw.source, cell.source)
        if cell.role == "student":
            is_code = raw.kind == "code"
            same = same and is_code == cell.is_code
            yield Cell(cell.id, "student", raw.source, raw.index, is_code, demo=cell.demo and same, unchanged=same)
            return
        if (raw.kind == "code") != cell.is_code:
            if cell.is_code:
                self._note(cell, words("this cell had been changed to text; it is code again."))
            else:
                self._note(cell, words("this cell had been changed to code; it is text again."))
        elif raw.grade_id != cell.id:
            self._note(cell, words("this cell had lost its nbgrader metadata; it was recognised and put right."))
        if cell.role in ("solution", "written") and not cell.metadata.get("task"):
            yield Cell(
                cell.id,
                cell.role,
                raw.source,
                raw.index,
                cell.is_code,
                points=cell.points,
                demo=cell.demo and same,
                unchanged=same,
            )
            return
        added = None
        if not same:
            added = self._added(raw, cell)
            kept = words("What you had added to it was kept in a cell of its own.") if added else ""
            edited = words("this given cell had been edited; it is again as it was handed out.")
            self._note(cell, sentences(edited, kept))
        if added and cell.role == "grade":
            yield added
        yield _from_release(cell, raw.index)
        if added and cell.role != "grade":
            yield added

    def _added(self, raw: _RawCell, cell: ReleasedCell) -> Cell | None:
        source = _additions(raw.source, cell.shown) if raw.kind == "code" and cell.is_code else ""
        if not source:
            return None
        return Cell(self._new_id(f"{cell.id}-added"[-64:]), "student", source, raw.index)

    def _put_back(self, sequence: list[Cell], present: set[str]) -> None:
        """Insert the nbgrader cells that were deleted."""
        released = self.release.cells
        for position, cell in enumerate(released):
            if cell.id in present or cell.role == "student":
                continue
            places = {placed.id: index for index, placed in enumerate(sequence)}
            before = next((places[c.id] for c in reversed(released[:position]) if c.id in places), None)
            after = next((places[c.id] for c in released[position + 1 :] if c.id in places), None)
            sound = after is not None and (before is None or after > before)
            if cell.role == "grade":
                place = after if sound else (len(sequence) if after is None or before is None else before + 1)
            else:
                place = before + 1 if before is not None else after if sound else 0
            restored = _from_release(cell)
            if cell.role == "solution":
                restored = self._deleted_answer(sequence, cell, restored)
            else:
                self._note(cell, words("this cell had been deleted; it was put back."))
            sequence.insert(len(sequence) if place is None else place, restored)

    def _deleted_answer(self, sequence: list[Cell], cell: ReleasedCell, stub: Cell) -> Cell:
        """The stub of a deleted answer cell. It must not undo a definition that stands in another cell."""
        if not any(_defines_any(other.source, cell.names) for other in sequence if other.is_code):
            self._note(cell, words("this answer cell had been deleted; it was put back as it was handed out."))
            return stub
        names = ", ".join(cell.names)
        self._note(
            cell,
            words("this answer cell had been deleted; {names} is defined in another cell, which counts.", names=names),
        )
        source = f"# This answer cell was deleted from the notebook. {names} is defined in another cell."
        return Cell(cell.id, "solution", source, None)


def _squeezed(source: str) -> str:
    return "".join(source.split())


def _same(one: str, other: str) -> bool:
    """Equal but for white space."""
    return _squeezed(one) == _squeezed(other)


def _defines_any(source: str, names: Iterable[str]) -> bool:
    """Whether the source binds one of the names at its top level; works on code that does not parse, too."""
    for name in names:
        pattern = rf"^(?:(?:async\s+)?(?:def|class)\s+{re.escape(name)}\b|{re.escape(name)}\s*(?::[^=\n]+)?=(?!=))"
        if re.search(pattern, source, re.MULTILINE):
            return True
    return False


def _additions(edited: str, released: str) -> str:
    """Imports, definitions and assignments that were added to a given cell and rebind none of its names."""
    tree, given = syntax.parse(edited), syntax.parse(released)
    if tree is None or given is None:
        return ""
    known = {_fingerprint(node) for node in given.body}
    taken = {name for node in given.body for name in _bound(node)}
    added = []
    for node in tree.body:
        names = _bound(node)
        if names and not names & taken and _fingerprint(node) not in known:
            added.append(_source_of(node, edited))
    return "\n".join(text for text in added if text)


def _fingerprint(node: ast.stmt) -> str:
    try:
        return ast.dump(node)
    except (ValueError, RecursionError, MemoryError):  # a number of too many digits, a deep tree
        return ""


def _source_of(node: ast.stmt, source: str) -> str:
    try:
        return ast.unparse(node)
    except (ValueError, RecursionError, MemoryError):
        return ast.get_source_segment(source, node) or ""


def _bound(node: ast.stmt) -> set[str]:
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


# ---------------------------------------------------------------------------------- the notebook for nbgrader


def autograded_notebook(
    submission_path: str | Path,
    submission: Submission,
    release: Release,
    *,
    record: Record | None = None,
    runs: Sequence[CellRun] = (),
    cards: Mapping[str, str] | None = None,
    language: Language = ENGLISH,
) -> NotebookNode:
    """The notebook that goes to `autograded/`: every nbgrader cell of the source once, with the source's
    metadata.

    Without a record it is a sanitized notebook with no outputs. With one, each test carries its card and then
    its points as result, in the form in which nbgrader reads partial credit; other cells carry what running
    them gave.
    """
    from nbformat import v4

    raws: dict[int, _RawCell] = {}
    if not submission.unreadable:
        try:
            raws = {raw.index: raw for raw in _notebook(_decode(_read_bytes(Path(submission_path)))[0]).cells}
        except _Unreadable:
            raws = {}
    notebook = v4.new_notebook()
    for name, given in (("kernelspec", release.kernelspec), ("language_info", release.language_info)):
        if given:
            notebook.metadata[name] = dict(given)
    notes = tuple(dict.fromkeys((submission.unreadable, *submission.notes, *(record.notes if record else ()))))
    notes = tuple(note for note in notes if note)
    if notes:
        title = language.say(words("Notes of the autograder"))
        text = f"**{title}**\n\n" + "\n".join(f"- {_escaped(language.say(note))}" for note in notes)
        notebook.cells.append(_new_cell("markdown", text, "gatebook-notes", {}))
    verdicts = {verdict.cell_id: verdict for verdict in record.verdicts} if record else {}
    by_cell = {run.cell_id: run for run in runs}
    for number, cell in enumerate(submission.cells, 1):
        released = release.cell(cell.id)
        raw = raws.get(cell.index) if cell.index is not None else None
        identity = released.cell_id if released else cell.id
        metadata = _cell_metadata(released)
        if not cell.is_code:
            kind = "raw" if raw and raw.kind == "raw" and not metadata else "markdown"
            made = _new_cell(kind, cell.source, identity, metadata)
            if raw and raw.attachments:
                made["attachments"] = {name: dict(data) for name, data in raw.attachments.items()}
            notebook.cells.append(made)
            continue
        # What is in autograded/ is what feedback is made of: hidden tests stay in the source.
        source = f"{cell.shown}\n\n{NOT_SHOWN}".strip() if cell.hidden else cell.source
        made = _new_cell("code", source, identity, metadata)
        run = by_cell.get(cell.id)
        if record:
            card = (cards or {}).get(cell.id, "")
            made.outputs = cell_outputs(cell, verdicts.get(cell.id), run, card, number, language)
            if cell.role == "grade" or (run and run.ended != "skipped"):
                made.execution_count = number
        notebook.cells.append(made)
    if record:
        notebook.metadata["gatebook"] = {
            "sha256": record.sha256,
            "seed": record.seed,
            "status": record.status,
            "points": record.points,
            "max_points": record.max_points,
        }
    return notebook


NOT_SHOWN = "# Tests that are not shown here were run as well."


def _new_cell(kind: str, source: str, identity: str, metadata: dict[str, Any]) -> NotebookNode:
    """nbformat's own makers validate each cell against the whole schema; the notebook is validated when it is
    written."""
    from nbformat import from_dict

    fields: dict[str, Any] = {"cell_type": kind, "id": identity, "metadata": metadata, "source": source}
    if kind == "code":
        fields |= {"execution_count": None, "outputs": []}
    made: NotebookNode = from_dict(fields)
    return made


def _cell_metadata(released: ReleasedCell | None) -> dict[str, Any]:
    if released is None or released.role == "student":
        return {}
    metadata: dict[str, Any] = {"nbgrader": dict(released.metadata), "deletable": False}
    if released.role in ("grade", "locked"):
        metadata["editable"] = False
    return metadata


def _escaped(text: str) -> str:
    """A note as Markdown that cannot become markup: notes quote file names and ids that a student chose."""
    return re.sub(r"([\\`*_<>\[\]&$])", r"\\\1", _text(text).replace("\n", " "))


def cell_outputs(
    cell: Cell,
    verdict: Verdict | None,
    run: CellRun | None,
    card: str,
    number: int,
    language: Language = ENGLISH,
) -> list[NotebookNode]:
    """The outputs of a cell in `autograded/`.

    A test ends with its points as an `execute_result`, whatever the student's code printed: nbgrader takes
    the first result of a cell as its grade, an error or anything on stderr as 0, and no result as full marks.
    """
    from nbformat import v4

    shown = [output for output in map(_output, run.outputs if run else ()) if output is not None]
    if cell.role == "grade":
        points = graded_points(cell, verdict) or 0.0
        unjudged = words("Not graded: a person must look at this test.")
        summary = verdict_text(verdict, language) if verdict else language.say(unjudged)
        data = {"text/plain": summary}
        if card:
            data["text/html"] = _text(card)
        # nbgrader takes the first result as the grade, and text on stderr or an error as none.
        printed = [output for output in shown if output.output_type in ("stream", "display_data")]
        for output in printed:
            if output.output_type == "stream":
                output.name = "stdout"
        return [
            *printed,
            v4.new_output("display_data", data=data),
            v4.new_output(
                "execute_result",
                data={"text/plain": points_text(points)},
                execution_count=number,
            ),
        ]
    outputs = shown
    if run and run.ended not in ("done", "skipped"):
        message = language.say(_ENDINGS.get(run.ended, words("The Python process ended in this cell.")))
        outputs.append(v4.new_output("error", ename=run.ended, evalue=message, traceback=[message]))
    elif run and run.problem and not any(output.output_type == "error" for output in outputs):
        problem = run.problem
        lines = _text(problem.traceback or f"{problem.type}: {problem.message}").split("\n")
        outputs.append(
            v4.new_output("error", ename=_text(problem.type), evalue=_text(problem.message), traceback=lines)
        )
    return outputs


def graded_points(cell: Cell, verdict: Verdict | None) -> float | None:
    """What a test earned, within 0 and its points in the notebook; None when a person must decide."""
    if verdict is None or verdict.status in ("grader_fault", "ungraded") or math.isnan(verdict.points):
        return None
    points = float(verdict.points)
    if verdict.max_points > 0 and verdict.max_points != cell.points:
        points *= cell.points / verdict.max_points
    return min(max(points, 0.0), cell.points)


def points_text(points: float) -> str:
    """Points as the number that `determine_grade` of nbgrader reads back exactly."""
    return str(int(points)) if float(points).is_integer() else repr(float(points))


_ENDINGS = {
    "timed_out": words("This cell took too long and was stopped."),
    "out_of_memory": words("This cell used too much memory and was stopped."),
}


def verdict_text(verdict: Verdict, language: Language = ENGLISH) -> str:
    """A verdict in a line of plain text, for where HTML is not shown."""
    points, most = points_text(round(verdict.points, 2)), points_text(verdict.max_points)
    earned = words("{title}: {points} of {most} points.", title=text_of(verdict.title), points=points, most=most)
    return _text(language.say(sentences(earned, verdict.message, verdict.look_at)))


_REQUIRED: dict[str, dict[str, type]] = {
    "stream": {"name": str, "text": str},
    "display_data": {"data": dict},
    "execute_result": {"data": dict},
    "error": {"ename": str, "evalue": str, "traceback": list},
}


def _output(output: Any) -> NotebookNode | None:
    """A worker's claim of an output as one of the notebook format, None when it is none."""
    from nbformat import v4

    if not isinstance(output, Mapping):
        return None
    kind = output.get("output_type")
    fields: dict[str, Any] = {}
    for name, wanted in _REQUIRED.get(str(kind), {}).items():
        value = output.get(name)
        if wanted is str:
            fields[name] = _text(value)
        elif wanted is list:
            fields[name] = [_text(line) for line in value] if isinstance(value, list) else []
        else:
            bundle: Mapping[Any, Any] = value if isinstance(value, Mapping) else {}
            fields[name] = {
                _text(key): data if isinstance(data, dict) else _text(data)
                for key, data in bundle.items()
                if isinstance(key, str) and (isinstance(data, str | list) or (isinstance(data, dict) and "json" in key))
            }
    if not fields:
        return None
    if kind == "stream" and fields["name"] not in ("stdout", "stderr"):
        fields["name"] = "stdout"
    if kind == "execute_result":
        count = output.get("execution_count")
        fields["execution_count"] = count if isinstance(count, int) and count >= 0 else None
    return v4.new_output(kind, **fields)
