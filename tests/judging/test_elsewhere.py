"""What other cells have to do with a verdict."""

from __future__ import annotations

import pytest

from autograder.judging.elsewhere import told
from autograder.model import Cell, Role, Status, Submission, Verdict


def cell(identity: str, role: Role, source: str, index: int | None, *, unchanged: bool = False) -> Cell:
    return Cell(identity, role, source, index, exercise="loop" if role == "grade" else None, unchanged=unchanged)


def submission(*cells: Cell) -> Submission:
    return Submission("s", "a", "a.ipynb", "", cells)


def verdict(status: Status, name: str = "Loop") -> Verdict:
    return Verdict("loop", "Loop", name, "check", status, 0.0, 3.0, "Said.")


STUB = cell("loop", "solution", "class Loop:\n    pass", 4, unchanged=True)
CHECK = cell("check", "grade", "", 5)


@pytest.mark.parametrize("role", ["student", "solution"])
@pytest.mark.parametrize(
    ("place", "said"), [(1, "which comes later, takes its place"), (7, "but it is checked before")]
)
def test_an_answer_beside_its_stub_is_found(place: int, said: str, role: Role) -> None:
    """In a cell of its own, or with the answer of another exercise."""
    own = cell("own", role, "import math\nclass Loop:\n    x = 1", place)
    cells = sorted((STUB, CHECK, own), key=lambda one: one.index or 0)
    (found,) = told(submission(*cells), [verdict("not_attempted")])
    assert str(found.message).startswith(f"Said. Cell {place + 1} of your notebook defines a `Loop`, ")
    assert said in str(found.message)
    assert "cell 5" in str(found.message)
    assert found.written_in == place


def test_what_stands_between_stub_and_check_is_what_was_asked() -> None:
    own = cell("own", "student", "class Loop:\n    x = other()", 6)
    unfinished = verdict("not_attempted")
    check = cell("check", "grade", "", 8)
    assert told(submission(STUB, own, check), [unfinished]) == (unfinished,)


def test_an_untouched_notebook_is_told_nothing() -> None:
    own = cell("own", "student", "Loops = 3", 1)
    untouched = verdict("not_attempted")
    assert told(submission(own, STUB, CHECK), [untouched]) == (untouched,)


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("from keras.layers import Dense, Cell", True), ("from keras.layers import LSTMCell as Cell", True),
        ("from tensorflow.keras.layers import *", True), ("from math import *", False),
        ("from keras.layers import Cell as Other", False), ("def f():\n    from keras.layers import Cell", False),
        ("from keras.layers import Cell\nclass Cell:\n    pass", False),
    ],
)  # fmt: skip
def test_an_import_that_took_a_name_is_named(line: str, named: bool) -> None:
    own = cell("own", "student", f"x = 1\n{line}\ny = 2", 2)
    answer = cell("loop", "solution", "class Loop:\n    def __init__(self):\n        self.cell = Cell()", 4)
    verdicts = [verdict("passed", "Cell"), verdict("forbidden")]
    found = told(submission(own, answer, CHECK), verdicts)[1]
    assert ("is not yours there" in str(found.message)) == named
    if named:
        assert f"`Cell` is not yours there: `{line}`" in str(found.message)
