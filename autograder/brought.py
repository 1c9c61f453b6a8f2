"""Code that a student handed in beside the notebook: it is read like the cells, and run like them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from autograder.model import Cell, FileBeside, Submission
from autograder.reach import Reach, reaches

DATA = (".csv", ".tsv", ".txt", ".md", ".json", ".png", ".jpg", ".jpeg", ".gif", ".svg", ".pdf")
"""Files that are looked at and not run. What holds pickled objects, such as `.npy`, is none of them."""
SOURCE = ".py"
_IMPORT = re.compile(r"from (\w+)[\w.]* import [\w, ()*]+|import (\w+)[\w.]*( as \w+)?")
MOST_SOURCE = 200_000
"""Bytes of a module that is read; a longer one counts as code that nobody has read."""


def reaches_of(submission: Submission, forbidden: Mapping[str, Sequence[str]]) -> tuple[Reach, ...]:
    """What the cells and the modules reach for, see `autograder.reach`; a module goes by its file's name. Any code
    beside the notebook is a reason to ask again where the forbidden built-ins do not exist."""
    brought = [file for file in submission.files if not file.given and not file.name.lower().endswith(DATA)]
    read = {file.name: text for file in brought if (text := source_of(file)) is not None}
    cells = tuple(Cell(name, "student", text, None) for name, text in read.items())
    modules = {name.partition("/")[0].removesuffix(SOURCE) for name in read}
    found = (
        replace(reach, kind="indirect") if _imports(reach.source) in modules else reach
        for reach in reaches(replace(submission, cells=(*submission.cells, *cells)), forbidden)
    )
    unread = (Reach(file.name, 0, "a file that was not read", "code") for file in brought if file.name not in read)
    own = (Reach(name, 0, "", "indirect") for name in read)
    return (*found, *unread, *own)


def _imports(line: str) -> str:
    """The module that a line imports and does nothing else, by the first part of its name; `""` for any other line."""
    found = _IMPORT.fullmatch(line.partition("#")[0].strip())
    return found[1] or found[2] if found else ""


def source_of(file: FileBeside) -> str | None:
    """The text of a module; None where it is none, or too long."""
    if not file.name.endswith(SOURCE) or file.size > MOST_SOURCE:
        return None
    try:
        return file.place.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def sealed_files(submission: Submission, found: Iterable[Reach]) -> tuple[tuple[FileBeside, ...], frozenset[str]]:
    """The files for the sealed run, where modules that reach into nothing may be imported; and lines of the others."""
    internal = [reach for reach in found if reach.kind == "internals"]
    refused = {reach.cell_id for reach in internal}
    files = tuple(
        replace(file, module=file.name.endswith(SOURCE) and file.name not in refused) for file in submission.files
    )
    names = {file.name for file in submission.files}
    return files, frozenset(reach.source for reach in internal if reach.cell_id in names)
