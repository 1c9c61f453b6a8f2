"""The committed assignments are what the solutions give, and agree with the exercises."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from autograder import exercises, publish
from autograder.gradebook import open_course
from autograder.syntax import defined_names, needed_names

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
