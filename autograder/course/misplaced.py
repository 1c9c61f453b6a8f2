"""Notebooks in `submitted/` that lie where nobody looks for a submission: which, and what to rename."""

from __future__ import annotations

import contextlib
import os
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.language import Text, words
from autograder.model import Misplaced
from autograder.notebooks.finding import could_be, is_like_notebook

MAX_ARCHIVE = 200 * 2**20
"""Bytes of the largest archive that is looked into."""
DEPTH = 3
"""How deep a notebook is looked for in a folder of no assignment."""


@dataclass(frozen=True)
class _Place:
    """Where submissions are looked for. notebooks: the file names of each assignment of the course."""

    root: Path
    submitted: Path
    notebooks: dict[str, frozenset[str]]

    def shown(self, path: Path) -> str:
        return str(path.relative_to(self.root) if path.is_relative_to(self.root) else path)


def misplaced(
    root: Path,
    notebooks: Mapping[str, Iterable[str]],
    *,
    student: str | None = None,
    assignments: Sequence[str] = (),
    folder: str = "submitted",
) -> tuple[Misplaced, ...]:
    """What lies in `submitted/` and is read by nobody though it is, or holds, a notebook.

    Args:
        root: the course.
        notebooks: every assignment of the course with the names of its notebooks, with `.ipynb`.
        student, assignments: look for what may be theirs only.
        folder: where submissions are, below the root.

    Hidden files, other files, further notebooks beside the right ones and folders without a notebook are nobody's loss.
    """
    known = {name: frozenset(names) for name, names in notebooks.items()}
    place = _Place(root, root / folder, known)
    return tuple(one for one in _all(place, student) if not assignments or one.assignment in ("", *assignments))


def _all(place: _Place, student: str | None) -> Iterator[Misplaced]:
    for entry in _entries(place.submitted):
        path = Path(entry.path)
        if _is_folder(entry):
            if student in (None, entry.name):
                yield from _of_student(place, path)
        elif student is None and (notebook := _notebook_of(path)):
            guess = _guess(place, [path.name, notebook])
            where = f"{place.submitted.name}/<student>/{guess or '<assignment>'}/{_file_name(guess)}"
            yield Misplaced(place.shown(path), "", guess, _move(path, notebook, where))


def _of_student(place: _Place, folder: Path) -> Iterator[Misplaced]:
    for entry in _entries(folder):
        path = Path(entry.path)
        if entry.is_symlink() and entry.name not in place.notebooks:
            continue  # who hands in a link hands in nothing
        if not _is_folder(entry):
            if notebook := _notebook_of(path):
                guess = _guess(place, [path.name, notebook])
                where = place.shown(folder / (guess or "<assignment>") / _file_name(guess))
                yield Misplaced(place.shown(path), folder.name, guess, _move(path, notebook, where))
        elif entry.name in place.notebooks:
            yield from _of_assignment(place, path)
        elif notebook := next(_below(path), ""):
            guess = _guess(place, [entry.name, Path(notebook).name])
            yield Misplaced(place.shown(path), folder.name, guess, _rename(place, path, notebook, guess))


def _of_assignment(place: _Place, folder: Path) -> Iterator[Misplaced]:
    """What lies in the right folder of somebody whose notebook is not found."""
    wanted = place.notebooks[folder.name]
    if any(os.path.lexists(folder / name) for name in wanted) or could_be(folder) is not None:
        return
    inside = list(dict.fromkeys([entry.name for entry in _entries(folder) if _notebook_of(Path(entry.path))]))
    inside += [name for name in _below(folder) if name not in inside]
    if inside:
        said = words(
            "None of {files} is where {expected} is expected: unpack or rename the one that counts.",
            files=tuple(inside[:5]), expected=place.shown(folder / sorted(wanted or [f"{folder.name}.ipynb"])[0]),
        )  # fmt: skip
        yield Misplaced(place.shown(folder), folder.parent.name, folder.name, said)


def _move(path: Path, notebook: str, where: str) -> Text:
    if notebook != path.name:
        return words(
            "This archive holds {notebook}. Unpack it, so that there is {place}.", notebook=notebook, place=where
        )
    return words("This notebook lies in no folder of an assignment. Move it to {place}.", place=where)


def _rename(place: _Place, path: Path, notebook: str, guess: str) -> Text:
    target = path.parent / guess
    if not guess:
        return words(
            "This folder holds {notebook}, and no assignment is called {name}. Rename it to one of {names}.",
            notebook=notebook, name=path.name, names=tuple(sorted(place.notebooks)),
        )  # fmt: skip
    if os.path.lexists(target):
        return words(
            "This folder holds {notebook}, and no assignment is called {name}. There is {place} too, which is graded; "
            "which one counts?",
            notebook=notebook, name=path.name, place=place.shown(target),
        )  # fmt: skip
    return words(
        "This folder holds {notebook}, and no assignment is called {name}. Rename it to {place}.",
        notebook=notebook, name=path.name, place=place.shown(target),
    )  # fmt: skip


def _file_name(assignment: str) -> str:
    return f"{assignment or '<assignment>'}.ipynb"


def _guess(place: _Place, names: Iterable[str]) -> str:
    """The one assignment that is named in one of these names, the first that names any; "" where it is not clear."""
    for name in names:
        said = set(re.findall(r"[a-z0-9]+", name.lower().replace(".ipynb", "")))
        meant = [one for one in place.notebooks if set(re.findall(r"[a-z0-9]+", one.lower())) <= said]
        if len(meant) == 1:
            return meant[0]
    return ""


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    """What is in a folder, without hidden things; nothing where it cannot be read."""
    with contextlib.suppress(OSError):
        return sorted((e for e in os.scandir(folder) if not e.name.startswith((".", "__"))), key=lambda e: e.name)
    return []


def _is_folder(entry: os.DirEntry[str]) -> bool:
    with contextlib.suppress(OSError):
        return entry.is_dir()
    return False


def _notebook_of(path: Path) -> str:
    """The name of the notebook that a file is, or that an archive holds; "" where there is none."""
    if path.is_dir():
        return ""
    if is_like_notebook(path.name):
        return path.name
    if path.suffix.lower() != ".zip":
        return ""
    with contextlib.suppress(Exception):  # the archive is the student's
        if path.is_file() and path.stat().st_size <= MAX_ARCHIVE:
            with zipfile.ZipFile(path) as archive:
                for name in archive.namelist():
                    parts = name.split("/")
                    if is_like_notebook(parts[-1]) and not any(part.startswith((".", "__")) for part in parts):
                        return name
    return ""


def _below(folder: Path, depth: int = DEPTH) -> Iterator[str]:
    """The notebooks in a folder, by their path in it. Links are not followed."""
    for entry in _entries(folder):
        path = Path(entry.path)
        if entry.is_symlink():
            continue
        if _is_folder(entry):
            if depth > 1:
                yield from (f"{entry.name}/{name}" for name in _below(path, depth - 1))
        elif _notebook_of(path):
            yield entry.name
