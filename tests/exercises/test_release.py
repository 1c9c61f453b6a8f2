"""The committed assignments are what the solutions give, and agree with the exercises."""

from __future__ import annotations

import dataclasses
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from autograder import exercises, publish
from autograder.gradebook import open_course
from autograder.language import words
from autograder.model import Sheet
from autograder.oracle import answer_sheet
from autograder.publish import same_sheets
from autograder.release import public_sheet
from autograder.syntax import defined_names, needed_names
from autograder.worker.protocol import decode_array

ROOT = Path(__file__).parents[2]
ASSIGNMENTS = sorted(path.parent.name for path in (ROOT / "solutions").glob("*/*.ipynb"))


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_assignments_are_generated_from_solutions(assignment: str) -> None:
    assert publish.verify(open_course(ROOT), assignment)


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_notebook_and_exercises_agree(assignment: str) -> None:
    cells = [cell for cell in open_course(ROOT).release(assignment).cells if cell.exercise]
    assert {cell.exercise for cell in cells} == {
        name for name in exercises.ids() if exercises.load(name).assignment == assignment
    }
    for cell in cells:
        exercise = exercises.load(str(cell.exercise))
        assert cell.points == exercise.points
        assert cell.names == (exercise.entry_point,)
        assert cell.id == f"{exercise.id}_check"


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_only_demo_cells_draw_with_the_reference(assignment: str) -> None:
    """A grading worker has no `reference`; and of it a notebook may know the diagrams alone."""
    notebook = json.loads((ROOT / "solutions" / assignment / f"{assignment}.ipynb").read_text("utf-8"))
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        draws = "diagram" in defined_names(source) | needed_names(source)
        if cell["cell_type"] == "code" and ("reference" in source or draws):
            assert "demo" in cell["metadata"]["tags"], source
            assert source.count("reference") == source.count("from reference import diagram"), source


def test_a_sheet_with_other_words_is_another_one() -> None:
    """What a probe tells stands in the released file, and nowhere else on a student's machine."""
    sheet = public_sheet("lstm_cell")
    assert same_sheets((sheet,), (sheet,))
    told = dataclasses.replace(sheet.probes[0], right=words("It is right at full moon."))
    assert not same_sheets((sheet,), (dataclasses.replace(sheet, probes=(told, *sheet.probes[1:])),))
    case = dataclasses.replace(sheet.cases[0], description=words("another case"))
    assert not same_sheets((sheet,), (dataclasses.replace(sheet, cases=(case, *sheet.cases[1:])),))


def test_sheets_made_in_two_threads_are_those_of_one() -> None:
    """Asking a witness of layers sets how weights begin; a model that is trained meanwhile must not begin so."""

    def sheet(name: str) -> Sheet:
        return answer_sheet(exercises.load(name), np.random.default_rng(7), "seed")

    names = ("simple_cnn", "conv2d", "max_pool2d")
    with ThreadPoolExecutor(len(names)) as threads:
        together = tuple(threads.map(sheet, names))
    alone = tuple(map(sheet, names))
    assert same_sheets(together, alone)
    threshold = [e.value for sheets in (together, alone) for c in sheets[0].cases for e in c.expected[0] if e.at_least]
    assert [decode_array(value) > 0.5 for value in threshold] == [True, True]
