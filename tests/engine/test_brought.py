"""Code that was handed in beside the notebook is read like the cells."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from autograder.brought import reaches_of, sealed_files
from autograder.model import Cell, FileBeside, Submission

FORBIDDEN = {"check": ("keras.layers.LSTM",)}


def submission(folder: Path, files: dict[str, str | bytes], *, given: bool = False) -> Submission:
    found = []
    for name, content in files.items():
        path = folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        found.append(FileBeside(name, path, path.stat().st_size, given))
    cells = (Cell("answer", "solution", "def answer(x):\n    return x", 0),)
    return Submission("ada", "rnn", "rnn", "", cells, files=tuple(found))


def kinds(given: Submission) -> set[tuple[str, str]]:
    return {(reach.cell_id, reach.kind) for reach in reaches_of(given, FORBIDDEN)}


def test_a_plain_module_is_a_reason_to_ask_again_and_no_more(tmp_path: Path) -> None:
    assert kinds(submission(tmp_path, {"helper.py": "def f(x):\n    return x\n"})) == {("helper.py", "indirect")}


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("import sys\nf = sys._getframe()\n", "internals"),
        ("exec('x = 1')\n", "code"),
        ("import keras\nlayer = keras.layers.LSTM\n", "builtin"),
        ("def broken(:\n", "indirect"),
    ],
)
def test_a_module_is_read_like_a_cell(tmp_path: Path, source: str, kind: str) -> None:
    assert ("tqdm.py", kind) in kinds(submission(tmp_path, {"tqdm.py": source}))


@pytest.mark.parametrize("name", ["a.so", "a.npy", "a.pyc", "a.zip", "a.py.bak", "a", "latin.py"])
def test_what_nobody_reads_is_told(tmp_path: Path, name: str) -> None:
    assert (name, "code") in kinds(submission(tmp_path, {name: b"\xff\x00"}))


def test_data_and_the_instructors_files_are_no_code(tmp_path: Path) -> None:
    assert kinds(submission(tmp_path, {"a.csv": "1", "b.PNG": "2"})) == set()
    assert kinds(submission(tmp_path, {"helper.py": "exec('')", "x.so": ""}, given=True)) == set()


def test_a_module_that_reaches_into_internals_is_not_imported_in_the_sealed_run(tmp_path: Path) -> None:
    given = submission(tmp_path, {"bad.py": "import sys\nf = sys._getframe()\n", "good.py": "x = 1\n", "a.txt": "1"})
    files, lines = sealed_files(given, reaches_of(given, FORBIDDEN))
    assert {file.name: file.module for file in files} == {"bad.py": False, "good.py": True, "a.txt": False}
    assert lines == {"f = sys._getframe()"}


@pytest.mark.parametrize(
    ("call", "told"),
    [
        ("np.load('a.npy', allow_pickle=True)", True),
        ("np.load('a.npy', None, True)", True),
        ("np.load('a.npy', **how)", True),
        ("pd.read_pickle('a')", True),
        ("np.load('a.npy')", False),
        ("np.load('a.npy', allow_pickle=False)", False),
    ],
)
def test_pickled_objects_are_code(tmp_path: Path, call: str, told: bool) -> None:
    cells = (Cell("own", "student", f"import numpy as np, pandas as pd\nhow = dict()\nx = {call}", 0),)
    found = reaches_of(Submission("ada", "rnn", "rnn", "", cells), FORBIDDEN)
    assert any(reach.kind == "code" for reach in found) == told


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("from helper import f", False),
        ("import below.sums as s  # mine", False),
        ("from helper import f; exec('x = 1')", True),
        ("from elsewhere import f", True),
    ],
)
def test_to_import_a_module_that_was_read_is_no_code_from_files(tmp_path: Path, line: str, told: bool) -> None:
    (tmp_path / "below").mkdir()
    given = submission(tmp_path, {"helper.py": "f = 1\n", "below/sums.py": "s = 1\n"})
    given = dataclasses.replace(given, cells=(Cell("own", "student", line, 0),))
    assert (("own", "code") in kinds(given)) == told
