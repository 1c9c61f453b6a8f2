"""What commands print to a pipe or a file: whole lines, that can be searched."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def said(*arguments: str, cwd: Path, **environment: str) -> tuple[int, str]:
    """The command with its output in pipes, where windows are said to be narrow: (exit code, output)."""
    code = "from autograder.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "40", **environment},
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def deep(tmp_path: Path) -> Path:
    """An empty course folder whose path fills several lines of a terminal."""
    folder = tmp_path.joinpath(*["a folder in a folder in a folder"] * 8)
    folder.mkdir(parents=True)
    return folder


@pytest.mark.parametrize("environment", [{}, {"FORCE_COLOR": "1", "TERM": "dumb"}], ids=["plain", "colours forced"])
@pytest.mark.parametrize("command", ["grade", "report"])
def test_a_message_is_one_line(deep: Path, command: str, environment: dict[str, str]) -> None:
    code, text = said(command, cwd=deep, **environment)
    assert code == 2
    (line,) = text.splitlines()
    assert str(deep) in line


def test_wrong_usage_is_one_line(deep: Path) -> None:
    code, text = said("grade", "--course", str(deep / "none"), cwd=deep)
    assert code == 2
    assert f"'{deep / 'none'}' does not exist." in text
    assert "│" not in text


def test_help_is_not_broken(tmp_path: Path) -> None:
    code, text = said("grade", "--help", cwd=tmp_path)
    assert code == 0
    assert "Exit code 0 when grading worked, whatever the marks; 1 when something could not be graded" in text


def test_a_notebook_without_checks_is_one_line(deep: Path) -> None:
    (deep / "empty.ipynb").write_text('{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}')
    code, text = said("check", str(deep / "empty.ipynb"), cwd=deep)
    assert code == 1
    (line,) = text.splitlines()
    assert line.endswith("holds no check(...) cell. Is it the notebook of an assignment?")


def test_one_place_makes_consoles() -> None:
    """A console of one's own would break lines again."""
    makers = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "autograder").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "Console" and _prints(node)
    }
    assert makers == {"autograder/cards/console.py"}


def _prints(call: ast.Call) -> bool:
    return not any(keyword.arg == "quiet" for keyword in call.keywords)
