"""Whatever may change a grade, a page or a table is noticed; what cannot, is not."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.course import settled
from autograder.course.folder import open_course
from autograder.course.settled import Look
from autograder.model import Standing

ROOT = Path(__file__).parents[2]
STANDING = Standing("ada", "rnn", "rnn", 3.0, 4.0, {"written": 1.0}, None, "1")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A course in which one has been graded; of each step there is a file."""
    shutil.copy(ROOT / "nbgrader_config.py", tmp_path)
    for step, student, name in (
        ("solutions", ".", "rnn.ipynb"), ("assignments", ".", "rnn.ipynb"), ("submitted", "ada", "rnn.ipynb"),
        ("autograded", "ada", "rnn.ipynb"), ("feedback", "ada", "rnn.html"),
    ):  # fmt: skip
        place = tmp_path / step / student / "rnn" / name
        place.parent.mkdir(parents=True)
        place.write_text(step)
    for name in ("reports/index.html", ".gatebook/records/rnn/rnn/ada.json", ".gatebook/secret"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    with sqlite3.connect(tmp_path / "gradebook.db") as database:
        database.execute("create table grade (score)")
    return tmp_path


def noted(root: Path, asked: str = "rnn", meanwhile: Callable[[], object] = lambda: None) -> bool:
    """Look, do something, note; whether the next run finds it."""
    look = Look(open_course(root), asked)
    gradebook = look.gradebook()
    meanwhile()
    look.note((), (STANDING,), root / "reports" / "index.html", gradebook)
    return settled.settled(root, asked) is not None


def test_what_was_noted_comes_back(root: Path) -> None:
    assert settled.settled(root, "rnn") is None
    assert noted(root)
    found = settled.settled(root, "rnn")
    assert found is not None
    assert found.standings == (STANDING,)
    assert found.page == str(root / "reports" / "index.html")
    assert settled.settled(root, "rnn with other options") is None


def grown(path: Path) -> None:
    path.write_text(path.read_text() + "x")


def same_size_and_time(path: Path) -> None:
    before = path.stat()
    path.write_text(path.read_text()[::-1])
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def manual_grade(root: Path) -> None:
    with sqlite3.connect(root / "gradebook.db") as database:
        database.execute("insert into grade values (1)")


CHANGES: dict[str, Callable[[Path], object]] = {
    "handed in again": lambda root: grown(root / "submitted/ada/rnn/rnn.ipynb"),
    "handed in again, of the same size and time": lambda root: same_size_and_time(root / "submitted/ada/rnn/rnn.ipynb"),
    "another student": lambda root: shutil.copytree(root / "submitted/ada", root / "submitted/bob"),
    "an empty folder of a student": lambda root: (root / "submitted/eve").mkdir(),
    "a file beside a notebook": lambda root: (root / "submitted/ada/rnn/timestamp.txt").write_text("2026-11-20"),
    "a submission is gone": lambda root: shutil.rmtree(root / "submitted/ada"),
    "another release": lambda root: grown(root / "assignments/rnn/rnn.ipynb"),
    "another solution": lambda root: grown(root / "solutions/rnn/rnn.ipynb"),
    "feedback is gone": lambda root: (root / "feedback/ada/rnn/rnn.html").unlink(),
    "autograded is another": lambda root: grown(root / "autograded/ada/rnn/rnn.ipynb"),
    "a record is gone": lambda root: (root / ".gatebook/records/rnn/rnn/ada.json").unlink(),
    "another secret": lambda root: grown(root / ".gatebook/secret"),
    "a page is gone": lambda root: (root / "reports/index.html").unlink(),
    "a manual grade": manual_grade,
    "sections": lambda root: (root / "sections.csv").write_text("student,section\nada,1\n"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_change_is_noticed(root: Path, change: Callable[[Path], object]) -> None:
    assert noted(root)
    change(root)
    assert settled.settled(root, "rnn") is None


HANDED = tuple(name for name in CHANGES if re.search(r"handed in|student|beside|submission|release|solution", name))


@pytest.mark.parametrize("name", CHANGES)
def test_whether_anything_was_handed_out_or_in(root: Path, name: str) -> None:
    assert not settled.nothing_new(root, "rnn")
    assert noted(root)
    assert settled.nothing_new(root, "rnn")
    assert not settled.nothing_new(root, "rnn with other options")
    CHANGES[name](root)
    assert settled.nothing_new(root, "rnn") == (name not in HANDED)


def test_what_changes_nothing_is_passed_over(root: Path) -> None:
    assert noted(root)
    (root / ".gatebook" / "locks").mkdir()
    (root / ".gatebook" / "locks" / "rnn").touch()
    (root / "gradebook.db").read_bytes()
    assert settled.settled(root, "rnn") is not None


@pytest.mark.parametrize("change", ["handed in again", "another student", "another release", "a manual grade"])
def test_what_changes_while_a_class_is_graded_is_looked_at_again(root: Path, change: str) -> None:
    assert noted(root)
    assert not noted(root, meanwhile=lambda: CHANGES[change](root))
    assert noted(root)


@pytest.mark.parametrize(
    "line",
    [
        'c.LateSubmissionPlugin.penalty_method = "zero"',
        'c.AssignLatePenalties.plugin_class = "rules.Ours"',
        'c.CourseDirectory.db_url = "postgresql://example/grades"',
        'c.CourseDirectory.directory_structure = "{student_id}/{nbgrader_step}/{assignment_id}"',
    ],
)
def test_courses_that_cannot_be_seen_whole_are_looked_at_each_time(root: Path, line: str) -> None:
    with open(root / "nbgrader_config.py", "a") as file:
        file.write(f"\n{line}\n")
    assert not noted(root)


def test_behind_a_link_to_a_folder_nothing_is_seen(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (root / "submitted" / "eve").symlink_to(elsewhere)
    assert not noted(root)


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b"\xff"])
def test_a_damaged_note_is_none(root: Path, damage: bytes) -> None:
    assert noted(root)
    (root / ".gatebook" / settled.NAME).write_bytes(damage)
    assert settled.settled(root, "rnn") is None
