"""nbgrader's own unmodified commands give the marks that `autograder grade` gives."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STOCK = """
c = get_config()
c.CourseDirectory.course_id = "stock"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "assignments"
c.Execute.timeout = 300
c.Execute.startup_timeout = 120
"""


ANEW = pytest.mark.skipif(
    "GATEBOOK_STOCK" not in os.environ, reason="a minute; `make as-nbgrader` runs it, and the gate does"
)


@pytest.mark.parametrize("configuration", ["ours", pytest.param("stock", marks=ANEW)])
def test_solution_and_stub_get_the_same_marks(configuration: str, tmp_path: Path) -> None:
    for name in ("solutions", "assignments"):
        shutil.copytree(ROOT / name / "rnn", tmp_path / name / "rnn")
    if configuration == "ours":
        shutil.copy(ROOT / "nbgrader_config.py", tmp_path)
    else:
        (tmp_path / "nbgrader_config.py").write_text(STOCK)
    students = {"the_solution": "solutions", "the_stub": "assignments"}
    if configuration == "ours":
        # A class in which stock nbgrader would stop.
        students |= {"duplicated": "solutions", "unreadable": "solutions"}
    for student, step in students.items():
        shutil.copytree(ROOT / step / "rnn", tmp_path / "submitted" / student / "rnn")
    if configuration == "ours":
        notebook = tmp_path / "submitted" / "duplicated" / "rnn" / "rnn.ipynb"
        notebook.write_text(duplicated(notebook.read_text("utf-8")), "utf-8")
        (tmp_path / "submitted" / "unreadable" / "rnn" / "rnn.ipynb").write_bytes(b"\x00\x01 nothing")
    for command in (["generate_assignment", "rnn", "--force"], ["autograde", "rnn"]):
        nbgrader(tmp_path, *command)
    marks = scores(tmp_path)
    assert marks["the_solution"] == 26.0
    assert marks["the_stub"] == 0.0
    if configuration == "ours":
        assert marks["duplicated"] == 26.0
        assert marks["unreadable"] == 0.0


def duplicated(text: str) -> str:
    """The notebook with one solution cell pasted twice."""
    import json

    notebook = json.loads(text)
    cells = notebook["cells"]
    at = next(k for k, cell in enumerate(cells) if cell["metadata"].get("nbgrader", {}).get("grade_id") == "rnn_step")
    cells.insert(at + 1, cells[at])
    return json.dumps(notebook)


def nbgrader(course: Path, *arguments: str) -> None:
    bin_folder = str(Path(sys.executable).parent)
    environment = os.environ | {"PATH": bin_folder + os.pathsep + os.environ["PATH"]}
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments], cwd=course, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-4000:]


def scores(course: Path) -> dict[str, float]:
    """Points of the autograded cells by student."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        return {
            submission.student.id: sum(
                grade.auto_score or 0.0 for notebook in submission.notebooks for grade in notebook.grades
            )
            for submission in gradebook.assignment_submissions("rnn")
        }
