"""What is taken from the notebook of an earlier assignment, and what of it may not stop the later one."""

from __future__ import annotations

import inspect
import json
import os
from pathlib import Path
from typing import Any

import pytest

from autograder.answering import earlier


def notebook(folder: Path, *sources: str, tags: tuple[str, ...] = (), name: str = "loops") -> Path:
    """Each source in a cell; the last one tagged."""
    cells = [{"cell_type": "code", "source": source, "metadata": {}, "outputs": []} for source in sources]
    cells[-1]["metadata"] = {"tags": list(tags)}
    path = folder / f"{name}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}), "utf-8")
    return path


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the later notebook."""
    folder = tmp_path / "course" / "later"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    return folder


def test_definitions_imports_and_constants_are_there(here: Path) -> None:
    notebook(here, "import math\nTWO = 2", "def area(r):\n    return TWO * math.pi * r", "class Cell:\n    size = TWO")
    assert earlier.own("loops", "area")(1.0) == pytest.approx(6.283185)
    assert earlier.own("loops", "Cell").size == 2


@pytest.mark.parametrize("place", [".", "loops", "../loops", "../../loops"])
def test_is_found_beside_and_in_a_folder_of_its_own(here: Path, place: str) -> None:
    notebook(here / place, "def area():\n    return 1")
    assert earlier.own("loops", "area")() == 1


def test_two_names_of_a_notebook_know_each_other_until_it_changes(here: Path) -> None:
    notebook(here, "class Cell:\n    pass", "class Loop:\n    cell = Cell")
    first = earlier.own("loops", "Cell")
    assert earlier.own("loops", "Loop").cell is first
    notebook(here, "class Cell:\n    size = 2")
    os.utime(here / "loops.ipynb", ns=(0, 0))
    assert earlier.own("loops", "Cell").size == 2


def test_the_last_definition_counts(here: Path) -> None:
    notebook(here, "def area():\n    return 1", "def area():\n    return 2")
    assert earlier.own("loops", "area")() == 2


def test_nothing_is_run_but_definitions(here: Path) -> None:
    notebook(
        here,
        "open('made', 'w').close()\nprint(1)",
        "for k in range(3):\n    open('made', 'w').close()",
        "def f(): return 3",
    )
    assert earlier.own("loops", "f")() == 3
    assert not (here / "made").exists()


@pytest.mark.parametrize(
    "broken",
    [
        "def g(:",
        "value = 1 / 0",
        "from nowhere import something",
        "x = (",
        "raise ValueError",
        "class A(B): pass",
        "%matplotlib inline",
        "!ls",
    ],
)
def test_what_cannot_be_defined_costs_only_itself(here: Path, broken: str) -> None:
    notebook(here, broken, "def f():\n    return 3")
    assert earlier.own("loops", "f")() == 3


def test_magics_do_not_hide_the_definitions_below_them(here: Path) -> None:
    notebook(here, "%config InlineBackend.figure_format = 'svg'\ndef f():\n    return 3")
    assert earlier.own("loops", "f")() == 3


def test_demonstrations_and_tests_are_left_alone(here: Path) -> None:
    path = notebook(here, "def f():\n    return 3", "def f():\n    return 'demo'", tags=("demo",))
    assert earlier.own("loops", "f")() == 3
    content = json.loads(path.read_text("utf-8"))
    content["cells"][1]["metadata"] = {"nbgrader": {"grade": True, "solution": False, "grade_id": "f_check"}}
    path.write_text(json.dumps(content), "utf-8")
    assert earlier.own("loops", "f")() == 3


@pytest.mark.parametrize(
    "stub",
    [
        "def f(x):\n    '''Says what.'''\n    raise NotImplementedError",
        "def f(x):\n    raise NotImplementedError()",
        "class f:\n    def __init__(self):\n        pass\n\n    def call(self, x):\n        raise NotImplementedError",
    ],
)
def test_a_stub_is_missing(here: Path, stub: str) -> None:
    notebook(here, stub)
    with pytest.raises(earlier.EarlierError, match="not written yet"):
        earlier.own("loops", "f")(1)
    notebook(here, stub, "def f(x):\n    return x")
    assert earlier.own("loops", "f")(4) == 4


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "no notebook loops.ipynb"),
        (b"", "cannot be read"),
        (b"\xff\xfe", "cannot be read"),
        (b"{}", "cannot be read"),
        (b"[]", "cannot be read"),
        (b'{"cells": 3}', "cannot be read"),
        (b'{"cells": [{"cell_type": "code"}]}', "cannot be read"),
        (b'{"cells": [7]}', "cannot be read"),
        (b"[" * 100_000, "cannot be read"),
    ],
)
def test_what_is_missing_or_damaged_is_told_when_it_is_used(here: Path, content: bytes | None, said: str) -> None:
    if content is not None:
        (here / "loops.ipynb").write_bytes(content)
    made: Any = earlier.own("loops", "Cell", instead=int)
    assert made.__name__ == "Cell"
    with pytest.raises(earlier.EarlierError, match=said):
        made(3)


def test_too_large_a_notebook_is_not_read(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notebook(here, "def f():\n    return 3")
    monkeypatch.setattr(earlier, "MOST_BYTES", 10)
    with pytest.raises(earlier.EarlierError, match="more than 10 bytes"):
        earlier.own("loops", "f")()


def test_its_source_can_be_looked_at(here: Path) -> None:
    """A traceback shows the line."""
    notebook(here, "X = 1", "def f():\n    return 3")
    assert inspect.getsource(earlier.own("loops", "f")) == "def f():\n    return 3"
