"""Ordinary tests where nbgrader's own rules end, or are wrong: what submissions do to them, and what tests end with."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from other_courses import OURS, answer, graded, notebook, solution, write, written

from autograder.commands import grade as grading
from autograder.commands import release as releasing
from autograder.course.completed import completed_record
from autograder.course.folder import open_course
from autograder.model import Record, Verdict
from autograder.running.host import Zygote

CELLS = [
    solution("twice", "def twice(x):\n" + answer("return 2 * x")),
    graded("twice_right", 2, "assert twice(4) == 8"),
    graded(
        "twice_noisy", 1, "import sys, warnings\nprint('careful', file=sys.stderr)\nwarnings.warn('old')\ntwice(1) == 2"
    ),
    graded("twice_numpy", 1, "import numpy as np\nnp.float64(0.25) * (twice(2) == 4)"),
    solution("read", "def read():\n" + answer("return open('data/given.txt').read()")),
    graded("read_right", 1, "assert read() == 'given'"),
    graded("read_only", 1, "import os\nassert not os.access('data/given.txt', os.W_OK)\nopen('new.txt', 'w').close()"),
    graded("last", 1, "assert True"),
    written("why", 3, "Because."),
]
STRANGE = [
    solution("one", "def one():\n" + answer("return 1")),
    graded("too_many", 2, "3 * one()"),
    graded("negative", 2, "-one()"),
    graded("no_number", 2, "float('nan') * one()"),
    graded("endless", 2, "float('inf') * one()"),
    graded("fine", 2, "2 * one()"),
]
ANSWERS = {
    "twice": "def twice(x):\n    return 2 * x",
    "read": "def read():\n    return open('data/given.txt').read()",
}


def edited(content: dict[str, Any], answers: dict[str, str]) -> dict[str, Any]:
    content = json.loads(json.dumps(content))
    for cell in content["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if name in answers:
            cell["source"] = answers[name]
    return content


def without(content: dict[str, Any], name: str) -> dict[str, Any]:
    cells = [c for c in content["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id") != name]
    return {**content, "cells": cells}


def twofold(content: dict[str, Any], name: str) -> dict[str, Any]:
    again = [c for c in content["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id") == name]
    return {**content, "cells": [*content["cells"], *again]}


@pytest.fixture(scope="module", autouse=True)
def one_fork_server() -> Iterator[None]:
    """For all runs of this module: its start costs as much as what is graded here."""
    with Zygote("full") as started, pytest.MonkeyPatch.context() as patch:
        shared = mock.Mock(wraps=started, level=started.level)
        shared.close = mock.Mock()
        patch.setattr(grading, "_host", mock.Mock(return_value=shared))
        yield


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root: Path = tmp_path_factory.mktemp("odd")
    write(root / "nbgrader_config.py", OURS)
    write(root / "source/odd/odd.ipynb", notebook(CELLS, 4))
    write(root / "source/odd/data/given.txt", "given")
    assert releasing.release(root, (), verify=False, prove=False) == 0
    stub = json.loads((root / "release/odd/odd.ipynb").read_text("utf-8"))
    right = edited(stub, ANSWERS)
    submissions = {
        "right": right,
        "deleted": without(right, "twice_right"),
        "duplicated": twofold(right, "twice_right"),
        "loop": edited(right, {"twice": "def twice(x):\n    while True:\n        pass"}),
        "leaves": edited(right, {"twice": "import os\n\n\ndef twice(x):\n    os._exit(0)"}),
        "hog": edited(right, {"twice": "def twice(x):\n    return [bytearray(2**28) for _ in range(2**10)]"}),
        "edited": edited(right, {"twice_right": "assert True", "twice": "def twice(x):\n    return 0"}),
        "imports": edited(right, {"twice": "from below.helper import twice"}),
        "links": edited(right, {"read": "def read():\n    return open('secret.txt').read()"}),
        "numpy_beside": edited(
            right, {"read": "import numpy\n\n\ndef read():\n    return numpy.__name__ * 0 + 'given'"}
        ),
    }
    for student, content in submissions.items():
        write(root / "submitted" / student / "odd/odd.ipynb", content)
    write(root / "submitted/imports/odd/below/helper.py", "def twice(x):\n    return x + x\n")
    write(root / "submitted/numpy_beside/odd/numpy.py", "raise RuntimeError('not the real one')\n")
    os.symlink(root / "source/odd/odd.ipynb", root / "submitted/links/odd/secret.txt")
    assert grading.grade(root, (), cell_seconds=6.0, memory=1.0) == 0
    return root


def record(root: Path, student: str, assignment: str = "odd") -> Record:
    found = completed_record(open_course(root), assignment, student)
    assert found is not None
    return found


def verdicts(given: Record) -> dict[str, Verdict]:
    return {verdict.cell_id: verdict for verdict in given.verdicts}


@pytest.mark.parametrize("student", ["right", "deleted", "duplicated", "imports", "numpy_beside"])
def test_right_work_earns_everything(course: Path, student: str) -> None:
    given = record(course, student)
    assert {verdict.cell_id: verdict.points for verdict in given.verdicts} == {
        "twice_right": 2, "twice_noisy": 1, "twice_numpy": 0.25, "read_right": 1, "read_only": 1, "last": 1,
    }  # fmt: skip


def test_a_deleted_test_is_restored_and_a_duplicated_one_explained(course: Path) -> None:
    assert any("deleted" in str(note) for note in verdicts(record(course, "deleted"))["twice_right"].notes)
    assert any("2 times" in str(note) for note in verdicts(record(course, "duplicated"))["twice_right"].notes)


@pytest.mark.parametrize(
    ("student", "status"), [("loop", "timed_out"), ("leaves", "error"), ("hog", "out_of_memory"), ("edited", "failed")]
)
def test_a_test_that_is_stopped_costs_itself(course: Path, student: str, status: str) -> None:
    found = verdicts(record(course, student))
    assert (found["twice_right"].status, found["twice_right"].points) == (status, 0)
    assert str(found["twice_right"].message)
    assert {name: found[name].points for name in ("read_right", "read_only", "last")} == {
        "read_right": 1, "read_only": 1, "last": 1,
    }  # fmt: skip


def test_a_link_leads_nowhere(course: Path) -> None:
    found = verdicts(record(course, "links"))["read_right"]
    assert found.status == "error"
    assert found.problem is not None
    assert found.problem.type == "FileNotFoundError"
    assert not (course / "autograded/links/odd/secret.txt").exists()


def test_the_gradebook_holds_the_same(course: Path) -> None:
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as book:
        for student in ("right", "loop", "links"):
            (part,) = book.find_submission("odd", student).notebooks
            points = {grade.name: grade.auto_score for grade in part.grades if grade.name != "why"}
            assert points == {verdict.cell_id: verdict.points for verdict in record(course, student).verdicts}


def test_a_changed_file_beside_the_notebook_is_graded_again(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {name: record(course, name).started for name in ("imports", "right")}
    write(course / "submitted/imports/odd/below/helper.py", "def twice(x):\n    return x\n")
    assert grading.grade(course, ("odd",), cell_seconds=6.0, memory=1.0) == 0
    assert verdicts(record(course, "imports"))["twice_right"].status == "failed"
    assert record(course, "right").started == before["right"]
    assert "9 unchanged submissions kept their grade" in capsys.readouterr().out


def test_a_number_that_makes_no_sense_waits_for_a_person(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from nbgrader.api import Gradebook

    write(tmp_path / "nbgrader_config.py", OURS)
    write(tmp_path / "source/strange/strange.ipynb", notebook(STRANGE, 5))
    assert releasing.release(tmp_path, (), verify=False, prove=False) == 0
    stub = json.loads((tmp_path / "release/strange/strange.ipynb").read_text("utf-8"))
    write(tmp_path / "submitted/ada/strange/strange.ipynb", edited(stub, {"one": "def one():\n    return 1"}))
    assert grading.grade(tmp_path, ()) == 1
    said = capsys.readouterr().out
    assert "strange, ada: the test too_many waits for a person: This test ends with 3" in said
    given = record(tmp_path, "ada", "strange")
    assert (given.points, given.max_points) == (2, 10)
    assert given.by_hand == {"too_many": 2, "negative": 2, "no_number": 2, "endless": 2}
    with Gradebook(f"sqlite:///{tmp_path / 'gradebook.db'}") as book:
        (part,) = book.find_submission("strange", "ada").notebooks
        waiting = {grade.name: (grade.auto_score, grade.needs_manual_grade) for grade in part.grades}
    assert waiting.pop("fine") == (2, False)
    assert set(waiting.values()) == {(None, True)}


def test_what_a_hidden_test_ends_with_is_not_told(tmp_path: Path) -> None:
    """What only the graded run has seen could be made into a number."""
    cells = [
        solution("f", "def f(x):\n" + answer("return 2 * x")),
        graded(
            "f_right", 2,
            "assert f(1) == 2\n### BEGIN HIDDEN TESTS\nassert f(73_019) == 146_038\n### END HIDDEN TESTS",
        ),
        graded("later", 2, "2 * (f(1) == 2)"),
    ]  # fmt: skip
    write(tmp_path / "nbgrader_config.py", OURS)
    write(tmp_path / "source/hid/hid.ipynb", notebook(cells, 5))
    assert releasing.release(tmp_path, (), verify=False, prove=False) == 0
    stub = json.loads((tmp_path / "release/hid/hid.ipynb").read_text("utf-8"))
    tells = (
        "seen = []\ndef f(x):\n    seen.append(x)\n    get_ipython().displayhook(10**9 + max(seen))\n    return 2 * x"
    )
    write(tmp_path / "submitted/ada/hid/hid.ipynb", edited(stub, {"f": tells}))
    write(tmp_path / "submitted/ada/hid/ipython", "a file of this name")
    assert grading.grade(tmp_path, ()) == 1
    found = verdicts(record(tmp_path, "ada", "hid"))
    assert {found["f_right"].status, found["later"].status} == {"ungraded"}
    for folder in ("autograded", "feedback", "reports/students"):
        for path in (tmp_path / folder).rglob("*"):
            if path.is_file() and path.suffix in (".ipynb", ".html"):
                assert "73019" not in path.read_text("utf-8").replace("_", ""), path
