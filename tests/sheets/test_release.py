"""The committed assignments are what the solutions give, and agree with the exercises."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from autograder import exercises
from autograder.answering.protocol import Array, decode_array, encode_array
from autograder.course.folder import open_course
from autograder.grading import publish
from autograder.judging.sheet_files import difference
from autograder.language import Text, words
from autograder.model import Sheet, WrongPairs
from autograder.sheets.oracle import answer_sheet
from autograder.sheets.release import public_sheet
from autograder.syntax import defined_names, needed_names

ROOT = Path(__file__).parents[2]
ASSIGNMENTS = sorted(path.parent.name for path in (ROOT / "solutions").glob("*/*.ipynb"))


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_assignments_are_generated_from_solutions(assignment: str) -> None:
    assert publish.verify(open_course(ROOT), assignment)


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_notebook_and_exercises_agree(assignment: str) -> None:
    released = open_course(ROOT).release(assignment).cells
    defined = {cell.id: cell.names for cell in released}
    cells = [cell for cell in released if cell.exercise]
    assert {cell.exercise for cell in cells} == {
        name for name in exercises.ids() if exercises.load(name).assignment == assignment
    }
    for cell in cells:
        exercise = exercises.load(str(cell.exercise))
        assert cell.points == exercise.points
        assert defined[exercise.id] == (exercise.entry_point,)
        assert cell.id == f"{exercise.id}_check"


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_only_demo_cells_draw_with_the_reference(assignment: str) -> None:
    """A grading worker has no `reference`; and of it a notebook may know the diagrams and the data alone."""
    notebook = json.loads((ROOT / "solutions" / assignment / f"{assignment}.ipynb").read_text("utf-8"))
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        draws = "diagram" in defined_names(source) | needed_names(source)
        if cell["cell_type"] == "code" and ("reference" in source or draws):
            assert "demo" in cell["metadata"]["tags"], source
            known = ("from reference import diagram", "from reference.data")
            assert source.count("reference") == sum(map(source.count, known)), source


def test_any_change_of_a_sheet_is_seen() -> None:
    """Whatever stands in the released file stands nowhere else on a student's machine."""
    seen, overlooked = set(), set()
    for sheet in map(public_sheet, ("lstm_cell", "simple_cnn")):
        assert difference((sheet,), (sheet,)) == ""
        for field, changed in changes(sheet):
            (seen if difference((sheet,), (changed,)) else overlooked).add(field.name)
    assert overlooked == {"seconds"}
    assert {"tolerance", "value"} <= seen
    assert {"axes", "config_back", "description", "hint", "labels", "marks", "pairs", "points", "right"} <= seen


def changes(item: Any) -> Iterator[tuple[dataclasses.Field[Any], Any]]:
    """A structure with one field changed, however deep, once for every field of every kind: (field, structure)."""
    done: set[tuple[type, str]] = set()

    def of(item: Any) -> Iterator[tuple[Any, Any]]:
        if is_structure(item) and not isinstance(item, tuple):
            for field in dataclasses.fields(item):
                held = getattr(item, field.name)
                inner = of(held)
                if not is_structure(held) and held not in ((), {}) and (type(item), field.name) not in done:
                    done.add((type(item), field.name))
                    inner = iter([(field, other(field.name, held))])
                for deep, changed in inner:
                    yield deep, dataclasses.replace(item, **{field.name: changed})
        elif isinstance(item, tuple):
            for index, held in enumerate(item):
                for deep, changed in of(held):
                    yield deep, (*item[:index], changed, *item[index + 1 :])

    return of(item)


def is_structure(item: Any) -> bool:
    """One with fields, or some of these."""
    if isinstance(item, tuple):
        return any(map(is_structure, item))
    return dataclasses.is_dataclass(item) and not isinstance(item, (type, Text))


def other(name: str, value: Any) -> Any:
    """Another value for a field."""
    if isinstance(value, Array):
        return encode_array(decode_array(value) + 1)
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return value + 1
    if isinstance(value, Text):
        return words("changed")
    if isinstance(value, str):
        return f"{value} changed"
    if isinstance(value, dict):
        return dict(list(value.items())[1:])
    if isinstance(value, tuple):
        return (*value, value[0])
    if value is None and name == "labels":
        return encode_array(np.zeros(3))
    if value is None:
        return WrongPairs((0,), (0,), encode_array(np.zeros((1, 1, 1), np.float32)))
    assert isinstance(value, msgspec.Struct)
    return msgspec.structs.replace(value, entry_point="changed")


def test_sheets_made_in_two_threads_are_those_of_one() -> None:
    """Asking a witness of layers sets how weights begin; a model that is trained meanwhile must not begin so."""

    def sheet(name: str) -> Sheet:
        return answer_sheet(exercises.load(name), np.random.default_rng(7), "seed")

    names = ("simple_cnn", "conv2d", "max_pool2d")
    with ThreadPoolExecutor(len(names)) as threads:
        together = tuple(threads.map(sheet, names))
    alone = tuple(map(sheet, names))
    assert difference(together, alone) == ""
    threshold = [e.value for sheets in (together, alone) for c in sheets[0].cases for e in c.expected[0] if e.at_least]
    assert [decode_array(value) > 0.5 for value in threshold] == [True, True]
