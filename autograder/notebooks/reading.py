"""Any bytes as a notebook, or the reason why they are none; never raises anything else."""

from __future__ import annotations

import contextlib
import json
import os
import re
import stat
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from autograder import syntax
from autograder.language import Text, words
from autograder.notebooks.finding import is_like_notebook

MAX_BYTES = 50 * 2**20
"""Bytes of the largest notebook that is read."""
MAX_CELLS = 5000
MAX_CODE = 2 * 2**20
"""Characters of all code cells; Python's parser needs a few hundred bytes of memory for each."""
MAX_MAGICS = 50_000
"""Characters of all cells that look as if IPython had to translate them; honest ones have a few thousand."""
MAX_NODES = 2_000_000
"""Lists and dictionaries in the file. Each takes 60 bytes and more, of memory that is not the worker's."""
_ONE_AT_A_TIME = threading.Lock()
"""Held while a large file is taken apart, so that a class of them needs the memory of one."""


class UnreadableError(Exception):
    """Why a file is no notebook that can be graded, in words for its student."""

    def __init__(self, why: Text) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class RawCell:
    index: int
    kind: Literal["code", "markdown", "raw"]
    source: str
    cell_id: str = ""
    nbgrader: Mapping[str, Any] = field(default_factory=dict)
    tags: frozenset[str] = frozenset()
    attachments: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    outputs: Sequence[Any] = ()
    """As the file has them: anything."""

    @property
    def grade_id(self) -> str:
        value = self.nbgrader.get("grade_id")
        return value if isinstance(value, str) else ""


@dataclass(frozen=True)
class RawNotebook:
    cells: tuple[RawCell, ...]
    metadata: Mapping[str, Any]
    notes: tuple[Text, ...] = ()


def read_bytes(path: Path) -> bytes:
    """The bytes of a regular file of bounded size, following no symbolic link."""
    try:
        if path.parent.is_symlink():
            raise UnreadableError(
                words("The folder {folder} is a symbolic link; hand in the notebook itself.", folder=path.parent.name)
            )
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError:
        if path.is_symlink():
            raise UnreadableError(
                words("{file} is a symbolic link; hand in the notebook itself.", file=path.name)
            ) from None
        others = sorted(other.name for other in path.parent.glob("*") if is_like_notebook(other.name))
        missing = words("No notebook {file} was handed in.", file=path.name)
        if others:
            missing = words(
                "No notebook {file} was handed in. There are {others}; which one counts?",
                file=path.name, others=tuple(others[:5]),
            )  # fmt: skip
        raise UnreadableError(missing) from None
    except OSError as error:
        if path.is_symlink():
            raise UnreadableError(
                words("{file} is a symbolic link; hand in the notebook itself.", file=path.name)
            ) from None
        raise UnreadableError(
            words("{file} could not be opened: {why}.", file=path.name, why=str(error.strerror))
        ) from None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise UnreadableError(words("{file} is not a file.", file=path.name))
        if status.st_size > MAX_BYTES:
            raise UnreadableError(
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
        raise UnreadableError(
            words("{file} could not be read: {why}.", file=path.name, why=str(error.strerror))
        ) from None
    finally:
        os.close(descriptor)


def decode(data: bytes) -> tuple[Any, tuple[Text, ...]]:
    """The JSON value of a file in UTF-8, or in what editors make of it."""
    notes: tuple[Text, ...] = ()
    if not data.strip():
        raise UnreadableError(words("The file is empty."))
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
        raise UnreadableError(words("The file has too many parts to be read. Clear its outputs and hand it in again."))
    try:
        with _ONE_AT_A_TIME if len(data) > MAX_BYTES // 10 else contextlib.nullcontext():
            return json.loads(text), notes
    except RecursionError:
        raise UnreadableError(words("The file is nested too deeply to be a notebook.")) from None
    except json.JSONDecodeError as error:
        if "<<<<<<<" in text and ">>>>>>>" in text:
            raise UnreadableError(
                words("The file holds marks of an unresolved git merge, so it is no notebook.")
            ) from None
        raise UnreadableError(
            words(
                "The file is not a notebook (not JSON: {why}, line {line}). Does it open in Jupyter?",
                why=error.msg,
                line=error.lineno,
            )
        ) from None
    except ValueError as error:
        raise UnreadableError(words("The file is not a notebook ({why}).", why=str(error)[:100])) from None


def parsed(value: Any) -> RawNotebook:
    """The cells of a notebook in format 3 or 4, whatever else is wrong with it."""
    if not isinstance(value, dict):
        raise UnreadableError(words("The file is JSON, but not a notebook."))
    listed = value.get("cells")
    if not isinstance(listed, list):
        sheets = value.get("worksheets")
        if not isinstance(sheets, list):
            raise UnreadableError(words("The file is JSON, but not a notebook: it has no list of cells."))
        listed = [
            cell
            for sheet in sheets
            if isinstance(sheet, dict) and isinstance(sheet.get("cells"), list)
            for cell in sheet["cells"]
        ]
    if len(listed) > MAX_CELLS:
        raise UnreadableError(
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
        raise UnreadableError(
            words(
                "The code cells hold {size} MB of text; at most {most} MB are read. Is there data in one of them? Put "
                "it into a file of its own.",
                size=f"{code / 2**20:.1f}",
                most=f"{MAX_CODE / 2**20:.0f}",
            )
        )
    if sum(len(cell.source) for cell in cells if cell.kind == "code" and _to_translate(cell.source)) > MAX_MAGICS:
        raise UnreadableError(words("The file has too many parts to be read. Clear its outputs and hand it in again."))
    metadata = value.get("metadata")
    return RawNotebook(tuple(cells), metadata if isinstance(metadata, dict) else {}, tuple(notes))


def _to_translate(source: str) -> bool:
    return len(source) <= syntax.LONGEST_WITH_MAGICS and syntax.has_magics(source)


def _raw_cell(index: int, cell: Mapping[str, Any]) -> RawCell:
    kind = cell.get("cell_type")
    source = as_text(cell["source"] if "source" in cell else cell.get("input"))
    if kind == "heading":
        level = cell.get("level")
        source = "#" * (level if isinstance(level, int) and 1 <= level <= 6 else 1) + " " + source
    metadata = cell.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    nbgrader = metadata.get("nbgrader")
    tags = metadata.get("tags")
    cell_id = cell.get("id")
    outputs = cell.get("outputs")
    return RawCell(
        index,
        "code" if kind == "code" else "raw" if kind == "raw" else "markdown",
        source,
        cell_id if isinstance(cell_id, str) and _CELL_ID.fullmatch(cell_id) else "",
        nbgrader if isinstance(nbgrader, dict) else {},
        frozenset(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else frozenset(),
        _attachments(cell.get("attachments")),
        outputs if isinstance(outputs, list) else (),
    )


_CELL_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")


def as_text(value: Any) -> str:
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
            data = {as_text(kind): as_text(content) for kind, content in bundle.items()}
            kept[as_text(name)] = {kind: content for kind, content in data.items() if content}
    return kept


def number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return 0.0


def same_text(one: str, other: str) -> bool:
    """Equal but for white space."""
    return _squeezed(one) == _squeezed(other)


def _squeezed(source: str) -> str:
    return "".join(source.split())
