"""The students of the demonstration, as their files stand."""

from __future__ import annotations

import ast
import json
import re
import shutil
from collections import Counter
from pathlib import Path

import nbformat
import pytest

from autograder.course.folder import Course, open_course
from autograder.demo.handing_in import DUE, hand_in
from autograder.demo.pieces import Student, students, styles
from autograder.integrity import own_code, similarity
from autograder.notebooks.submission import read_submission

ROOT = Path(__file__).parents[2]
ASSIGNMENTS = tuple(DUE)
CLASS = students()
BROKEN_OFF = ("nakamura_yui", "lstm")
SYNTAX_ERROR = ("hernandez_diego", "rnn", "rnn_step")


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A course in which the class has handed in."""
    root = tmp_path_factory.mktemp("class")
    for step in ("solutions", "assignments"):
        for name in ASSIGNMENTS:
            shutil.copytree(ROOT / step / name, root / step / name)
    shutil.copy(ROOT / "nbgrader_config.py", root)
    counts = hand_in(root)
    for name, count in counts.items():
        assert len(list(root.glob(f"submitted/*/{name}/*.ipynb"))) == count
    return open_course(root)


def test_a_class_of_about_thirty_with_names() -> None:
    assert 28 <= len(CLASS) <= 32
    assert len({student.id for student in CLASS}) == len(CLASS)
    assert all(re.fullmatch(r"[a-z]+_[a-z]+", student.id) for student in CLASS)


@pytest.mark.parametrize("student", CLASS, ids=lambda student: student.id)
def test_a_file_says_what_is_special_and_speaks_of_the_assignments(student: Student) -> None:
    assert student.said.endswith(".")
    assert {piece.assignment for piece in student.pieces} <= set(ASSIGNMENTS)


def test_about_a_third_has_all_right() -> None:
    assert sum(student.said.startswith("All right") for student in CLASS) == 10


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_styles_are_of_answers_and_are_called_differently(course: Course, assignment: str) -> None:
    cells = {cell.id for cell in course.release(assignment).cells}
    found = Counter((*piece.what.partition(" ")[::2], piece.functions) for piece in styles(assignment))
    assert {cell for cell, _, _ in found} <= cells
    assert set(found.values()) == {1}


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_notebooks_are_valid_and_answers_are_python(course: Course, assignment: str) -> None:
    release = course.release(assignment)
    files = course.submissions(assignment)
    assert len(files) == len(CLASS) - 1
    for file in files:
        submission = read_submission(file.path, file.student, release)
        assert bool(submission.unreadable) == ((file.student, assignment) == BROKEN_OFF)
        if submission.unreadable:
            continue
        nbformat.validate(json.loads(file.path.read_bytes()))
        for cell in submission.cells:
            if cell.role == "solution" and cell.is_code:
                assert '"""' in cell.source
                if (file.student, assignment, cell.id) == SYNTAX_ERROR:
                    with pytest.raises(SyntaxError):
                        ast.parse(cell.source)
                else:
                    ast.parse(cell.source)


def test_one_pair_is_alike(course: Course) -> None:
    found = {}
    for assignment in ASSIGNMENTS:
        release = course.release(assignment)
        reader = own_code.Reader(release)
        own = [
            reader.own_code(read_submission(file.path, file.student, release))
            for file in course.submissions(assignment)
        ]
        found[assignment] = [group.students for group in similarity.compare(assignment, own).groups]
    assert found == {"rnn": [], "lstm": [("costa_rafael", "silva_mateus")]}
