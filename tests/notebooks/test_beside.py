"""Which files lie beside a notebook that is graded: nbgrader's rules, and none of the traps in them."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from autograder.notebooks import beside
from autograder.notebooks.beside import digest, earlier_notebooks, files_beside

DIRECTORY = SimpleNamespace(ignore=[".ipynb_checkpoints", "*.pyc", "__pycache__"], max_file_size=1)  # kilobytes


def put(folder: Path, files: dict[str, str]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    folder.mkdir(exist_ok=True)
    return folder


def found(submitted: Path, source: Path, kept: tuple[str, ...] = ()) -> dict[str, str]:
    return {file.name: file.place.read_text() for file in files_beside(submitted, source, DIRECTORY, kept).files}


def test_the_instructors_files_win(tmp_path: Path) -> None:
    submitted = put(tmp_path / "ada", {"a.txt": "mine", "b/c.txt": "mine", "own.py": "mine", "x.ipynb": "{}"})
    source = put(tmp_path / "source", {"a.txt": "given", "b/c.txt": "given", "x.ipynb": "{}", "keep.py": "given"})
    assert found(submitted, source) == {"a.txt": "given", "b/c.txt": "given", "own.py": "mine", "keep.py": "given"}
    assert found(submitted, source, ("b/c.txt",))["b/c.txt"] == "mine"


@pytest.mark.parametrize(
    ("own", "given"), [({"data": "a file"}, {"data/x.txt": "1"}), ({"data/x/y.txt": "1"}, {"data/x": "a file"})]
)
def test_a_file_in_place_of_a_folder_gives_way(tmp_path: Path, own: dict[str, str], given: dict[str, str]) -> None:
    assert found(put(tmp_path / "ada", own), put(tmp_path / "source", given)) == given


def test_links_and_what_the_course_ignores_are_left_out(tmp_path: Path) -> None:
    submitted = put(tmp_path / "ada", {"a.pyc": "", "__pycache__/b.py": "", ".ipynb_checkpoints/c.txt": ""})
    (tmp_path / "secret").write_text("secret")
    os.symlink(tmp_path / "secret", submitted / "link.txt")
    os.symlink(tmp_path, submitted / "folder")
    os.mkfifo(submitted / "pipe")
    told = files_beside(submitted, put(tmp_path / "source", {}), DIRECTORY)
    assert told.files == ()
    assert set(told.left_out) == {"link.txt: a link", "folder: a link", "pipe: no file"}


def test_a_linked_folder_holds_nothing(tmp_path: Path) -> None:
    os.symlink(put(tmp_path / "other", {"a.txt": "theirs"}), tmp_path / "ada")
    told = files_beside(tmp_path / "ada", put(tmp_path / "source", {}), DIRECTORY)
    assert (told.files, told.left_out) == ((), ("ada: the folder is a link",))


def test_what_is_too_much_is_left_out_and_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside, "MAX_FILES", 3)
    submitted = put(tmp_path / "ada", {"a": "x" * 600, "b": "x" * 600, "c": "x", "d": "x", "e": "x"})
    told = files_beside(submitted, put(tmp_path / "source", {}), DIRECTORY)
    assert [file.name for file in told.files] == ["a", "c", "d"]
    assert told.left_out == ("b: too large", "e: too many files")


def test_code_does_not_see_a_name_that_is_not_utf8(tmp_path: Path) -> None:
    submitted = put(tmp_path / "ada", {"fine.txt": ""})
    Path(os.fsdecode(os.fsencode(submitted) + b"/\xff.txt")).touch()
    told = files_beside(submitted, put(tmp_path / "source", {}), DIRECTORY)
    assert [file.name for file in told.seen_by_code] == ["fine.txt"]
    assert len(told.files) == 2
    assert digest("notebook", told.files) != "notebook"


def test_code_sees_no_answers_and_no_time(tmp_path: Path) -> None:
    names = {"lstm.checks": "", ".lstm.progress": "", "timestamp.txt": "", "data.csv": ""}
    told = files_beside(put(tmp_path / "ada", names), put(tmp_path / "source", {"lstm.checks": ""}), DIRECTORY)
    assert [file.name for file in told.seen_by_code] == ["data.csv"]
    assert len(told.files) == 4


def test_the_digest_changes_with_every_change(tmp_path: Path) -> None:
    def of(files: dict[str, str], place: str) -> str:
        told = files_beside(put(tmp_path / place, files), tmp_path / "none", DIRECTORY)
        return digest("notebook", told.files)

    seen: list[Any] = [
        of({}, "a"), of({"x": ""}, "b"), of({"x": "1"}, "c"), of({"y": "1"}, "d"), of({"x": "1", "y": ""}, "e"),
    ]  # fmt: skip
    assert seen[0] == "notebook"
    assert len(set(seen)) == len(seen)
    assert of({"x": "1"}, "f") == seen[2]


def earlier(tmp_path: Path, *assignments: str) -> dict[str, Path]:
    """The earlier notebooks beside `ada/later/later.ipynb`, by name."""
    notebook = tmp_path / "ada" / "later" / "later.ipynb"
    return {file.name: file.place for file in earlier_notebooks(notebook, assignments)}


def test_the_same_students_earlier_notebooks_lie_beside_it(tmp_path: Path) -> None:
    put(tmp_path, {"ada/loops/loops.ipynb": "{}", "ada/loops/other.ipynb": "{}", "bob/steps/steps.ipynb": "{}"})
    assert earlier(tmp_path, "loops", "steps") == {"loops.ipynb": tmp_path / "ada/loops/loops.ipynb"}


def test_links_and_folders_and_what_is_too_large_count_as_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, {"bob/a/a.ipynb": "{}", "bob/b/b.ipynb": "{}", "ada/c/c.ipynb/x": "", "ada/d/d.ipynb": "{}" * 40})
    (tmp_path / "ada" / "a").symlink_to(tmp_path / "bob" / "a")
    (tmp_path / "ada" / "b").mkdir()
    (tmp_path / "ada" / "b" / "b.ipynb").symlink_to(tmp_path / "bob" / "b" / "b.ipynb")
    os.makedirs(tmp_path / "ada" / "e")
    os.mkfifo(tmp_path / "ada" / "e" / "e.ipynb")
    monkeypatch.setattr(beside, "MOST_EARLIER", 40)
    assert earlier(tmp_path, "a", "b", "c", "d", "e", "none") == {}
