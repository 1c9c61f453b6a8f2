"""Files that are put beside a notebook: where its code finds them, and what it cannot do to them, at every level."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from support.questions import LIMITS

from autograder.running import workers
from autograder.running.host import Zygote
from autograder.running.workers import Worker


@pytest.fixture(params=["full", "restricted"])
def level(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "helper.py").write_text("def answer():\n    return 42\n")
    (tmp_path / "large.bin").write_bytes(bytes(range(256)) * 10_000)
    (tmp_path / "empty").touch()
    return tmp_path


def test_code_finds_them_in_its_folder(
    worker: Worker, run: Callable[[str], str], files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "PIECE", 1_000_000)  # three pieces
    for name in ("helper.py", "large.bin", "empty"):
        worker.put(f"data/{name}" if name != "helper.py" else name, files / name)
    assert run("import helper\nprint(helper.answer())") == "42"
    assert run("data = open('data/large.bin', 'rb').read()\nprint(data == bytes(range(256)) * 10_000)") == "True"
    assert run("print(repr(open('data/empty').read()))") == "''"


def test_they_can_be_read_and_not_changed(worker: Worker, run: Callable[[str], str], files: Path) -> None:
    worker.put("helper.py", files / "helper.py")
    said = run(
        "try:\n    open('helper.py', 'a')\nexcept OSError as error:\n    print(type(error).__name__)\n"
        "open('own.txt', 'w').write('mine')\nprint(open('own.txt').read())"
    )
    assert said == "PermissionError\nmine"
    assert (files / "helper.py").read_text() == "def answer():\n    return 42\n"


def test_beside_decoys_modules_are_imported_too(zygote: Zygote, files: Path) -> None:
    with zygote.spawn(LIMITS, ("recurrence",)) as worker:
        worker.put("helper.py", files / "helper.py")
        written = "with open('lstm.py', 'w') as file:\n    file.write('x = 1')"
        for source in (written, "import helper, lstm\nassert (helper.answer(), lstm.x) == (42, 1)"):
            assert worker.run_cell("cell", source).problem is None


def test_another_worker_has_none_of_them(zygote: Zygote, files: Path) -> None:
    with zygote.spawn(LIMITS) as first, zygote.spawn(LIMITS) as second:
        first.put("helper.py", files / "helper.py")
        done = second.run_cell("cell", "import helper")
        assert done.problem is not None
        assert done.problem.type == "ModuleNotFoundError"


def test_a_link_is_not_followed(worker: Worker, files: Path) -> None:
    os.symlink(files / "helper.py", files / "link.py")
    with pytest.raises(OSError, match="link"):
        worker.put("link.py", files / "link.py")


def test_no_room_is_said(full_zygote: Zygote, files: Path) -> None:
    small = replace(LIMITS, scratch_bytes=2**20)
    with full_zygote.spawn(small) as worker, pytest.raises(OSError, match="No space left"):
        worker.put("large.bin", files / "large.bin")
