"""The files beside a notebook: what a student handed in with it, and what the instructor gives everybody.

As nbgrader has them in `autograded/`: notebooks and what the course ignores are left out, and the instructor's files
win. Links are followed nowhere, since they may lead to anyone's file.
"""

from __future__ import annotations

import fnmatch
import hashlib
import itertools
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.judging.sheet_files import SUFFIX as CHECKS
from autograder.model import FileBeside
from autograder.student.progress import SUFFIX as PROGRESS

MAX_FILES = 1000
MAX_DEPTH = 16
MAX_ENTRIES = 10 * MAX_FILES
"""Files and folders that are looked at."""
MOST_EARLIER = 20 * 2**20
"""Bytes of an earlier notebook; a larger one counts as missing."""
HANDED_IN = "timestamp.txt"
"""Not part of the work: it says when it was handed in."""


@dataclass(frozen=True)
class Beside:
    """The files, by name; and what was left out though nbgrader would have taken it, with the reason."""

    files: tuple[FileBeside, ...]
    left_out: tuple[str, ...]

    @property
    def seen_by_code(self) -> tuple[FileBeside, ...]:
        """Those that a notebook which is graded has beside it: no answers of public cases, and nothing that changes
        though the work does not."""
        return tuple(
            file
            for file in self.files
            if file.name != HANDED_IN and not file.name.endswith((CHECKS, PROGRESS)) and _is_text(file.name)
        )


def files_beside(submitted: Path, source: Path, directory: Any, kept: Iterable[str] = ()) -> Beside:
    """Find them.

    Args:
        submitted, source: the folders of the student and of the instructor.
        directory: nbgrader's `CourseDirectory`, which says what is ignored and how large a submission may be.
        kept: names of files of which the student's is taken (`c.Autograde.exclude_overwriting`).
    """
    found: dict[str, FileBeside] = {}
    left_out: list[str] = []
    if submitted.is_symlink():
        left_out.append(f"{submitted.name}: the folder is a link")
    else:
        found = _within(submitted, directory, left_out, given=False)
    given = _within(source, directory, [], given=True)
    kept = set(kept)
    found |= {name: file for name, file in given.items() if name not in kept}
    # A file of the instructor's in place of a folder of the student's, and the other way round.
    files = [
        file for name, file in found.items()
        if file.given or not any(name.startswith(f"{one}/") or one.startswith(f"{name}/") for one in given)
    ]  # fmt: skip
    return Beside(tuple(sorted(files, key=lambda file: file.name)), tuple(left_out))


def earlier_notebooks(path: Path, assignments: Iterable[str]) -> tuple[FileBeside, ...]:
    """The notebooks of earlier assignments that the same student handed in, to lie beside this one; no links.

    path: of the notebook, `.../<student>/<assignment>/<assignment>.ipynb`.
    """
    found = []
    for assignment in assignments:
        folder = path.parent.parent / assignment
        notebook = folder / f"{assignment}.ipynb"
        try:
            size = notebook.lstat().st_size
            if not notebook.is_file() or notebook.is_symlink() or folder.is_symlink() or size > MOST_EARLIER:
                continue
            os.close(os.open(notebook, os.O_RDONLY | os.O_NOFOLLOW))
        except OSError:
            continue  # it counts as missing
        found.append(FileBeside(notebook.name, notebook, size))
    return tuple(found)


def digest(notebook: str, files: Sequence[FileBeside]) -> str:
    """SHA-256 of a notebook's own hash and the files beside it; the notebook's where there are none. Files that cannot
    be read count by their names."""
    if not files:
        return notebook
    whole = hashlib.sha256(notebook.encode())
    for file in files:
        whole.update(f"\0{file.name}\0".encode("utf-8", "surrogateescape"))
        try:
            with open(os.open(file.place, os.O_RDONLY | os.O_NOFOLLOW), "rb") as opened:
                whole.update(hashlib.file_digest(opened, "sha256").digest())
        except OSError:
            continue
    return whole.hexdigest()


def _is_text(name: str) -> bool:
    """Whether a name can be sent: file systems take any bytes."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _within(folder: Path, directory: Any, left_out: list[str], *, given: bool) -> dict[str, FileBeside]:
    found: dict[str, FileBeside] = {}
    room = 1000 * directory.max_file_size
    for path, relative in _regular_files(folder, [*directory.ignore, "*.ipynb"], left_out):
        try:
            size = path.stat().st_size
            os.close(os.open(path, os.O_RDONLY | os.O_NOFOLLOW))
        except OSError as error:
            left_out.append(f"{relative}: {error.strerror}")
            continue
        if len(found) >= MAX_FILES or size > room:
            left_out.append(f"{relative}: too {'many files' if len(found) >= MAX_FILES else 'large'}")
            continue
        room -= size
        found[relative.as_posix()] = FileBeside(relative.as_posix(), path, size, given)
    return found


def _regular_files(folder: Path, ignore: Sequence[str], left_out: list[str]) -> Iterator[tuple[Path, Path]]:
    """The regular files below a folder as (path, relative path), in a fixed order."""

    def ignored(name: str) -> bool:
        return any(fnmatch.fnmatchcase(name, p) and (p.startswith(".") or not name.startswith(".")) for p in ignore)

    waiting = [Path()]
    room = MAX_ENTRIES
    while waiting:
        below = waiting.pop()
        try:
            with os.scandir(folder / below) as listed:
                entries = sorted(itertools.islice(listed, room + 1), key=lambda entry: entry.name)
        except OSError as error:
            left_out.append(f"{below}: {error.strerror}")
            continue
        if len(entries) > room:
            left_out.append(f"{below}: more than {MAX_ENTRIES} files and folders")
            return
        room -= len(entries)
        deeper = []
        for entry in entries:
            relative = below / entry.name
            if ignored(entry.name):
                continue
            if entry.is_symlink():
                left_out.append(f"{relative}: a link")
            elif entry.is_dir(follow_symlinks=False):
                if len(relative.parts) > MAX_DEPTH:
                    left_out.append(f"{relative}: too deep")
                else:
                    deeper.append(relative)
            elif entry.is_file(follow_symlinks=False):
                yield folder / relative, relative
            else:
                left_out.append(f"{relative}: no file")
        waiting += reversed(deeper)
