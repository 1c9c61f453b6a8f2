"""`autograder demo`: a class, graded in a folder of its own."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import webbrowser
from pathlib import Path
from typing import Any

from autograder.cards.console import console as make_console
from autograder.commands.grade import grade
from autograder.commands.refusals import refused
from autograder.course.database import open_gradebook
from autograder.course.folder import open_course
from autograder.demo.handing_in import DUE, LATE, hand_in
from autograder.report import terminal


def bundled_course() -> Path:
    """The course that comes with Gatebook: inside the installed package, or the checkout it runs from."""
    package = Path(__file__).parents[1]
    inside = package / "_course"
    return inside if inside.is_dir() else package.parent


def demo(directory: Path, **changed: Any) -> int:
    """Grade a class in a folder of its own. changed: as for `grade`."""
    console = make_console()
    if refused(console):
        return 1
    if directory.exists() and not (directory / ".gatebook").is_dir() and any(directory.iterdir()):
        console.print(f"{directory} is not empty, and no demonstration course. Give another folder.", markup=False)
        return 2
    course = bundled_course()
    with terminal.waiting(console, "Copying the course"):
        if directory.exists():
            shutil.rmtree(directory)
        directory.mkdir(parents=True)
        (directory / ".gatebook").mkdir(mode=0o700)
        for name in ("solutions", "assignments"):
            shutil.copytree(course / name, directory / name)
        config = (course / "nbgrader_config.py").read_text("utf-8")
        (directory / "nbgrader_config.py").write_text(config + LATE, "utf-8")
        submissions = hand_in(directory)
        _set_due_dates(directory)
    students = sum(1 for _ in (directory / "submitted").iterdir())
    each = ", ".join(f"{count} of {name}" for name, count in submissions.items())
    console.print(
        f"A class of {students} students and {submissions.total()} submissions ({each}), graded in {directory}\n",
        markup=False, soft_wrap=True,
    )  # fmt: skip
    # Nothing in this class takes a second or a gigabyte but what never ends, so nobody has to wait for it.
    code = grade(directory, (), **{"cell_seconds": 3.0, "question_seconds": 3.0, "memory": 1.0, **changed})
    page = directory / "reports" / "index.html"
    if not page.is_file():
        return code
    console.print("\nOpen the class page in a browser:", f"  {page.as_uri()}", sep="\n", markup=False, soft_wrap=True)
    console.print(
        "nbgrader's own view of the same grades:",
        f"  cd {directory} && {Path(sys.executable).parent / 'jupyter'} lab",
        sep="\n", markup=False, soft_wrap=True,
    )  # fmt: skip
    if sys.stdout.isatty() and os.environ.get("DISPLAY"):
        webbrowser.open(page.as_uri())
    return code


def _set_due_dates(directory: Path) -> None:
    course = open_course(directory)
    with contextlib.closing(open_gradebook(course.directory)) as gradebook:
        for assignment, due in DUE.items():
            gradebook.add_assignment(assignment, duedate=due)
