"""Whatever the file is, reading it gives a submission."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.course_builder import TinyCourse, cell_of, set_source

from autograder.notebooks import reading
from autograder.notebooks.autograded import autograded_notebook
from autograder.notebooks.finding import find_submissions
from autograder.notebooks.submission import read_submission


def _read(course: TinyCourse, path: Path) -> Any:
    return read_submission(path, "ada", course.release)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"   \n", "empty"),
        (b"%PDF-1.4 not a notebook", "not JSON"),
        (b"[1, 2]", "not a notebook"),
        (b"3", "not a notebook"),
        (b'{"nbformat": 4}', "no list of cells"),
        (b'{"cells": {"a": 1}}', "no list of cells"),
        (b"[" * 100_000, "nested too deeply"),
        (b"1" * 10_000, "not a notebook"),
        (b'{"cells": [\n<<<<<<< HEAD\n1\n=======\n2\n>>>>>>> mine\n]}', "git merge"),
        (b'{"cells": [' + b"1," * 6000 + b"1]}", "6001 cells"),
    ],
)
def test_no_notebook(shared_course: TinyCourse, tmp_path: Path, data: bytes, reason: str) -> None:
    path = tmp_path / "tiny.ipynb"
    path.write_bytes(data)
    submission = _read(shared_course, path)
    assert reason in str(submission.unreadable)
    assert [cell.id for cell in submission.cells] == [cell.id for cell in shared_course.release.cells]
    assert all(cell.unchanged and cell.index is None for cell in submission.cells)
    autograded_notebook(path, submission, shared_course.release)


def test_too_large(shared_course: TinyCourse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_BYTES", 2**20)
    path = tmp_path / "tiny.ipynb"
    path.write_bytes(b" " * (2**20 + 1))
    assert "at most 1 MB" in str(_read(shared_course, path).unreadable)


def test_not_a_regular_file(shared_course: TinyCourse, tmp_path: Path) -> None:
    secret = tmp_path / "solution.ipynb"
    secret.write_text(json.dumps(shared_course.solved()))
    link = tmp_path / "link" / "tiny.ipynb"
    link.parent.mkdir()
    link.symlink_to(secret)
    assert "symbolic link" in str(_read(shared_course, link).unreadable)
    (tmp_path / "folder").symlink_to(tmp_path / "link")
    assert "symbolic link" in str(_read(shared_course, tmp_path / "folder" / "tiny.ipynb").unreadable)
    link.unlink()
    link.symlink_to(tmp_path / "nowhere")
    assert "symbolic link" in str(_read(shared_course, link).unreadable)
    (tmp_path / "directory.ipynb").mkdir()
    assert "not a file" in str(_read(shared_course, tmp_path / "directory.ipynb").unreadable)
    os.mkfifo(tmp_path / "pipe.ipynb")
    assert "not a file" in str(_read(shared_course, tmp_path / "pipe.ipynb").unreadable)
    assert "handed in" in str(_read(shared_course, tmp_path / "missing.ipynb").unreadable)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_unreadable_permissions(shared_course: TinyCourse, tmp_path: Path) -> None:
    path = tmp_path / "tiny.ipynb"
    path.write_text("{}")
    path.chmod(0)
    assert "could not be opened" in str(_read(shared_course, path).unreadable)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
def test_encodings(shared_course: TinyCourse, tmp_path: Path, encoding: str) -> None:
    notebook = shared_course.solved()
    set_source(notebook, "why", "Weil es so schön ist.")
    path = tmp_path / "tiny.ipynb"
    path.write_bytes(json.dumps(notebook, ensure_ascii=False).encode(encoding))
    submission = _read(shared_course, path)
    assert not submission.unreadable
    assert next(cell.source for cell in submission.cells if cell.id == "why") == "Weil es so schön ist."


def test_format_3(shared_course: TinyCourse, tmp_path: Path) -> None:
    notebook = shared_course.solved()
    cells = copy.deepcopy(notebook["cells"])
    for cell in cells:
        del cell["id"]
        if cell["cell_type"] == "code":
            cell["input"] = cell.pop("source").splitlines(keepends=True)
            cell["language"] = "python"
    cells.insert(0, {"cell_type": "heading", "level": 2, "source": "Mine", "metadata": {}})
    path = tmp_path / "tiny.ipynb"
    path.write_text(json.dumps({"worksheets": [{"cells": cells}], "metadata": {}, "nbformat": 3}))
    submission = _read(shared_course, path)
    assert submission.cells[0].source == "## Mine"
    assert not submission.notes
    assert not any(cell.unchanged for cell in submission.cells if cell.role == "solution")


def test_nan_surrogates_and_nul(shared_course: TinyCourse, tmp_path: Path) -> None:
    notebook = shared_course.solved()
    notebook["metadata"]["x"] = float("nan")
    set_source(notebook, "double", "double = '\ud800 \x00'")
    path = tmp_path / "tiny.ipynb"
    path.write_text(json.dumps(notebook))
    submission = _read(shared_course, path)
    assert not submission.unreadable
    "".join(cell.source for cell in submission.cells).encode("utf-8")


def test_other_file_name(tiny: TinyCourse) -> None:
    path = tiny.submit("ada", tiny.solved())
    path.rename(path.with_name("tiny (1).ipynb"))
    (found,) = find_submissions(tiny.root, "tiny")
    submission = read_submission(found.path, found.student, tiny.release)
    assert not submission.unreadable
    assert "tiny (1).ipynb" in str(submission.notes[0])
    (path.parent / "other.ipynb").write_text("{}")
    (found,) = find_submissions(tiny.root, "tiny", "ada")
    assert "which one counts" in str(read_submission(found.path, "ada", tiny.release).unreadable)
    assert find_submissions(tiny.root, "tiny", "bob") == ()
    assert find_submissions(tiny.root, "other") == ()


# -------------------------------------------------------------------------------------------- any JSON at all

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path] + [place for key, inner in items for place in _places(inner, (*path, key))]


def _mutate(notebook: Any, data: st.DataObject) -> Any:
    for _ in range(data.draw(st.integers(1, 4))):
        places = _places(notebook)[1:]
        if not places:
            return notebook
        place = data.draw(st.sampled_from(places))
        holder = notebook
        for key in place[:-1]:
            holder = holder[key]
        action = data.draw(st.sampled_from(("replace", "delete", "copy")))
        if action == "replace":
            holder[place[-1]] = data.draw(JSON)
        elif action == "delete":
            del holder[place[-1]]
        else:
            other = data.draw(st.sampled_from(places))
            value = notebook
            for key in other:
                value = value[key] if not (isinstance(value, list) and key >= len(value)) else None
                if value is None or not isinstance(value, dict | list):
                    break
            value = copy.deepcopy(value)
            if isinstance(holder, list):
                holder.insert(place[-1], value)
            else:
                holder[place[-1]] = value
    return notebook


@settings(max_examples=100, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_damage_is_read(shared_course: TinyCourse, tmp_path_factory: pytest.TempPathFactory, data: Any) -> None:
    """However the notebook was damaged, every nbgrader cell is there once and the notebook for nbgrader is
    valid."""
    import nbformat

    release = shared_course.release
    mutated = _mutate(copy.deepcopy(shared_course.solved()), data)
    path = tmp_path_factory.getbasetemp() / "tiny.ipynb"
    path.write_text(json.dumps(mutated))
    submission = read_submission(path, "ada", release)
    ids = [cell.id for cell in submission.cells]
    assert len(ids) == len(set(ids))
    for cell in release.cells:
        if cell.role != "student":
            assert cell.id in ids
    for cell in submission.cells:
        given_cell = release.cell(cell.id)
        if given_cell is not None and given_cell.role in ("grade", "locked"):
            assert cell.source == given_cell.source
    nbformat.validate(autograded_notebook(path, submission, release))


@settings(max_examples=60, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(value=JSON | st.builds(lambda cells: {"cells": cells, "nbformat": 4}, st.lists(JSON)))
def test_any_json_is_read(shared_course: TinyCourse, tmp_path_factory: pytest.TempPathFactory, value: Any) -> None:
    path = tmp_path_factory.getbasetemp() / "tiny.ipynb"
    path.write_text(json.dumps(value))
    read_submission(path, "ada", shared_course.release)


def test_imports_no_nbgrader() -> None:
    code = (
        "import sys, autograder.notebooks.submission, autograder.course.gradebook\n"
        "assert not {'nbgrader', 'tensorflow', 'sqlalchemy', 'nbformat'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_unchanged_is_blind_to_white_space(shared_course: TinyCourse, tmp_path: Path) -> None:
    path = tmp_path / "tiny.ipynb"
    notebook = shared_course.stub()
    set_source(notebook, "double", "\n" + cell_of(notebook, "double")["source"] + " \n")
    path.write_text(json.dumps(notebook))
    assert all(cell.unchanged for cell in _read(shared_course, path).cells)
