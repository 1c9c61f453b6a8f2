"""`check("x_t")` without the second argument, and what `autograder check` prints of a whole notebook."""

from __future__ import annotations

import json
import shutil
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell

from autograder.student.check_notebook import check_notebook

ROOT = Path(__file__).parents[2]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(ROOT / "assignments" / "lstm", tmp_path / "lstm")
    monkeypatch.chdir(tmp_path / "lstm")
    InteractiveShell.clear_instance()  # with what another notebook defined
    return tmp_path / "lstm"


def said(source: str, **names: Any) -> Any:
    """What the last line of a cell gives."""
    namespace = {"np": np, **names}
    exec("from autograder import check\n" + source, namespace)
    return namespace["given"]


CELL = "def cell_state(f_t, c_prev, i_t, g_t):\n    return {value}\n\n\ngiven = check('cell_state')"


def test_is_looked_up_where_it_is_called(here: Path) -> None:
    assert said(CELL.format(value="f_t * c_prev + i_t * g_t")).points == 2
    assert said(CELL.format(value="f_t * c_prev")).points == 0


def test_what_was_written_names_its_exercise(here: Path) -> None:
    source = CELL.format(value="f_t * c_prev + i_t * g_t")
    assert said(source.replace("'cell_state'", "cell_state")).points == 2
    assert said("class LSTM:\n    pass\n\n\ngiven = check(LSTM)").verdict.exercise == "lstm"
    assert said("given = check('LSTMCell')").verdict.exercise == "lstm_cell"


def test_what_is_not_there_is_told(here: Path) -> None:
    given = said("given = check('cell_state')")
    assert "cell_state" in str(given.verdict.message)
    assert given.points == 0


def test_a_name_that_is_nearly_right_is_named(here: Path) -> None:
    given = said("def cell_states(f_t, c_prev, i_t, g_t):\n    return f_t\n\n\ngiven = check('cell_state')")
    assert "cell_states" in str(given)


def test_the_name_of_another_exercise_is_no_slip_of_the_pen(here: Path) -> None:
    given = said("def output_gate(*given):\n    pass\n\n\ngiven = check('forget_gate')")
    assert str(given.verdict.message).startswith("Nothing with the name `forget_gate` was defined")
    assert "output_gate" not in str(given)


@pytest.mark.parametrize("magic", ["%%timeit -n 1 -r 1", "%%time"])
def test_a_magic_that_keeps_nothing_is_named(here: Path, magic: str) -> None:
    shell = InteractiveShell.instance()
    shell.run_cell(f"{magic}\n" + CELL.split("\n\n\n")[0].format(value="f_t * c_prev + i_t * g_t"), store_history=True)
    shell.run_cell("from autograder import check\ngiven = check('cell_state')", store_history=True)
    given = shell.user_ns["given"]
    assert given.points == (0 if "timeit" in magic else 2)
    assert ("Your cell defines it under `%%timeit`" in str(given.verdict.message)) == ("timeit" in magic)


@pytest.mark.parametrize(("answer", "points"), [("return f_t * c_prev + i_t * g_t", 2), ("return (", 0)])
def test_the_terminal_looks_it_up_too(
    here: Path, capsys: pytest.CaptureFixture[str], answer: str, points: float
) -> None:
    path = here / "lstm.ipynb"
    content = json.loads(path.read_text("utf-8"))
    for cell in content["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if name == "cell_state":
            cell["source"] = f"def cell_state(f_t, c_prev, i_t, g_t):\n    {answer}"
        if name == "cell_state_check":
            cell["source"] = "check('cell_state')"
    path.write_text(json.dumps(content), "utf-8")
    assert check_notebook(path, as_json=True) == 0
    told = json.loads(capsys.readouterr().out)
    found = {one["exercise"]: one for one in told}
    assert found["cell_state"]["points"] == points
    if not points:
        assert "SyntaxError" in json.dumps(found["cell_state"])


def answered(here: Path, **answers: str) -> Path:
    """The notebook with these bodies."""
    path = here / "lstm.ipynb"
    content = json.loads(path.read_text("utf-8"))
    for cell in content["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if name in answers:
            source = "".join(cell["source"])
            cell["source"] = source[: source.rindex("raise")] + answers[name]
    path.write_text(json.dumps(content), "utf-8")
    return path


GATE = "return ops.sigmoid(ops.matmul(x_t, W_{0}) + ops.matmul(h_prev, U_{0}) + b_{0})"


def test_an_overview_and_the_card_to_work_on(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = GATE.format("i").replace("+ b_i", "")
    path = answered(here, forget_gate=GATE.format("f"), input_gate=wrong, output_gate=GATE.format("o"))
    assert check_notebook(path) == 0
    shown = capsys.readouterr().out
    lines = shown.splitlines()
    assert len(lines) > 11
    assert lines[0].split() == ["✓", "forget_gate", "2", "of", "2", "Passed"]
    assert lines[1].split()[:2] == ["✗", "input_gate"]
    assert lines[8].split()[:2] == ["○", "LSTM"]
    assert shown.count("Not right yet") == 2  # in its line, and on its card
    assert "bias" in shown
    more = "4 more points are for what you write in words; a person gives them."
    assert lines[-1] == f"2 of 11 exercises are right: 4 of 46 points. {more}"


@pytest.mark.parametrize("name", ["forget_gate", "LSTMCell", "lstm_cell"])
def test_one_exercise_alone(here: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert check_notebook(here / "lstm.ipynb", only=[name]) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("0 of 1 exercise is right")


def test_all_cards(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check_notebook(here / "lstm.ipynb", show_all=True) == 0
    assert capsys.readouterr().out.count("Look at next") >= 10


def test_an_exercise_that_is_not_there(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check_notebook(here / "lstm.ipynb", only=["forget"]) == 1
    assert "has no check of forget. There are: forget_gate, input_gate" in " ".join(capsys.readouterr().err.split())


def _of_another_version(checks: Path) -> None:
    checks.write_bytes(zlib.compress(msgspec.msgpack.encode({"version": 99, "sheets": {"of": "another form"}})))


@pytest.mark.parametrize(
    ("spoil", "error", "told"),
    [
        (lambda checks: checks.write_bytes(b"half a file"), "SheetError", "lstm.checks is damaged"),
        (lambda checks: checks.write_bytes(zlib.compress(b"no sheets")), "SheetError", "lstm.checks is damaged"),
        (_of_another_version, "SheetError", "lstm.checks has version 99, this autograder reads"),
        (Path.unlink, "LookupError", "There is no exercise 'cell_statt' here. Did you mean 'cell_state'?"),
    ],
)
def test_what_is_wrong_with_the_cases_is_one_sentence(
    here: Path, spoil: Callable[[Path], None], error: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(here / "lstm.checks")
    shell = InteractiveShell.instance()
    name = "cell_statt" if error == "LookupError" else "cell_state"
    shell.run_cell(f"from autograder import check\ncheck({name!r}, print)")
    shown = capsys.readouterr().out
    assert told in shown
    assert len(shown.strip().splitlines()) == 1
    assert shown.startswith(f"{error}: ")
    if error == "SheetError":
        assert check_notebook(here / "lstm.ipynb") == 2
        assert capsys.readouterr().err.count("lstm.checks") == 1
