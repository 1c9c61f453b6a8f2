"""What people handed in, graded as a class: reasons reach the card, the feedback and the class page."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from autograder.cards.card_text import card_text
from autograder.commands import grade as grading
from autograder.course.completed import completed_records
from autograder.course.folder import open_course
from autograder.model import Record, Verdict

ROOT = Path(__file__).parents[2]
MARKS = ("### BEGIN SOLUTION", "### END SOLUTION")
ORDER = ("rnn_step", "rnn_unroll", "simple_rnn_cell", "simple_rnn", "stacked_rnn")


def solved() -> dict[str, str]:
    """The right answer of every exercise, by its id."""
    notebook = json.loads((ROOT / "solutions/rnn/rnn.ipynb").read_text("utf-8"))
    return {
        name: "\n".join(line for line in "".join(cell["source"]).split("\n") if line.strip() not in MARKS)
        for cell in notebook["cells"]
        if (name := cell["metadata"].get("nbgrader", {}).get("grade_id")) in ORDER
    }


def notebook_of(answers: dict[str, str], own: dict[str, str] | None = None) -> bytes:
    """The released notebook with these answers. own: cells of the student's own, by the cell that each comes before."""
    notebook = json.loads((ROOT / "assignments/rnn/rnn.ipynb").read_text("utf-8"))
    cells: list[dict[str, Any]] = []
    for cell in notebook["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
        if name in (own or {}):
            empty = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
            cells.append({**empty, "id": f"own-{len(cells)}", "source": (own or {})[name]})
        cells.append({**cell, "source": answers[name]} if name in answers else cell)
    return json.dumps({**notebook, "cells": cells}).encode()


def handed_in() -> dict[str, bytes]:
    right = solved()
    places = ("step-demo", "rnn_unroll_check", "simple_rnn_cell_check", "equality", "bug-clinic-check")
    beside = {place: right[name] for place, name in zip(places, ORDER, strict=True)}
    in_place = (
        "def rnn_unroll(x, h_0, W, U, b):\n    states = []\n    for x_t in np.moveaxis(x, 1, 0):\n"
        "        h_0[...] = rnn_step(x_t, h_0, W, U, b)\n        states += [h_0 + 0]\n"
        "    return np.stack(states, 1), h_0"
    )
    width = right["simple_rnn_cell"].replace("self, units, **", "self, width, **").replace("= units\n", "= width\n")
    return {
        "beside": notebook_of({}, beside),
        "zipped": b"PK\x03\x04" + bytes(99),
        "strange": notebook_of(
            {
                **right,
                "rnn_unroll": in_place,
                "simple_rnn_cell": right["simple_rnn_cell"].replace("def call(", "def __call__("),
                "stacked_rnn": f"%colab_only on\n{right['stacked_rnn']}",
            }
        ),
        "pasted": notebook_of(
            {
                **right,
                "rnn_step": f"%%timeit -n 1 -r 1\n{right['rnn_step']}",
                "rnn_unroll": right["rnn_unroll"].replace("h = h_0", "h =\u00a0h_0"),
                "simple_rnn_cell": width,
            },
            {"stacked_rnn": "import keras\nfrom keras.layers import SimpleRNN\nprint(SimpleRNN(2))"},
        ),
    }


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Record], Path]:
    """The records by student, and the course."""
    root = tmp_path_factory.mktemp("field") / "course"
    for folder in ("solutions", "assignments"):
        shutil.copytree(ROOT / folder / "rnn", root / folder / "rnn")
    shutil.copy(ROOT / "nbgrader_config.py", root)
    for student, content in handed_in().items():
        path = root / "submitted" / student / "rnn" / "rnn.ipynb"
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
    assert grading.grade(root, ("rnn",), workers=1) == 0
    return {record.student: record for record in completed_records(open_course(root))}, root


def verdicts(graded: tuple[dict[str, Record], Path], student: str) -> dict[str, Verdict]:
    return {verdict.exercise: verdict for verdict in graded[0][student].verdicts}


def said(verdict: Verdict) -> str:
    return " ".join(card_text(verdict, 100_000).split())


def test_answers_beside_their_stubs_are_found(graded: tuple[dict[str, Record], Path]) -> None:
    found = verdicts(graded, "beside")
    assert found["simple_rnn_cell"].status == "passed"  # it stands between its stub and its check
    for name, place in (
        ("rnn_step", "comes later, takes"),
        ("simple_rnn", "checked before"),
        ("stacked_rnn", "checked"),
    ):
        assert found[name].status == "not_attempted"
        assert f"defines a `{found[name].entry_point}`" in said(found[name])
        assert place in said(found[name])
    assert (found["rnn_unroll"].points, found["rnn_unroll"].stood_in) == (4, ("rnn_step",))  # so does this one
    page = (graded[1] / "reports/index.html").read_text("utf-8")
    assert "3 exercises written in other cells than their stubs" in page
    assert "Nothing was started" not in page


def test_what_cannot_be_read_has_one_reason_everywhere(graded: tuple[dict[str, Record], Path]) -> None:
    record = graded[0]["zipped"]
    assert (record.status, len(record.verdicts)) == ("unreadable", 5)
    assert {str(verdict.message) for verdict in record.verdicts} == {str(record.notes[0])}
    page = (graded[1] / "feedback/zipped/rnn/rnn.html").read_text("utf-8")
    assert "The file is not a notebook" in page
    assert "Repair that first" not in page


def test_what_is_strange_is_named(graded: tuple[dict[str, Record], Path]) -> None:
    found = verdicts(graded, "strange")
    assert found["rnn_unroll"].points == 4
    assert "changes the arrays that it is given" in said(found["rnn_unroll"])
    assert found["simple_rnn_cell"].status == "error"
    assert "Name the method `call`" in said(found["simple_rnn_cell"])
    assert (found["stacked_rnn"].status, found["stacked_rnn"].points) == ("error", 0)
    assert "`%colab_only` is a command of IPython that is not known here" in said(found["stacked_rnn"])


def test_what_was_pasted_is_named(graded: tuple[dict[str, Record], Path]) -> None:
    found = verdicts(graded, "pasted")
    assert found["rnn_step"].status == "passed"
    assert "no-break space (U+00A0)" in said(found["rnn_unroll"])
    assert found["simple_rnn_cell"].points == found["simple_rnn_cell"].max_points - 1  # what get_config calls it
    assert found["stacked_rnn"].status == "forbidden"
    line = "`from keras.layers import SimpleRNN` gives the name to a library's"
    assert f"`SimpleRNN` is not yours there: {line}" in said(found["stacked_rnn"])
