"""The exercises: one file each, in the folder of its assignment, found by file name.

Installed packages may bring more, by entry points of the group `gatebook.exercises`:

    [project.entry-points."gatebook.exercises"]
    leaky_step = "my_course.leaky_step:EXERCISE"

and the notebooks that ask them, in `solutions/<assignment>/` of the package.
"""

from __future__ import annotations

import difflib
import functools
import importlib.util
import pkgutil
from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autograder.model import Exercise

EXERCISES = "gatebook.exercises"
"""The group of entry points by which installed packages bring theirs."""

KIT = "kit"
"""The folder that holds no exercise, but what exercises are made of."""


def ids() -> tuple[str, ...]:
    """The ids of all exercises, sorted."""
    return tuple(sorted(_found()))


def load(exercise_id: str) -> Exercise:
    """The exercise of that id.

    Raises:
        KeyError: there is no such exercise; the message lists those that there are.
        TypeError: what the file or the entry point names is no exercise.
        ValueError: the exercise carries another id or assignment than its file says.
    """
    from autograder.model import Exercise

    if exercise_id not in _found():
        near = difflib.get_close_matches(exercise_id, ids(), 1)
        meant = f"; was {near[0]!r} meant?" if near else ""
        raise KeyError(f"no exercise {exercise_id!r}{meant} There are: {', '.join(ids())}")
    where = _found()[exercise_id]
    exercise = where.load()
    if not isinstance(exercise, Exercise):
        raise TypeError(f"{where.value} is no Exercise, but {type(exercise).__name__}")
    if exercise.id != exercise_id:
        raise ValueError(f"{where.value} has the id {exercise.id!r}; its name here is {exercise_id!r}")
    package, _, folder = where.module.rpartition(".")[0].rpartition(".")
    if package == __name__ and exercise.assignment != folder:
        raise ValueError(f"{where.value} lies in the folder {folder!r} and belongs to {exercise.assignment!r}")
    return exercise


def solutions(assignment: str) -> Path | None:
    """The source folder of an assignment that an installed package brings with its exercises: `solutions/<assignment>/`
    in the package. None where none does."""
    packages = {place.module.partition(".")[0] for place in _found().values()} - {__name__.partition(".")[0]}
    for package in sorted(packages):
        spec = importlib.util.find_spec(package)
        for folder in (spec.submodule_search_locations or ()) if spec is not None else ():
            if any(Path(folder, "solutions", assignment).glob("*.ipynb")):
                return Path(folder, "solutions", assignment)
    return None


def module_of(exercise_id: str) -> str:
    """The module that an exercise is written in."""
    return _found()[exercise_id].module


@functools.cache
def _found() -> Mapping[str, EntryPoint]:
    """Where each exercise is. Two of one name are refused: a grade would hang on the order of installation.

    Raises:
        ValueError: two exercises have the same id.
    """
    found: dict[str, EntryPoint] = {}
    for name in _of_this_package():
        place = EntryPoint(name.rpartition(".")[2], f"{name}:EXERCISE", EXERCISES)
        _add(found, place)
    for place in entry_points(group=EXERCISES):
        _add(found, place)
    return found


def _add(found: dict[str, EntryPoint], place: EntryPoint) -> None:
    if (known := found.get(place.name)) is not None and known.value != place.value:
        raise ValueError(
            f"two exercises are called {place.name!r}: {known.value} and {place.value}. Rename one of them."
        )
    found[place.name] = place


def _of_this_package() -> list[str]:
    modules = []
    for folder in pkgutil.iter_modules(__path__, f"{__name__}."):
        if folder.ispkg and folder.name != f"{__name__}.{KIT}":
            places = [f"{place}/{folder.name.rpartition('.')[2]}" for place in __path__]
            modules += [module.name for module in pkgutil.iter_modules(places, f"{folder.name}.")]
    return modules
