"""`c.Gatebook` through nbgrader's own command; `tests/running/test_restricted_course.py` has more of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.course.assignments import ensure_assignment
from autograder.course.completed import completed_record
from autograder.course.folder import open_course

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """Ada has handed in the solution of one assignment."""
    root = tmp_path / "course"
    root.mkdir()
    shutil.copy(ROOT / "nbgrader_config.py", root)
    for name in ("solutions", "assignments"):
        shutil.copytree(ROOT / name / "rnn", root / name / "rnn")
    shutil.copytree(ROOT / "solutions" / "rnn", root / "submitted" / "ada" / "rnn")
    ensure_assignment(open_course(root), "rnn")
    return root


def autograde(course: Path, *more: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "JUPYTER_CONFIG_DIR": str(course), "HOME": str(course)}
    command = [sys.executable, "-m", "nbgrader", "autograde", "rnn", "--create", *more]
    return subprocess.run(command, cwd=course, env=environment, capture_output=True, text=True)


def say(course: Path, line: str) -> None:
    with open(course / "nbgrader_config.py", "a") as file:
        file.write(f"{line}\n")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("c.Gatebook.sandbax = 'none'", "Did you mean c.Gatebook.sandbox?"),
        ("c.Gatebook.memory = -1", "c.Gatebook.memory is -1; it must be a number of gigabytes, at least 0.5."),
    ],
)
def test_a_wrong_setting_is_refused_before_anything_is_touched(course: Path, line: str, said: str) -> None:
    say(course, line)
    done = autograde(course)
    assert done.returncode == 2, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not (course / "autograded").exists()


def test_nbgraders_command_line_goes_before_the_file(course: Path) -> None:
    say(course, 'c.Gatebook.sandbox = "restricted"')
    done = autograde(course, "--Gatebook.sandbox=none")
    assert done.returncode == 0, done.stderr
    record = completed_record(open_course(course), "rnn", "ada")
    assert record is not None
    assert record.sandbox == "none"
