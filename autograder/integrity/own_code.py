"""What of a submission a student wrote: cells that differ from the release, without every run of tokens that the
release has too. Names, numbers, texts, comments and layout do not count, so that renaming hides nothing.

It is kept in `.gatebook/code/`, so that of a class only what was handed in since is read again.
"""

from __future__ import annotations

import contextlib
import keyword
import re
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from autograder import syntax
from autograder.course.files import write_atomically
from autograder.course.folder import Course
from autograder.course.settled import programs, seen
from autograder.model import Submission
from autograder.notebooks.finding import SubmittedFile
from autograder.notebooks.release import Release
from autograder.notebooks.submission import read_submission

RUN = 8
"""Tokens of a run, a line or two."""
FEATURES = 2**20
"""Runs that are told apart."""
MOST_TEXT = 60_000
"""Characters of a submission that are looked at; honest ones have 10,000."""
SHORTEST_COMMENT, SHORTEST_NAME, LONGEST = 15, 4, 120
_COMMENT_OR_TEXT = re.compile(
    r"""(\#[^\n]*)|[rRbBfFuU]{0,2}(?:\"{3}(?:\\.|[^\\])*?(?:\"{3}|\Z)|'{3}(?:\\.|[^\\])*?(?:'{3}|\Z)
        |"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?)""",
    re.VERBOSE | re.DOTALL,
)
_TOKEN = re.compile(r"\w+(?:(?<=\d)\.\w*)?|\*\*=?|//=?|->|:=|[-+*/%@&|^=<>!]=|[^\s\w]")


@dataclass(frozen=True)
class OwnCode:
    """What a student wrote, by place (the exercise, `""` for cells beside them), as runs of tokens, each by its
    hash; and what may be evidence, as it stands."""

    student: str
    runs: Mapping[str, frozenset[int]]
    comments: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()

    @property
    def all_runs(self) -> frozenset[int]:
        """The runs of all places."""
        return frozenset().union(*self.runs.values())


class _Kept(msgspec.Struct):
    """What was read of the submissions of a notebook, by student, with how the file looked. made_by: how the release
    and the programs looked that read it."""

    made_by: str
    own: dict[str, tuple[str, OwnCode]]


def run_of(tokens: Sequence[str]) -> int:
    """The hash of a run of tokens."""
    return zlib.crc32(" ".join(tokens).encode()) % FEATURES


@dataclass(frozen=True)
class Files:
    """What was handed in of a notebook. made_by: how the release and the programs look that read it; None where that
    cannot be told. found: the file of each student, and how it looks."""

    assignment: str
    notebook: str
    made_by: str | None
    found: Mapping[str, tuple[SubmittedFile, str]]


def files(course: Course, assignment: str, notebook: str, students: set[str]) -> Files:
    """The files of these students; none of them is opened.

    Raises:
        OSError: the submissions cannot be listed.
    """
    steps = (str(course.path(step, ".", assignment)) for step in ("source", "release"))
    code, release = programs(), seen(steps)
    found = {
        file.student: (file, str(seen([str(file.path)])))
        for file in course.submissions(assignment, notebook=notebook)
        if file.student in students
    }
    return Files(assignment, notebook, f"{code} {release}" if code and release else None, found)


def own_codes(course: Course, files: Files) -> list[OwnCode]:
    """What students wrote in a notebook. Never raises for what a submission holds.

    Raises:
        ReleaseError: the notebook has no release.
    """
    release = course.release(files.assignment, files.notebook)
    path = course.root / ".gatebook" / "code" / files.assignment / files.notebook
    before = _kept(path, files.made_by)
    reader = Reader(release)
    found: dict[str, tuple[str, OwnCode]] = {}
    for student, (file, looks) in files.found.items():
        known, own = before.get(student, ("", None))
        found[student] = looks, own if own is not None and known == looks else _own_code(reader, file, release)
    if found != before and files.made_by is not None:
        with contextlib.suppress(OSError, UnicodeEncodeError):  # it spares time, and nothing else
            write_atomically(path, msgspec.msgpack.encode(_Kept(files.made_by, found)))
    return [own for _, own in found.values()]


def _kept(path: Path, made_by: str | None) -> Mapping[str, tuple[str, OwnCode]]:
    try:
        kept = msgspec.msgpack.decode(path.read_bytes(), type=_Kept)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return {}
    return kept.own if kept.made_by == made_by else {}


def _own_code(reader: Reader, file: SubmittedFile, release: Release) -> OwnCode:
    try:
        return reader.own_code(read_submission(file.path, file.student, release))
    except Exception:  # a hint, which no single notebook may take from the others
        return OwnCode(file.student, {})


class Reader:
    """Tells the student's part of a submission from what was released."""

    def __init__(self, release: Release) -> None:
        self._runs: set[int] = set()
        self._comments: set[str] = set()
        self._names: set[str] = set()
        for cell in release.cells:
            if cell.is_code:
                tokens, comments, names = _read(syntax.without_magics(cell.source))
                self._runs.update(_runs(tokens))
                self._comments |= comments
                self._names |= names

    def own_code(self, submission: Submission) -> OwnCode:
        """The student's part."""
        runs: dict[str, set[int]] = defaultdict(set)
        comments: set[str] = set()
        names: set[str] = set()
        room = MOST_TEXT
        for cell in submission.cells:
            if not cell.is_code or cell.unchanged or cell.role == "grade" or room <= 0:
                continue
            source = syntax.without_magics(cell.source[:room])
            room -= len(source)
            tokens, said, named = _read(source)
            runs[cell.id if cell.role == "solution" else ""].update(_runs(tokens))
            comments |= said
            names |= named
        return OwnCode(
            submission.student,
            {place: frozenset(found - self._runs) for place, found in runs.items()},
            frozenset(comments - self._comments),
            frozenset(names - self._names),
        )


def _read(source: str) -> tuple[list[str], set[str], set[str]]:
    """Tokens without what renaming and layout change; comments of some length; the names as they stand."""
    tokens: list[str] = []
    comments: set[str] = set()
    names: set[str] = set()

    def without(match: re.Match[str]) -> str:
        comment = match.group(1)
        if comment is None:
            return ' " '
        said = " ".join(comment.lstrip("#").split())
        if len(said) >= SHORTEST_COMMENT:
            comments.add(said[:LONGEST])
        return " "

    last = before = ""
    for text in _TOKEN.findall(_COMMENT_OR_TEXT.sub(without, source)):
        if not text[0].isidentifier():
            tokens.append("0" if text[0].isdigit() else text)
        elif keyword.iskeyword(text) or (last == "." and before != "self"):
            tokens.append(text)  # a library's name, such as matmul, is not the student's to choose
        else:
            tokens.append("n")
            if len(text) >= SHORTEST_NAME:
                names.add(text[:LONGEST])
        before, last = last, text
    return tokens, comments, names


def _runs(tokens: Sequence[str]) -> Iterator[int]:
    return map(run_of, zip(*(tokens[start:] for start in range(RUN)), strict=False))
