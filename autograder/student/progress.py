"""How far a student has come in an assignment: what the last check of each exercise said, kept beside the notebook."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from autograder.model import Progress, ProgressStep, Sheet, Verdict

SUFFIX = ".progress"


def advanced(folder: Path, sheets: tuple[Sheet, ...], verdict: Verdict) -> Progress:
    """Keep what this check said, and say how far that is.

    A file that cannot be read or written costs nothing but the memory: the card shows this exercise alone, then.
    """
    path = folder / f".{sheets[0].assignment}{SUFFIX}"
    known = _read(path)
    before = known.get(verdict.exercise, {})
    known[verdict.exercise] = {"status": verdict.status, "points": verdict.points}
    # What nbgrader runs is not the student's own work at the notebook.
    if "NBGRADER_EXECUTION" not in os.environ:
        _write(path, known)
    steps = tuple(
        ProgressStep(sheet.title, known.get(sheet.exercise, {}).get("status", "not_attempted"),
                     sheet.exercise == verdict.exercise)
        for sheet in sheets
    )  # fmt: skip
    earned = before.get("points")
    gained = verdict.points - earned if isinstance(earned, int | float) else 0.0
    return Progress(sheets[0].assignment, steps, max(gained, 0.0))


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(content, dict):
        return {}
    return {str(name): entry for name, entry in content.items() if _is_entry(entry)}


def _is_entry(entry: Any) -> bool:
    from typing import get_args

    from autograder.model import Status

    return isinstance(entry, dict) and entry.get("status") in get_args(Status)


def _write(path: Path, known: dict[str, Any]) -> None:
    temporary = path.with_name(path.name + ".part")
    try:
        temporary.write_text(json.dumps(known), "utf-8")
        os.replace(temporary, path)
    except OSError:
        return
