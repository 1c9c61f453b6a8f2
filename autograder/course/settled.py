"""That a class is graded and nothing has changed since, which the next run finds out without nbgrader and without a
look into any file.

A run that leaves nothing to be said notes what it looked at: the name, size, times and inode of every file of the
course and of Gatebook. While these are the same, grading again would come to the same.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from autograder.course import records
from autograder.course.completed import record_path
from autograder.course.database import database_file
from autograder.course.files import write_atomically
from autograder.course.folder import Course
from autograder.model import Record, Standing
from autograder.sheets import fingerprints

GIVEN = ("source", "release", "submitted")
MADE = ("autograded", "feedback")
NAME = "settled.json"
_PASSED_OVER = frozenset((".git", "__pycache__", "locks", NAME))


class Settled(msgspec.Struct, frozen=True):
    """What a run has noted.

    asked: what it was to do, and by what. handed: how `given`, the folders of what is handed out and in, looked.
    seen: how `places` and the files of the course's own folder did. graded: the records of those whose grades stood at
    the end. standings: what the gradebook said of them. page: that of the class.
    """

    asked: str
    given: tuple[str, ...]
    handed: str
    places: tuple[str, ...]
    seen: str
    graded: tuple[str, ...]
    standings: tuple[Standing, ...]
    page: str

    def records(self) -> tuple[Record, ...]:
        """The records of those who were graded.

        Raises:
            OSError, RecordError: one of them cannot be read.
        """
        return tuple(records.read_record(Path(path)) for path in self.graded)


class Look:
    """What a run notes at its end, if nothing changed under its hands.

    asked: what it is to do and by what, in a text that differs wherever that does.
    """

    def __init__(self, course: Course, asked: str) -> None:
        self._course = course
        self._asked = asked
        self._places = _places(course)
        self._folders = tuple(str(_folder(course, step)) for step in GIVEN)
        self._given = self._given_now()

    def gradebook(self) -> str | None:
        """How the file of the gradebook looks now."""
        path = database_file(self._course.directory)
        return None if path is None else seen([str(path), f"{path}-wal", f"{path}-journal"])

    def note(self, graded: Iterable[Record], standings: Sequence[Standing], page: Path, gradebook: str | None) -> None:
        """Note that all is done, unless what was handed in, or the gradebook, is not what it was.

        gradebook: how it looked before `standings` were read.
        """
        root = self._course.root
        before, now = (self._given, gradebook), (self._given_now(), self.gradebook())
        looks = seen(self._places, root) if before == now and None not in now else None
        with contextlib.suppress(OSError):  # it spares time, and nothing else
            if looks is None or self._given is None:
                forget(root)
                return
            found = tuple(str(record_path(self._course, one.assignment, one.student, one.notebook)) for one in graded)
            noted = Settled(
                self._asked, self._folders, self._given, self._places, looks, found, tuple(standings), str(page)
            )
            write_atomically(_path(root), msgspec.json.encode(noted))

    def _given_now(self) -> str | None:
        return seen(self._folders) if self._places else None


def settled(root: Path, asked: str) -> Settled | None:
    """What the last run noted, if it was asked the same and nothing has changed since."""
    noted = _noted(root, asked)
    return noted if noted is not None and noted.seen == seen(noted.places, root) else None


def nothing_new(root: Path, asked: str) -> bool:
    """Whether the last run was asked the same, and nothing was handed out or in since: nobody's notebook will have to
    run, whatever else has changed."""
    noted = _noted(root, asked)
    return noted is not None and noted.handed == seen(noted.given)


def _noted(root: Path, asked: str) -> Settled | None:
    try:
        noted = msgspec.json.decode(_path(root).read_bytes(), type=Settled)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None
    return noted if noted.asked == asked else None


@functools.cache
def programs() -> str | None:
    """How what runs, judges and shows looks; it is what this process has loaded, and looked at once."""
    return seen(map(str, sorted(fingerprints.places())))


def forget(root: Path) -> None:
    """Let the next run look again.

    Raises:
        OSError: the note cannot be removed.
    """
    _path(root).unlink(missing_ok=True)


def _path(root: Path) -> Path:
    return root / ".gatebook" / NAME


def _folder(course: Course, step: str) -> Path:
    return course.root / str(getattr(course.directory, f"{step}_directory"))


def _places(course: Course) -> tuple[str, ...]:
    """The files and folders that a grade may depend on; none where that cannot be told."""
    database = database_file(course.directory)
    laid_out = os.path.normpath(course.directory.directory_structure) == "{nbgrader_step}/{student_id}/{assignment_id}"
    if not laid_out or database is None or course.has_late_rule:
        return ()
    code = fingerprints.places()
    steps = {_folder(course, step) for step in (*GIVEN, *MADE)}
    return tuple(sorted(map(str, steps | code | {database, course.root / ".gatebook", course.root / "reports"})))


def seen(places: Iterable[str], beside: Path | None = None) -> str | None:
    """A hash of how all files in these places look, and those that lie in the folder `beside` itself; None where a link
    leads to another folder, or something cannot be looked at."""
    digest = hashlib.sha256()
    try:
        for place in places:
            digest.update(_line(place))
            if os.path.isdir(place):
                for line in _below(place):
                    digest.update(line)
        if beside is not None:
            for entry in sorted(os.scandir(beside), key=lambda entry: entry.name):
                if entry.is_file():
                    digest.update(_line(entry.path))
    except OSError:
        return None
    return digest.hexdigest()


def _below(folder: str) -> Iterator[bytes]:
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if entry.name in _PASSED_OVER:
            continue
        yield _line(entry.path)
        if entry.is_dir():
            if entry.is_symlink():
                raise NotADirectoryError(entry.path)
            yield from _below(entry.path)


def _line(path: str) -> bytes:
    """What tells a file from what it was before; of a folder, its name."""
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return f"{path}\0\n".encode("utf-8", "surrogateescape")
    told = "" if stat.S_ISDIR(found.st_mode) else (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
    return f"{path}\0{told}\n".encode("utf-8", "surrogateescape")
