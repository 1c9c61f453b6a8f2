"""What cannot be read costs its own student, never the class."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from autograder.course.folder import open_course
from autograder.exercises import ids
from autograder.grading import pipeline
from autograder.grading.pipeline import Grader, Options
from autograder.integrity import own_code, similarity
from autograder.model import Sheet
from autograder.notebooks import submission
from autograder.notebooks.finding import SubmittedFile
from autograder.notebooks.release import Release, read_release
from autograder.notebooks.submission import _additions, read_submission
from autograder.running.host import Zygote
from autograder.sheets.seeds import FIRST

ROOT = Path(__file__).parents[2]
HUGE = "0x" + "f" * 5000
"""A number with more decimal digits than Python writes."""


@pytest.fixture(scope="module")
def released() -> Release:
    return read_release(ROOT, "rnn")


@pytest.fixture
def handed_in(released: Release, tmp_path: Path) -> Path:
    path = tmp_path / "rnn.ipynb"
    notebook = json.loads((ROOT / "assignments" / "rnn" / "rnn.ipynb").read_text("utf-8"))
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == "imports":
            cell["source"] = "".join(cell["source"]) + f"\nbig = {HUGE}\nsmall = 1"
    path.write_text(json.dumps(notebook), "utf-8")
    return path


@pytest.mark.parametrize(
    ("added", "kept"),
    [
        (f"big = {HUGE}\nsmall = 1", f"big = {HUGE}\nsmall = 1"),
        (f"x = {'-' * 3000}1\nsmall = 1", ""),
        (f"x = {' + '.join(['a'] * 2_000)}\nsmall = 1", "small = 1"),
        ("x = " + "[" * 90 + "]" * 90, "x = " + "[" * 90 + "]" * 90),
        ("x = \0", ""),
    ],
    ids=["digits", "signs", "terms", "brackets", "zero"],
)
def test_additions_survive_anything(added: str, kept: str) -> None:
    assert _additions(f"import math\n{added}", "import math").splitlines()[-1:] == kept.splitlines()[-1:]


def test_a_number_of_too_many_digits_in_a_given_cell(released: Release, handed_in: Path) -> None:
    read = read_submission(handed_in, "s", released)
    assert not read.unreadable
    assert f"big = {HUGE}\nsmall = 1" in [cell.source for cell in read.cells]


def test_a_fault_of_reading_is_a_file_that_cannot_be_read(
    released: Release, handed_in: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(submission, "_additions", _fails)
    read = read_submission(handed_in, "s", released)
    assert "ValueError" in str(read.unreadable)
    assert [cell.id for cell in read.cells] == [cell.id for cell in released.cells]


def test_the_class_goes_on(released: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "read_submission", _fails)
    grader = object.__new__(Grader)
    grader._zygote = Zygote()  # which nobody starts
    grader.course = open_course(tmp_path)
    grader.release, grader.assignment, grader.options = released, "rnn", Options(workers=2)
    grader.language = pipeline.find("en")
    grader.versions = {}
    grader._asked = {cell.id: cell.exercise for cell in released.cells if cell.exercise}
    sheets = {name: Sheet(name, "rnn", name, "f", "f()", 2.0, "", "seed", (), ()) for name in ids()}
    monkeypatch.setattr(Grader, "sheets_for", lambda *_: (FIRST, sheets))
    graded = list(grader.grade_class({name: Path("nowhere") for name in ("a", "b", "c")}))
    assert sorted(one.record.student for one in graded) == ["a", "b", "c"]
    assert {one.record.status for one in graded} == {"grader_fault"}
    assert all("too many digits" in one.record.verdicts[0].problem.traceback for one in graded)


def test_the_comparison_goes_on(released: Release, handed_in: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_code, "read_submission", _fails)
    reader = own_code.Reader(released)
    own = own_code._own_code(reader, SubmittedFile("s", handed_in), released)
    assert own == own_code.OwnCode("s", {})
    assert similarity.compare("rnn", [own]).left_out == 1


def _fails(*_: Any) -> Any:
    raise ValueError("too many digits")
