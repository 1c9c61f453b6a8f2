"""Whatever file is handed in, reading it ends, and gives a program that holds the whole assignment."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mutants import REPRODUCIBLE, Base, mutants, worst

from autograder.model import Submission
from autograder.notebooks.autograded import autograded_notebook
from autograder.notebooks.finding import find_submissions
from autograder.notebooks.reading import MAX_BYTES
from autograder.notebooks.release import read_release
from autograder.notebooks.submission import hash_of, read_submission

ROOT = Path(__file__).parents[2]
PERFECT = json.loads((ROOT / "tests/class/submitted/perfect/rnn/rnn.ipynb").read_text("utf-8"))
RELEASE = read_release(ROOT, "rnn")
WORST = worst(PERFECT)
BASE = Base(PERFECT)
MANY = 3000 if "GATEBOOK_REPEATS" in os.environ else 1000
"""`make repeats` tries all of them, and the gate does."""


def is_whole(submission: Submission, path: Path) -> None:
    """Every cell of the assignment is there once, given ones as given; all can be written as UTF-8."""
    ids = [cell.id for cell in submission.cells]
    assert len(ids) == len(set(ids))
    by_id = {cell.id: cell for cell in submission.cells}
    for released in RELEASE.cells:
        if released.role == "student":
            continue
        cell = by_id[released.id]
        assert (cell.role, cell.is_code) == (released.role, released.is_code)
        if released.role in ("grade", "locked"):
            assert (cell.source, cell.exercise, cell.points) == (released.source, released.exercise, released.points)
    for cell in submission.cells:
        cell.source.encode()
        cell.id.encode()
    assert len(submission.sha256) == 64
    assert submission.sha256 == hash_of(path)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("handed-in") / "rnn.ipynb"


@settings(REPRODUCIBLE, max_examples=MANY)
@given(data=mutants(BASE))
def test_mutants(place: Path, data: bytes) -> None:
    place.write_bytes(data)
    is_whole(read_submission(place, "ada", RELEASE), place)


@settings(REPRODUCIBLE, max_examples=200)
@given(data=mutants(BASE))
def test_mutants_as_notebooks_for_nbgrader(place: Path, data: bytes) -> None:
    import nbformat

    place.write_bytes(data)
    submission = read_submission(place, "ada", RELEASE)
    notebook = autograded_notebook(place, submission, RELEASE)
    nbformat.validate(notebook)
    nbformat.writes(notebook, version=4).encode()


@pytest.mark.parametrize("name", WORST)
def test_the_worst(tmp_path: Path, name: str) -> None:
    path = tmp_path / "rnn.ipynb"
    path.write_bytes(WORST[name])
    is_whole(read_submission(path, "ada", RELEASE), path)


def test_a_good_notebook_is_read(tmp_path: Path) -> None:
    """So that the tests above do not all look at files that cannot be read."""
    path = tmp_path / "rnn.ipynb"
    path.write_text(json.dumps(PERFECT), "utf-8")
    submission = read_submission(path, "ada", RELEASE)
    assert (submission.unreadable, submission.notes) == ("", ())
    readable = (
        "bom",
        "utf16",
        "latin1",
        "version_99",
        "one_cell_id",
        "damaged_cells",
        "double_keys",
        "same_cell_often",
    )
    for name in readable:
        path.write_bytes(WORST[name])
        assert not read_submission(path, "ada", RELEASE).unreadable, name


# ---------------------------------------------------------------------------------------------------- odd files


def _submit(root: Path) -> Path:
    folder = root / "submitted" / "ada" / "rnn"
    folder.mkdir(parents=True)
    return folder / "rnn.ipynb"


def _link_to(target: str) -> Any:
    return lambda path: path.symlink_to(target)


def _socket(path: Path) -> None:
    here = os.getcwd()
    os.chdir(path.parent)
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(path.name)
    finally:
        os.chdir(here)


def _huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)


def _linked_folder(path: Path) -> None:
    path.parent.rmdir()
    path.parent.symlink_to("/etc")


def _loop(path: Path) -> None:
    path.symlink_to(path.name)


ODD_FILES = {
    "nothing": lambda path: None,
    "link_to_passwd": _link_to("/etc/passwd"),
    "link_to_zeros": _link_to("/dev/zero"),
    "link_to_nothing": _link_to("nowhere"),
    "link_to_itself": _loop,
    "fifo": os.mkfifo,
    "socket": _socket,
    "folder": Path.mkdir,
    "huge": _huge,
    "linked_folder": _linked_folder,
    "full_of_zeros": lambda path: path.write_bytes(bytes(MAX_BYTES)),
}


@pytest.mark.parametrize("kind", ODD_FILES)
def test_odd_files(tmp_path: Path, kind: str) -> None:
    ODD_FILES[kind](_submit(tmp_path))
    (found,) = find_submissions(tmp_path, "rnn")
    submission = read_submission(found.path, found.student, RELEASE)
    assert submission.unreadable
    assert "root:" not in str(submission.unreadable)
    is_whole(submission, found.path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_unreadable_file(tmp_path: Path) -> None:
    path = _submit(tmp_path)
    path.write_text(json.dumps(PERFECT))
    path.chmod(0)
    assert "could not be opened: Permission denied" in read_submission(path, "ada", RELEASE).unreadable


@settings(REPRODUCIBLE, max_examples=100)
@given(name=st.binary(min_size=1, max_size=40).filter(lambda b: not {0, 47} & set(b) and b not in (b".", b"..")))
def test_any_file_name(tmp_path_factory: pytest.TempPathFactory, name: bytes) -> None:
    folder = tmp_path_factory.mktemp("names") / "submitted" / "ada" / "rnn"
    folder.mkdir(parents=True)
    path = folder / (os.fsdecode(name) + ".ipynb")
    path.write_text(json.dumps(PERFECT), "utf-8")
    for found in find_submissions(folder.parents[2], "rnn"):
        is_whole(read_submission(found.path, found.student, RELEASE), found.path)
    submission = read_submission(path, "ada", RELEASE)
    is_whole(submission, path)
    assert not submission.unreadable


def test_a_folder_does_not_hide_the_notebook(tmp_path: Path) -> None:
    path = _submit(tmp_path)
    path.with_name("old.ipynb").mkdir()
    path.with_name("rnn (1).ipynb").write_text(json.dumps(PERFECT))
    (found,) = find_submissions(tmp_path, "rnn")
    assert found.path.name == "rnn (1).ipynb"
