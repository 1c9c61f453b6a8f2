"""`autograder check NOTEBOOK` ends, whatever a notebook does, and says what is known."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]
ENDLESS = "while True:\n        pass"
STUBBORN = """while True:
        try:
            while True:
                pass
        except BaseException:
            pass"""
COMPILED = "sum(iter(int, 1))"
FUNCTION = "def rnn_unroll(x, h_0, W, U, b):\n    {body}\n"


def named(cell: dict[str, Any]) -> str:
    return str(cell["metadata"].get("nbgrader", {}).get("grade_id", ""))


def checked(
    folder: Path, answer: str, *options: str, before: Callable[[], Any] | None = None
) -> subprocess.CompletedProcess[str]:
    """Check the solution's step, and another answer for the loop over time."""
    notebook = json.loads((ROOT / "solutions" / "rnn" / "rnn.ipynb").read_text("utf-8"))
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    notebook["cells"] = [code[0], *(cell for cell in code if named(cell).startswith(("rnn_step", "rnn_unroll")))]
    for cell in code:
        if named(cell) == "rnn_unroll":
            cell["source"] = answer
    path = folder / "rnn.ipynb"
    path.write_text(json.dumps(notebook), "utf-8")
    (folder / "rnn.checks").write_bytes((ROOT / "solutions" / "rnn" / "rnn.checks").read_bytes())
    command = [sys.executable, "-c", "from autograder.cli import main; main()", "check", str(path), *options]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "GATEBOOK_LANGUAGE": "en"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, preexec_fn=before)


def as_a_shell_starts_it_in_the_background() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@pytest.mark.parametrize("before", [None, as_a_shell_starts_it_in_the_background])
def test_a_question_that_never_ends_costs_its_exercise_alone(tmp_path: Path, before: Callable[[], Any] | None) -> None:
    done = checked(tmp_path, FUNCTION.format(body=ENDLESS), "--question-seconds", "2", "--json", before=before)
    assert done.returncode == 0, done.stderr
    verdicts = {verdict["exercise"]: verdict for verdict in json.loads(done.stdout)}
    assert verdicts["rnn_unroll"]["status"] == "timed_out"
    assert {name for name, verdict in verdicts.items() if verdict["status"] == "passed"} == verdicts.keys() - {
        "rnn_unroll"
    }


def test_a_cell_that_never_ends_is_named_and_left(tmp_path: Path) -> None:
    done = checked(
        tmp_path, "def rnn_unroll(*given):\n    pass\n\nimport time\ntime.sleep(1e6)", "--cell-seconds", "20"
    )
    assert done.returncode == 0, done.stderr
    assert "(rnn_unroll) took longer than 20 seconds and was stopped" in done.stderr.replace("\n", " ")
    assert "1 of 2 exercises are right: 2 of 6 points." in done.stdout


@pytest.mark.parametrize("body", [STUBBORN, COMPILED], ids=["stubborn", "compiled"])
def test_what_cannot_be_stopped_ends_the_command_with_what_is_known(tmp_path: Path, body: str) -> None:
    done = checked(tmp_path, FUNCTION.format(body=body), "--question-seconds", "2")
    assert done.returncode == 1
    assert "✓ rnn_step        2 of 2  Passed" in done.stdout
    assert "rnn_unroll" in done.stderr
