"""Which pool of secret cases an assignment is asked from now, kept in `.gatebook/`.

Feedback tells of cases, if only by what was wrong. So when feedback of somebody who was asked from a pool is there, by
whichever command, the pool is renewed, and what was asked from it is never asked again but of a submission that was
there before.
"""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

import msgspec

from autograder.course import records
from autograder.course.completed import feedback_is_current
from autograder.course.files import write_atomically
from autograder.course.folder import Course
from autograder.sheets import seeds

Expected: TypeAlias = dict[str, tuple[str, int]]
"""Student -> the hash of what was handed in, and the epoch that it is asked from."""


def present_epoch(course: Course, assignment: str) -> int:
    """How often the pool of an assignment was renewed, with now if it has to be.

    Raises:
        ValueError: what was noted is damaged.
    """
    noted = epoch = read_epoch(course.root, assignment)
    for path in (course.root / ".gatebook" / "records" / assignment).glob("*/*.json"):
        with contextlib.suppress(OSError, records.RecordError):
            asked = records.read_asked(path)
            if asked.epoch >= epoch:
                epoch = asked.epoch + feedback_is_current(course, assignment, asked.student)
    if epoch != noted:
        write_epoch(course.root, assignment, epoch)
    return epoch


def pool_size(course: Course, assignment: str, most: int) -> int:
    """How many draws of secret cases there are for an assignment at a time."""
    found = (one.student for name in course.notebooks(assignment) for one in course.submissions(assignment, None, name))
    return seeds.pool_of(len(set(found)), most)


def read_epoch(course: Path, assignment: str) -> int:
    """How often the pool of an assignment was renewed, as noted in the course.

    Raises:
        ValueError: the file does not hold a number.
    """
    path = _epoch_path(course, assignment)
    try:
        text = path.read_text().strip()
    except FileNotFoundError:
        return 0
    if not text.isdecimal() or len(text) > 9:
        raise ValueError(f"{path} does not hold a number. Delete it: it is found again from the records.")
    return int(text)


def write_epoch(course: Path, assignment: str, epoch: int) -> None:
    """Note that the pool of an assignment was renewed so often."""
    write_atomically(_epoch_path(course, assignment), f"{epoch}\n", durable=True)


def expect(course: Path, assignment: str, notebook: str, handed_in: Mapping[str, str], epoch: int) -> Expected:
    """Note submissions, student -> hash, that are to be graded now: they were there before any feedback of this run.
    Killed and started again, it asks them what it would have asked, and all that came later from the next epoch.

    epoch: the present one, of those that are not noted yet.
    """
    path = expected_path(course, assignment, notebook)
    before: Expected = {}
    with contextlib.suppress(FileNotFoundError, msgspec.DecodeError, UnicodeDecodeError):
        before = msgspec.json.decode(path.read_bytes(), type=Expected)
    found = dict(before)
    for student, sha256 in handed_in.items():
        known, since = before.get(student, ("", epoch))
        found[student] = (sha256, min(since, epoch) if known == sha256 else epoch)
    if found != before:
        write_atomically(path, json.dumps(found), durable=True)
    return found


def all_graded(course: Path, assignment: str) -> None:
    """Nobody is waited for any more."""
    shutil.rmtree(expected_path(course, assignment, assignment).parent, ignore_errors=True)


def expected_path(course: Path, assignment: str, notebook: str) -> Path:
    """Where the submissions are noted; the file is there while they are graded."""
    return course / ".gatebook" / "expected" / assignment / f"{notebook}.json"


def _epoch_path(course: Path, assignment: str) -> Path:
    return course / ".gatebook" / "epochs" / assignment
