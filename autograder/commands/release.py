"""`autograder release`: stubs from solutions, proved before they are written."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from autograder import exercises
from autograder.cards.console import console as make_console
from autograder.commands.refusals import EXPECTED_ERRORS, refused
from autograder.course.database import GradebookError
from autograder.course.folder import open_course
from autograder.course.settings import SettingsError
from autograder.grading.pipeline import Options


def release(course_dir: Path, assignments: tuple[str, ...], *, verify: bool, prove: bool, **changed: Any) -> int:
    """solutions/ -> assignments/. changed: as for `grade`."""
    from autograder.grading import publish

    console = make_console()
    if refused(console):
        return 1
    try:
        course = open_course(course_dir)
        options = Options.of(course.settings.but(**changed))
    except (GradebookError, SettingsError) as error:
        console.print(str(error), style="red", markup=False)
        return 2
    source = course.path("source", ".", "x").parent
    names = assignments or tuple(
        sorted({path.parent.name for path in source.glob("*/*.ipynb") if not path.name.startswith(".")})
    )
    if not names:
        console.print(
            f"There is nothing to release: no {source / '<assignment>' / '<assignment>.ipynb'}. Is {course.root} the "
            "folder of the course? `--course` gives another one.",
            markup=False,
        )
        return 2
    failed = False
    for name in names:
        try:
            if not verify and _brought(course.path("source", ".", name), name):
                console.print(f"{name}: its notebook was taken from an installed package.", markup=False)
            said = publish.verify(course, name) if verify else publish.release(course, name, options, prove=prove)
        except EXPECTED_ERRORS as error:
            failed = True
            console.print(f"{name}: {error}", style="red", markup=False)
        else:
            console.print(f"{name}: {said}", markup=False)
    return 1 if failed else 0


def _brought(source: Path, name: str) -> bool:
    """Take the source of an assignment from an installed package that brings it, where the course has none."""
    found = None if source.exists() else exercises.solutions(name)
    if found is not None:
        shutil.copytree(found, source)
    return found is not None
