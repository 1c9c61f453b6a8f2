"""`autograder release`: stubs from solutions, proved before they are written."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console

from autograder import exercises
from autograder.cards.console import console as make_console
from autograder.commands.refusals import EXPECTED_ERRORS, refused
from autograder.course.database import GradebookError
from autograder.course.folder import Course, open_course
from autograder.course.settings import SettingsError
from autograder.grading.pipeline import Options
from autograder.handout.bundle import write_bundle
from autograder.handout.client import build


def release(
    course_dir: Path, assignments: tuple[str, ...], *, verify: bool, prove: bool, bundle: bool = False, **changed: Any
) -> int:
    """solutions/ -> assignments/, and bundles/ where they are wanted. changed: as for `grade`."""
    console = make_console()
    if refused(console):
        return 1
    if verify and bundle:
        console.print("--verify changes nothing, and --bundle writes files: give one of the two.", markup=False)
        return 2
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
    with tempfile.TemporaryDirectory() as folder:
        wheel = build(Path(folder)) if bundle else None
        done = [
            _released(course, name, options, verify=verify, prove=prove, wheel=wheel, console=console) for name in names
        ]
    return 0 if all(done) else 1


def _released(
    course: Course, name: str, options: Options, *, verify: bool, prove: bool, wheel: Path | None, console: Console
) -> bool:
    """Release one assignment, and bundle it with the client where there is one; whether that worked."""
    from autograder.grading import publish

    try:
        if not verify and _brought(course.path("source", ".", name), name):
            console.print(f"{name}: its notebook was taken from an installed package.", markup=False)
        said = publish.verify(course, name) if verify else publish.release(course, name, options, prove=prove)
        console.print(f"{name}: {said}", markup=False)
        if wheel is not None:
            bundled = write_bundle(course, name, wheel).relative_to(course.root)
            console.print(f"{name}: one download for students: {bundled}", markup=False)
    except EXPECTED_ERRORS as error:
        console.print(f"{name}: {error}", style="red", markup=False)
        return False
    return True


def _brought(source: Path, name: str) -> bool:
    """Take the source of an assignment from an installed package that brings it, where the course has none."""
    found = None if source.exists() else exercises.solutions(name)
    if found is not None:
        shutil.copytree(found, source)
    return found is not None
