"""Where no namespaces can be had, a course that says so is graded all the same, also by nbgrader's own command."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from as_user import USER, WITHOUT_NAMESPACES, as_user
from test_ordinary_user import PROJECT, skip_where_nobody_else_can_be

from autograder.course.assignments import ensure_assignment
from autograder.course.completed import completed_record
from autograder.course.folder import open_course

pytestmark = pytest.mark.long


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder that an ordinary user has; pytest's own are closed to others."""
    folder = Path("/tmp") / f"gatebook-course-{os.getpid()}"
    folder.mkdir(mode=0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def course(home: Path) -> Path:
    """Ada has handed in the solution of one assignment."""
    root = home / "course"
    root.mkdir()
    shutil.copy(PROJECT / "nbgrader_config.py", root)
    for name in ("solutions", "assignments"):
        shutil.copytree(PROJECT / name / "rnn", root / name / "rnn")
    shutil.copytree(PROJECT / "solutions" / "rnn", root / "submitted" / "ada" / "rnn")
    ensure_assignment(open_course(root), "rnn")
    return root


def without_namespaces(home: Path, course: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a module's command as an ordinary user who can make no namespace."""
    command = [sys.executable, "-m", *arguments]
    if os.getuid() == 0:
        skip_where_nobody_else_can_be()
        for path in (home, *home.rglob("*")):
            os.chown(path, USER, USER, follow_symlinks=False)
        command = as_user(command, home, namespaces=False)
    else:
        command = [*WITHOUT_NAMESPACES, *command]
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "TMPDIR": str(home), "PYTHONPATH": str(PROJECT)}
    return subprocess.run(command, cwd=course, env=environment, capture_output=True, text=True)


def test_both_ways_to_restricted_are_said_and_one_line_of_the_course_is_enough(home: Path, course: Path) -> None:
    refused = without_namespaces(home, course, "nbgrader", "autograde", "rnn", "--create")
    assert refused.returncode == 2, refused.stderr
    assert "--sandbox restricted" in refused.stderr
    assert 'c.Gatebook.sandbox = "restricted"' in refused.stderr
    assert "Traceback" not in refused.stderr
    assert not (course / "autograded").exists()
    shutil.rmtree(home / "interpreter", ignore_errors=True)
    with open(course / "nbgrader_config.py", "a") as file:
        file.write('c.Gatebook.sandbox = "restricted"\n')
    done = without_namespaces(home, course, "nbgrader", "autograde", "rnn", "--create")
    assert done.returncode == 0, done.stderr
    record = completed_record(open_course(course), "rnn", "ada")
    assert record is not None
    assert (record.sandbox, record.points) == ("restricted", record.max_points)
