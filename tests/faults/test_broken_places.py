"""Full disks, locked databases, folders that cannot be written: a clear error, exit code 1, and nothing is lost."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fake_grade
import pytest
from support.course_builder import STUDENTS, TinyCourse

from autograder.commands import grade as grading
from autograder.course import gradebook
from autograder.course.completed import completed_records

pytestmark = pytest.mark.long

HERE = Path(__file__).parent


@pytest.fixture
def grade(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """The command with a grader that needs no worker: (exit code, what it said)."""
    for name, stand_in in fake_grade.STAND_INS.items():
        monkeypatch.setattr(grading, name, stand_in)

    def run(tiny: TinyCourse, *assignments: str, **options: Any) -> tuple[int, str]:
        fake_grade.FakeGrader.graded = ()
        capsys.readouterr()
        code = grading.grade(tiny.root, assignments or ("tiny",), **options)
        said = capsys.readouterr()
        return code, " ".join((said.out + said.err).split())

    return run


def is_finished(tiny: TinyCourse, students: tuple[str, ...] = STUDENTS) -> None:
    """Everybody has a record, and the database, the notebook, the feedback and the page to it."""
    records = {record.student: record for record in completed_records(tiny.course)}
    assert set(records) == set(students)
    with sqlite3.connect(tiny.root / "gradebook.db") as connection:
        assert connection.execute("pragma integrity_check").fetchone() == ("ok",)
        rows = connection.execute(
            "select student_id, sum(auto_score) from grade"
            " join submitted_notebook on submitted_notebook.id = grade.notebook_id"
            " join submitted_assignment on submitted_assignment.id = submitted_notebook.assignment_id"
            " group by student_id"
        ).fetchall()
    connection.close()
    assert dict(rows) == {student: record.points for student, record in records.items()}
    index = (tiny.root / "reports/index.html").read_text("utf-8")
    for student in students:
        notebook = tiny.root / f"autograded/{student}/tiny/tiny.ipynb"
        assert json.loads(notebook.read_bytes())["metadata"]["gatebook"]["sha256"] == records[student].sha256
        assert os.listdir(notebook.parents[1]) == ["tiny"]
        assert (tiny.root / f"feedback/{student}/tiny/tiny.html").is_file()
        assert student in index


def test_a_class(tiny: TinyCourse, grade: Any) -> None:
    assert grade(tiny)[0] == 0
    is_finished(tiny)
    code, said = grade(tiny)
    assert (code, fake_grade.FakeGrader.graded) == (0, ())
    assert "5 unchanged submissions kept" in said


# ----------------------------------------------------------------------------------------------------- full disks

WRITERS = {
    "notebook": "autograded",
    "record": ".gatebook/records",
    "page": "reports",
    "feedback": "feedback",
}


@pytest.mark.parametrize("where", WRITERS)
def test_disk_full(tiny: TinyCourse, grade: Any, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    """The disk is full as soon as the second file is written at one of the places."""
    place = str(tiny.root / WRITERS[where])
    path_open, seen = Path.open, []

    def full(self: Path, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
        if ("w" in mode or "x" in mode) and str(self).startswith(place):
            seen.append(self)
            if len(seen) > 1:
                raise OSError(errno.ENOSPC, "No space left on device", str(self))
        return path_open(self, mode, *args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", full)
        code, said = grade(tiny)
    assert seen, "nothing was written there"
    assert code == 1
    assert "No space left on device" in said
    kept = {record.student: record.started for record in completed_records(tiny.course)}
    code, said = grade(tiny)
    assert code == 0, said
    assert not set(kept) & set(fake_grade.FakeGrader.graded), "graded twice"
    is_finished(tiny)


def _can_mount() -> bool:
    if not shutil.which("unshare"):
        return False
    done = subprocess.run(["unshare", "-m", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True)
    return done.returncode == 0


@pytest.mark.parametrize("kilobytes", [20, 400, 650])
def test_small_disk(tiny: TinyCourse, tmp_path: Path, kilobytes: int) -> None:
    """A real disk that is full at one moment or another, then one with room."""
    if not _can_mount():
        pytest.skip("only root may mount a small disk; test_disk_full tells of a full disk without one")
    disk = tmp_path / "disk"
    disk.mkdir()
    script = f"""
        mount -t tmpfs -o size=8m tmpfs {disk} && cp -a {tiny.root} {disk}/course &&
        used=$(du -sk {disk} | cut -f1) && mount -o remount,size=$((used + {kilobytes}))k {disk} || exit 77
        {sys.executable} {HERE}/fake_grade.py {disk}/course tiny; echo "first: $?"
        mount -o remount,size=64m {disk} || exit 77
        {sys.executable} {HERE}/fake_grade.py {disk}/course tiny; echo "second: $?"
        cp -a {disk}/course {tmp_path}/after
    """
    done = subprocess.run(["unshare", "-m", "sh", "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    said = done.stdout + done.stderr
    assert "first: 1" in said
    assert re.search("No space left|disk is full|disk I/O", said), said
    assert "Traceback" not in done.stdout
    assert "second: 0" in said, said
    is_finished(TinyCourse(tmp_path / "after"))


# ------------------------------------------------------------------------------------------------- the database


def _hold(tiny: TinyCourse) -> sqlite3.Connection:
    connection = sqlite3.connect(tiny.root / "gradebook.db", isolation_level=None)
    connection.execute("begin exclusive")
    return connection


@pytest.mark.parametrize("graded", [False, True])
def test_database_locked(tiny: TinyCourse, grade: Any, monkeypatch: pytest.MonkeyPatch, graded: bool) -> None:
    monkeypatch.setattr(gradebook, "LOCKED_SECONDS", 0.0)
    if graded:
        assert grade(tiny)[0] == 0
        tiny.submit("ada", tiny.stub())
    other = _hold(tiny)
    code, said = grade(tiny)
    other.close()
    assert code == 1
    assert "Another program is writing to it" in said
    assert grade(tiny)[0] == 0
    is_finished(tiny)


def test_database_locked_for_a_moment(tiny: TinyCourse, grade: Any) -> None:
    """The formgrader saves a comment: we wait."""
    holding = subprocess.Popen(
        [
            sys.executable, "-c",
            "import sqlite3, sys, time; c = sqlite3.connect(sys.argv[1], isolation_level=None);"
            "c.execute('begin immediate'); print('held', flush=True); time.sleep(7); c.execute('commit')",
            str(tiny.root / "gradebook.db"),
        ],
        stdout=subprocess.PIPE,
    )  # fmt: skip
    with holding:
        assert holding.stdout is not None
        assert holding.stdout.readline() == b"held\n"
        code, said = grade(tiny)
        assert code == 0, said
    is_finished(tiny)


@pytest.mark.parametrize("content", [b"", b"not a database at all, but long enough to be taken for one" * 100])
def test_damaged_database(tiny: TinyCourse, grade: Any, content: bytes) -> None:
    """An empty file is a new gradebook; anything else is left alone, for a person to restore."""
    (tiny.root / "gradebook.db").write_bytes(content)
    code, said = grade(tiny)
    if not content:
        assert code == 0, said
        is_finished(tiny)
        return
    assert code == 1
    assert "restore it from a backup" in said
    assert (tiny.root / "gradebook.db").read_bytes() == content


def _immutable(path: Path) -> bool:
    """Make something unwritable, for root too."""
    done = subprocess.run(["chattr", "-R", "+i", str(path)], capture_output=True)
    return done.returncode == 0


def _mutable(path: Path) -> None:
    subprocess.run(["chattr", "-R", "-i", str(path)], check=True)


@pytest.mark.parametrize("place", ["gradebook.db", "autograded", "reports", "feedback", ".gatebook/records"])
def test_not_writable(tiny: TinyCourse, grade: Any, place: str) -> None:
    path = tiny.root / place
    if not path.exists():
        path.mkdir(parents=True)
    if os.geteuid() == 0:
        if not shutil.which("chattr") or not _immutable(path):
            pytest.skip(f"root may write {place} all the same: this file system knows no immutable files (chattr +i)")
        undo = _mutable
    else:
        path.chmod(0o555 if path.is_dir() else 0o444)
        undo = lambda path: path.chmod(0o755)  # noqa: E731
    try:
        code, said = grade(tiny)
    finally:
        undo(path)
    assert code == 1
    assert "right to write" in said or "Permission denied" in said or "not permitted" in said, said
    assert place in said
    kept = {record.student for record in completed_records(tiny.course)}
    assert grade(tiny)[0] == 0
    assert not kept & set(fake_grade.FakeGrader.graded), "graded twice"
    is_finished(tiny)


def test_reports_is_a_file(tiny: TinyCourse, grade: Any) -> None:
    (tiny.root / "reports").write_text("")
    code, said = grade(tiny)
    assert code == 1
    assert "The grades are stored, but not the reports" in said
    (tiny.root / "reports").unlink()
    assert grade(tiny)[0] == 0
    is_finished(tiny)


def test_one_submission_that_cannot_be_written(tiny: TinyCourse, grade: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    write = gradebook.ClassGradebook.write_record

    def fails_for_cyd(self: Any, record: Any, *args: Any, **kwargs: Any) -> Any:
        if record.student == "cyd":
            raise RuntimeError("cannot be")
        return write(self, record, *args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(gradebook.ClassGradebook, "write_record", fails_for_cyd)
        code, said = grade(tiny)
    assert code == 1
    assert "tiny, cyd: graded, but not written: RuntimeError: cannot be" in said
    is_finished(tiny, tuple(set(STUDENTS) - {"cyd"}))
    assert grade(tiny)[0] == 0
    assert fake_grade.FakeGrader.graded == ("cyd",)
    is_finished(tiny)


# ---------------------------------------------------------------------------------------------------- two graders


def _command(tiny: TinyCourse, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, str(HERE / "fake_grade.py"), str(tiny.root), *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def test_two_graders_of_one_assignment(tiny: TinyCourse, grade: Any) -> None:
    with _command(tiny, "--pause", "2", "tiny") as first:
        while not (tiny.root / ".gatebook/records/tiny").exists():
            assert first.poll() is None
            time.sleep(0.05)
        code, said = grade(tiny)
        assert first.wait() == 0
    assert code == 1
    assert "Another process is grading 'tiny'" in said
    assert fake_grade.FakeGrader.graded == ()
    is_finished(tiny)


def test_two_graders_of_two_assignments(tiny: TinyCourse) -> None:
    """They add the same students to the same database."""
    from support.course_builder import source_notebook, write_notebook

    from autograder.course.converters import generate_assignment

    write_notebook(tiny.root / "solutions/other/other.ipynb", source_notebook())
    generate_assignment(tiny.root, "other")
    students = tuple(f"student{number:02}" for number in range(20))
    shutil.rmtree(tiny.root / "submitted")
    for student in students:
        path = tiny.submit(student, tiny.solved())
        other = tiny.root / f"submitted/{student}/other/other.ipynb"
        other.parent.mkdir(parents=True)
        shutil.copy(path, other)
    with _command(tiny, "tiny") as one, _command(tiny, "other") as two:
        said = [process.communicate()[0] for process in (one, two)]
    assert (one.returncode, two.returncode) == (0, 0), said
    records = completed_records(tiny.course)
    assert {(record.assignment, record.student) for record in records} == {
        (assignment, student) for assignment in ("tiny", "other") for student in students
    }
    with sqlite3.connect(tiny.root / "gradebook.db") as connection:
        assert connection.execute("pragma integrity_check").fetchone() == ("ok",)
        assert connection.execute("select count(*) from student").fetchone() == (20,)
        assert connection.execute("select count(*), sum(auto_score) from grade").fetchone() == (160, 40 * 3.75)
    connection.close()
    index = (tiny.root / "reports/index.html").read_text("utf-8")
    assert all(f"students/{student}--{name}.html" in index for student in students for name in ("tiny", "other"))
