"""Where the commands look for what lies beside the package, in a checkout."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from unittest import mock

import pytest

from autograder.commands.demo import bundled_course
from autograder.sheets.maker import SheetMaker

ROOT = Path(__file__).parents[2]


def test_the_demonstration_is_made_from_the_checkout() -> None:
    assert bundled_course() == ROOT
    assert (bundled_course() / "solutions" / "rnn" / "rnn.ipynb").is_file()


def test_sheets_are_made_by_the_code_that_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """And by no other that is installed too."""
    started = mock.Mock(side_effect=OSError("no process"))
    monkeypatch.setattr(subprocess, "Popen", started)
    with pytest.raises(OSError, match="no process"):
        SheetMaker().start()
    first, *_ = started.call_args.kwargs["env"]["PYTHONPATH"].split(os.pathsep)
    assert Path(first) == ROOT
