"""Every attack is graded by the real command, in one class with honest bystanders, and gets what it must get."""

from __future__ import annotations

import base64
import ctypes
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from as_user import as_user

from autograder.answering.protocol import Array, decode_array
from autograder.course.completed import completed_record
from autograder.course.folder import open_course
from autograder.course.records import read_record
from autograder.model import Record, Sheet
from autograder.running import sandbox
from autograder.sheets import release
from autograder.sheets.seeds import Draw

from .build import ROOT, Attack, attacks, exercises, expected, submit

ATTACKS = attacks()
LEVELS = ("full", "restricted")
BYSTANDERS = {
    "rnn": ("0-honest", "harm-honest", "zz-honest"), "lstm": ("0-honest", "zz-honest"), "cnn": ("0-honest", "zz-honest")
}  # fmt: skip
"""Honest students, whose names come before, amid and after those of the attackers."""
LOOT = "LOOT" + "!"
"""What an attacker prints who got hold of something."""
PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True)
class GradedClass:
    """A class of attackers after `autograder grade`."""

    level: str
    course: Path
    code: int
    said: str
    before: dict[str, str]
    """Hashes of the files that grading must leave alone."""
    left_over: tuple[str, ...]
    """Processes that were still there when the command had ended."""

    def record(self, student: str, assignment: str) -> Record:
        found = completed_record(open_course(self.course), assignment, student)
        assert found is not None, f"{student} has no grade for {assignment}; the command said: {self.said[-2000:]}"
        return found

    def published(self) -> list[Path]:
        """Every file that is made for students or holds what came of them."""
        folders = ("autograded", "feedback", "reports", ".gatebook/records")
        return [path for folder in folders for path in (self.course / folder).rglob("*") if path.is_file()]


@pytest.fixture(scope="module", params=LEVELS)
def graded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> GradedClass:
    """The class, graded once for each level."""
    level = request.param
    status = next(status for status in sandbox.probe() if status.level == level)
    if not status.works:
        # A wall that cannot be put up has not been tried.
        pytest.fail(f"{level} does not work here: {status.missing} {status.advice}")
    return grade_class(level, tmp_path_factory.mktemp(level))


def grade_class(
    level: str, folder: Path, chosen: tuple[Attack, ...] = ATTACKS, *, user: int | None = None
) -> GradedClass:
    """Make the course and run the command, as a user that is not root where one is given."""
    course = folder / "course"
    for name in ("solutions", "assignments"):
        shutil.copytree(ROOT / name, course / name)
    shutil.copy(ROOT / "nbgrader_config.py", course)
    for attack in chosen:
        submit(attack, course / "submitted")
    for assignment in sorted({attack.assignment for attack in chosen}):
        for student in BYSTANDERS[assignment]:
            shutil.copytree(ROOT / "solutions" / assignment, course / "submitted" / student / assignment)
    before = hashes(course)
    command = [str(Path(sys.executable).with_name("autograder")), "grade", "--course", str(course)]
    command += ["--sandbox", level, "--cell-seconds", "10"]
    settings = dict(os.environ)
    if user is not None:
        settings |= {"HOME": str(folder), "TMPDIR": str(folder)}
        for path in (folder, *folder.rglob("*")):
            os.chown(path, user, user, follow_symlinks=False)
        command = as_user(command, folder)
    others = children()
    # What a submission leaves behind becomes a child of this process.
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=settings,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )  # fmt: skip
        left_over = tuple(command for pid, command in children().items() if pid not in others)
    finally:
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)
    return GradedClass(level, course, done.returncode, done.stdout.decode("utf-8", "replace"), before, left_over)


def hashes(course: Path) -> dict[str, str]:
    """Every file that a course has before grading, by its content; links and fifos by their kind."""
    found = {}
    for path in sorted(course.rglob("*")):
        name = str(path.relative_to(course))
        if path.is_symlink():
            found[name] = f"link to {os.readlink(path)}"
        elif path.is_file():
            small = path.stat().st_size < 2**26
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest() if small else str(path.stat().st_size)
        else:
            found[name] = f"mode {path.stat().st_mode:o}"
    return found


def children() -> dict[int, str]:
    """Living processes whose parent is this one, and what they are."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                state, parent = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
            except OSError:
                continue
            if int(parent) == os.getpid() and state not in "ZX":
                found[int(entry.name)] = command
    return found


# ------------------------------------------------------------------------------------------------------------ attacks


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.id)
def test_attack(graded: GradedClass, attack: Attack) -> None:
    """What the attack earned is what it must earn."""
    wanted = expected(attack)
    record = graded.record(attack.student, attack.assignment)
    got = {verdict.exercise: verdict for verdict in record.verdicts}
    assert record.status == attack.options.get("RECORD", "graded")
    wrong = {
        exercise: f"{got[exercise].status}, {got[exercise].points} points: {got[exercise].message}"
        for exercise, (statuses, points) in wanted.items()
        if (statuses != "any" and got[exercise].status not in statuses.split("|")) or got[exercise].points != points
    }
    assert not wrong, f"{attack.tries} Wanted: { {exercise: wanted[exercise] for exercise in wrong} }"
    flags = getattr(record, "flags", ())
    assert bool(flags) == attack.options.get("FLAGGED", bool(flags)), f"flags: {flags}"


def test_there_are_enough_attacks_of_every_kind() -> None:
    topics = {attack.topic for attack in ATTACKS}
    assert topics == {"points", "builtins", "honest", "answers", "harm", "pages"}
    assert len(ATTACKS) >= 75
    assert len({attack.student for attack in ATTACKS}) == len(ATTACKS)
    assert all(expected(attack) for attack in ATTACKS)


# ------------------------------------------------------------------------------------------------------- for them all


def test_the_command_ends_as_documented(graded: GradedClass) -> None:
    assert graded.code == 0, graded.said[-4000:]


@pytest.mark.parametrize(
    ("assignment", "student"), [(assignment, student) for assignment, them in BYSTANDERS.items() for student in them]
)
def test_no_bystander_lost_a_point(graded: GradedClass, assignment: str, student: str) -> None:
    record = graded.record(student, assignment)
    assert {verdict.status for verdict in record.verdicts} == {"passed"}
    assert record.points == sum(exercises(assignment).values())
    assert not getattr(record, "flags", ())


def test_nobody_got_anything(graded: GradedClass) -> None:
    """No attacker found what to print the word of triumph for."""
    beyond = {attack.student for attack in ATTACKS if graded.level in attack.options.get("BEYOND", {})}
    pages = [path for path in graded.published() if not beyond & {path.stem, *path.parts}]
    assert pages
    assert not [path for path in pages if LOOT.encode() in path.read_bytes()]


def test_nothing_published_holds_a_secret(graded: GradedClass) -> None:
    """Neither the secret of the course nor a number of a secret question is in any record or page."""
    secret = (graded.course / ".gatebook" / "secret").read_text().strip()
    numbers = secret_numbers(graded)
    assert len(numbers) > 500
    pattern = re.compile(rb"\d\.\d{5,}(?:e-\d+)?")
    leaks = {}
    for path in graded.published():
        content = path.read_bytes()
        assert secret.encode() not in content
        found = {number.decode() for number in pattern.findall(content) if number in numbers}
        if found:
            leaks[str(path.relative_to(graded.course))] = sorted(found)[:3]
    assert not leaks


def secret_numbers(graded: GradedClass) -> set[bytes]:
    """The entries of all arrays of the secret questions, as Python and NumPy would print them, but for those that the
    public questions hold too, and those that are short enough to be there by chance."""
    written: dict[bool, set[bytes]] = {True: set(), False: set()}
    for assignment in BYSTANDERS:
        wanted = tuple(exercises(assignment))
        public = release.public_sheets(graded.course / "solutions" / assignment, assignment, wanted)
        folder = graded.course / ".gatebook" / "records" / assignment
        records = [read_record(path) for path in folder.glob("*/*.json")]
        draws = {Draw(record.epoch, record.index) for record in records}
        secret = [release.secret_sheets(graded.course, assignment, wanted, "1", draw) for draw in draws]
        for is_secret, sheets in ((False, public), *((True, sheets) for sheets in secret)):
            for sheet in sheets.values():
                written[is_secret].update(numbers_of(sheet))
    return {number for number in written[True] - written[False] if len(number) >= 8}


def numbers_of(sheet: Sheet) -> Iterator[bytes]:
    def arrays(value: Any) -> Iterator[Array]:
        if isinstance(value, Array):
            yield value
        elif isinstance(value, tuple | list):
            for item in value:
                yield from arrays(item)
        elif hasattr(value, "__struct_fields__"):
            for name in value.__struct_fields__:
                yield from arrays(getattr(value, name))

    for case in sheet.cases:
        for array in arrays(case.question):
            for number in np.abs(decode_array(array).ravel()[:200]):
                yield from (f"{float(number)!r}".encode(), f"{np.float32(number)!s}".encode())


def test_the_course_is_as_it_was(graded: GradedClass) -> None:
    after = hashes(graded.course)
    assert {name: after.get(name) for name in graded.before} == graded.before


def test_nothing_else_was_written(graded: GradedClass) -> None:
    """Beside the course's own folders there is nothing new, and nothing in the place that attackers aim at."""
    made = {path.name for path in graded.course.iterdir()}
    known = {"solutions", "assignments", "submitted", "nbgrader_config.py"}
    written = {"autograded", "feedback", "reports", ".gatebook", "gradebook.db"}
    assert made - known == written
    assert {path.name for path in graded.course.parent.iterdir()} == {"course"}


def test_no_process_is_left(graded: GradedClass) -> None:
    assert not graded.left_over


def test_the_terminal_is_left_alone(graded: GradedClass) -> None:
    """Names and texts of students put no control character on the screen of the one who grades."""
    assert not set(re.findall(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", graded.said))


ALARM = re.compile(r"alert\(.{0,4}pwned|example\.org/pwned")
"""What every injected script calls."""


def test_no_page_of_ours_holds_a_script_of_a_student(graded: GradedClass) -> None:
    pages = list((graded.course / "reports").rglob("*.html"))
    assert pages
    assert not {page.name: alarms(page.read_text("utf-8")) for page in pages if alarms(page.read_text("utf-8"))}


def test_no_script_of_a_student_runs_in_feedback(graded: GradedClass) -> None:
    """nbgrader's pages show what a notebook displayed. No browser runs it, by the policy at their top."""
    pages = list((graded.course / "feedback").rglob("*.html"))
    assert any(alarms(page.read_text("utf-8")) for page in pages)
    for page in pages:
        text = page.read_text("utf-8")
        found = re.search(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', text)
        assert found, page
        before = text[: found.start()]
        assert not alarms(before)
        assert "<script" not in before.lower()
        policy = dict(rule.strip().partition(" ")[::2] for rule in found.group(1).split(";"))
        for closed in ("object-src", "frame-src", "form-action", "base-uri"):
            assert policy[closed] == "'none'", page
        scripts = policy["script-src"].split()
        assert not [source for source in scripts if source.startswith("'unsafe") or source in ("*", "data:", "'self'")]
        for body in re.findall(r"(?is)<script\b[^>]*>(.*?)</script", text):
            digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
            assert not (ALARM.search(body) and f"'sha256-{digest}'" in scripts), page


def alarms(text: str) -> list[str]:
    """Tags, scripts and styles of a page that a student's attack stands in."""
    parts = re.findall(r"<[a-zA-Z!/][^>]*>", text) + re.findall(r"(?is)<(?:script|style)\b[^>]*>(.*?)</", text)
    return [part[:120] for part in parts if ALARM.search(part)]
