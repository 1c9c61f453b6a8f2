"""Code beside a notebook: which of it is read, and which nobody can read."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.model import FileBeside, Submission
from autograder.notebooks.brought import MOST_SOURCE, modules_of, unread


def submission(folder: Path, **files: bytes) -> Submission:
    beside = []
    for name, content in files.items():
        path = folder / name.replace("__", ".")
        path.write_bytes(content)
        beside.append(FileBeside(path.name, path, len(content)))
    return Submission("s", "a", "a", "", (), files=tuple(beside))


def test_modules_are_read(tmp_path: Path) -> None:
    given = submission(tmp_path, helper__py=b"x = 1\n", data__csv=b"1,2\n")
    assert modules_of(given) == {"helper.py": "x = 1\n"}
    assert not unread(given)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"#" * (MOST_SOURCE + 1)], ids=["no_text", "too_long"])
def test_what_could_be_run_and_cannot_be_read_is_told(tmp_path: Path, content: bytes) -> None:
    given = submission(tmp_path, helper__py=content, weights__npy=b"\x93NUMPY")
    assert sorted(unread(given)) == ["helper.py", "weights.npy"]
    assert not modules_of(given)
