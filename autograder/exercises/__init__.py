"""The exercises, one file each, found by file name."""

from __future__ import annotations

import importlib
import pkgutil

from autograder.model import Exercise


def ids() -> tuple[str, ...]:
    """The ids of all exercises, sorted."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))


def load(exercise_id: str) -> Exercise:
    """The exercise of that id.

    Raises:
        KeyError: there is no such exercise; the message lists those that there are.
        ValueError: the file's exercise carries another id than its file name.
    """
    if exercise_id not in ids():
        raise KeyError(f"no exercise {exercise_id!r}; there are: {', '.join(ids())}")
    exercise: Exercise = importlib.import_module(f"{__name__}.{exercise_id}").EXERCISE
    if exercise.id != exercise_id:
        raise ValueError(f"autograder/exercises/{exercise_id}.py defines the exercise {exercise.id!r}")
    return exercise
