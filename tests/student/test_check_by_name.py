"""`check("x_t")` without the second argument: looked up, or a card that says what is missing."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

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


def test_what_is_not_there_is_told(here: Path) -> None:
    given = said("given = check('cell_state')")
    assert "cell_state" in str(given.verdict.message)
    assert given.points == 0


def test_a_name_that_is_nearly_right_is_named(here: Path) -> None:
    given = said("def cell_states(f_t, c_prev, i_t, g_t):\n    return f_t\n\n\ngiven = check('cell_state')")
    assert "cell_states" in str(given)


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
