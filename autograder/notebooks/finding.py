"""Which files of `submitted/` are a submission of a notebook."""

from __future__ import annotations

import contextlib
import os
import re
from dataclasses import dataclass
from pathlib import Path


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
