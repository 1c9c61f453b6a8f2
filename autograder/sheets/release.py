"""solutions/ -> assignments/, with the public cases beside each notebook."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
from pathlib import Path

from autograder import exercises
from autograder.judging import sheet_files as sheets
from autograder.model import Sheet
from autograder.sheets import fingerprints, oracle, seeds, standing
from autograder.sheets.seeds import FIRST, Draw


@functools.lru_cache(maxsize=64)
def public_sheet(exercise: str) -> Sheet:
    """The public sheet of one exercise, computed from its file and the reference."""
    asked = exercises.load(exercise)
    sheet = oracle.answer_sheet(asked, seeds.public_generator(exercise), seeds.PUBLIC)
    return dataclasses.replace(sheet, standing=standing.public_sheets(asked, sheet))


def public_path(source: Path, assignment: str) -> Path:
    """Where the public cases of an assignment are kept: in its source folder, beside the notebook, so that nbgrader
    copies them into every release."""
    return source / f"{assignment}{sheets.SUFFIX}"


def public_sheets(source: Path, assignment: str, wanted: tuple[str, ...]) -> dict[str, Sheet]:
    """The public sheets of these exercises: from the file where it has them, else computed."""
    path = public_path(source, assignment)
    found = sheets.read(path) if path.exists() else {}
    return {exercise: found.get(exercise) or public_sheet(exercise) for exercise in wanted}


def secret_sheets(
    course: Path, assignment: str, wanted: tuple[str, ...], grading_round: str, draw: Draw = FIRST
) -> dict[str, Sheet]:
    """The secret sheets of one draw of a grading round, computed once and kept in `.gatebook/`, which students never
    see."""
    secret = seeds.read_secret(course)
    seed = seeds.commitment(secret, grading_round, draw)
    path = _secret_path(course, assignment, seed)
    found = _secret_sheets_of(path)
    missing = [exercise for exercise in wanted if exercise not in found]
    for exercise in missing:
        generator = seeds.secret_generator(secret, grading_round, exercise, draw)
        found[exercise] = oracle.answer_sheet(exercises.load(exercise), generator, seed)
    if missing:
        sheets.write(path, tuple(found[exercise] for exercise in sorted(found)))
        path.chmod(0o600)
        found = sheets.read(path)  # as every later run has them: 2 points are 2.0 there
    return {exercise: found[exercise] for exercise in wanted}


def secret_sheets_are_made(
    course: Path, assignment: str, wanted: tuple[str, ...], grading_round: str, draw: Draw = FIRST
) -> bool:
    """Whether `secret_sheets` has only to read them."""
    seed = seeds.commitment(seeds.read_secret(course), grading_round, draw)
    return set(wanted) <= _secret_sheets_of(_secret_path(course, assignment, seed)).keys()


def _secret_path(course: Path, assignment: str, seed: str) -> Path:
    key = hashlib.sha256(f"{seed} {fingerprints.sheets()}".encode()).hexdigest()[:16]
    return course / ".gatebook" / "sheets" / f"{assignment}-{key}{sheets.SUFFIX}"


def _secret_sheets_of(path: Path) -> dict[str, Sheet]:
    try:
        return sheets.read(path) if path.exists() else {}
    except sheets.SheetError:
        return {}
