"""Cells are read as text: magics, statements, names; from many threads at once."""

from __future__ import annotations

import gc
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from autograder.syntax import defined_names, magics, needed_names, needed_part, parse, parse_cell, statements


def test_names_of_a_cell() -> None:
    source = "import numpy as np\ndef f(x):\n    y = x\n    return g(y) + z\nclass A: pass\nw = np.ones(3)"
    assert defined_names(source) == {"np", "f", "A", "w"}
    assert needed_names(source) == {"g", "z"}
    assert needed_names("= no Python") == frozenset()


@pytest.mark.parametrize(
    ("source", "pieces"),
    [
        ("a = 1\nb = 2", [(1, "a = 1"), (2, "b = 2")]),
        ("# why\n\na = 1; b = 2\nc = 3", [(1, "# why\n\na = 1; b = 2"), (4, "c = 3")]),
        ("x = (1,\n  2); y = [3,\n 4]\nz", [(1, "x = (1,\n  2); y = [3,\n 4]"), (4, "z")]),
        ("a = 1\n@f\n@g\nclass A:\n    pass\n# end", [(1, "a = 1"), (2, "@f\n@g\nclass A:\n    pass\n# end")]),
        ("%matplotlib inline\na = 1", [(1, "%matplotlib inline"), (2, "a = 1")]),
        ("%%time\na = 1\nb = 2", [(1, "%%time\na = 1"), (3, "b = 2")]),
        ("%%bash\nls", [(1, "%%bash\nls")]),
        ("no Python", [(1, "no Python")]),
        ("", [(1, "")]),
    ],
)  # fmt: skip
def test_statements(source: str, pieces: list[tuple[int, str]]) -> None:
    assert statements(source) == pieces


@pytest.mark.parametrize(
    ("source", "needed", "part"),
    [
        ("import tensorflow as tf\ndraw()\nx = 1", {"tf"}, "import tensorflow as tf\n\n"),
        ("import numpy as np\ndraw()", {"tf"}, ""),
        ("d = {}\nd['x'] = 5\nprint(1)", {"d"}, "d = {}\nd['x'] = 5\n"),
        ("def f():\n    return g()\n\ndef g():\n    return n\n\nn = 1\nm = 2", {"f"},
         "def f():\n    return g()\n\ndef g():\n    return n\n\nn = 1\n"),
        ("a = 1; b = 2\nc = a", {"b"}, "a = 1; b = 2\n"),
        ("c = a", {"a"}, ""),
        ("no Python", {"no"}, ""),
    ],
)  # fmt: skip
def test_needed_part(source: str, needed: set[str], part: str) -> None:
    """What defines a needed name or deals with one, and what that needs; lines keep their numbers."""
    assert needed_part(source, needed) == part


def test_magics() -> None:
    assert magics("%matplotlib inline\na = 5 % 3\n!ls\nprint?\n%%bash") == [
        (1, "%matplotlib inline"), (3, "!ls"), (5, "%%bash"),
    ]  # fmt: skip
    assert parse_cell("%matplotlib inline\nif a:\n    !ls\nprint?") is not None


def test_threads_may_read_at_once() -> None:
    """A collection that runs Python in the middle of building a tree lets another thread in."""
    source = "def f(x):\n    return [(a + b * (c - d)) for a, b, c, d in zip(x, x, x, x)]\n" * 20

    def let_others_in(phase: str, info: object) -> None:
        time.sleep(0.0001)

    thresholds = gc.get_threshold()
    gc.callbacks.append(let_others_in)
    gc.set_threshold(100, 10, 10)
    try:
        with ThreadPoolExecutor(4) as pool:
            trees = list(pool.map(parse, [f"{source}# {number}" for number in range(8)]))
    finally:
        gc.set_threshold(*thresholds)
        gc.callbacks.remove(let_others_in)
    assert all(tree is not None and len(tree.body) == 20 for tree in trees)
