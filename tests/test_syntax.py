"""Cells are read as text: magics, statements, names; from many threads at once."""

from __future__ import annotations

import ast
import gc
import random
import time
import tokenize
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from autograder import syntax
from autograder.syntax import (
    defined_names,
    is_opaque,
    needed_names,
    needed_part,
    parse,
    parse_cell,
    statements,
    translated,
)


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


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("%matplotlib inline\na = 5 % 3\n!ls\nprint?", "pass\na = 5 % 3\nget_ipython().system('ls')\npass\n"),
        ("if a:\n    %timeit -n 10 -r 1 f(a); g()\n\nb", "if a:\n    f(a); g()\n\nb\n"),
        ("%time a = %pwd\n%time\n%prun -l 5 f()", "a = get_ipython().run_line_magic('pwd', '')\npass\nf()\n"),
        ("%time !ls", "get_ipython().system('ls')\n"),
        ("\n\n%%time\n%time x = 1\n\nb", "\n\n\nx = 1\n\nb\n"),
        ("%%timeit -n 3 a = 1\nf(a)", "a = 1\nf(a)\n"),
        ("%%capture said\nx = 1\n%pwd", "said = None\nx = 1\nget_ipython().run_line_magic('pwd', '')\n"),
        ("%%writefile a.py\nb\nc", "get_ipython().run_cell_magic('writefile', 'a.py', 'b\\nc\\n')\n\n\n"),
        ("x = (1,\n  !ls \\\n -l\n2)\ny", "x = (1,\n  !ls \\\n -l\n2)\ny\n"),
        ("here = %cd \\\n  /tmp\na", "here = get_ipython().run_line_magic('cd', '   /tmp')\n\na\n"),
        ('n = """\n""";f();n="""?\n"""', 'n = """\n""";f();n="""?\n"""\n'),
        ("%config InlineBackend.figure_format = 'retina'", "pass\n"),
        ("%config A.b = f()", "get_ipython().run_line_magic('config', 'A.b = f()')\n"),
        ("%matplotlib {f()}", "get_ipython().run_line_magic('matplotlib', '{f()}')\n"),
        ("  a = 1\n  b = 2", "a = 1\nb = 2"),
        ("\u2028\xa0\nexec(x)\na", "\nexec(x)\na\n"),
    ],
)  # fmt: skip
def test_what_ipython_makes_of_a_cell(source: str, text: str) -> None:
    """Every statement stays in its line, and what a magic runs stands where the magic stood."""
    assert translated(source) == (text, "done")


@pytest.mark.parametrize("seed", range(5))
def test_a_cell_is_translated_as_by_ipython(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    from IPython.core.inputtransformer2 import TransformerManager

    monkeypatch.setattr(syntax, "_BODY_IS_PYTHON", frozenset())
    monkeypatch.setattr(syntax._Translator, "_plain", lambda self, line, column: line)
    chance = random.Random(seed)
    compared = 0
    while compared < 100:
        source = "".join(chance.choice(BITS) for _ in range(chance.randint(1, 6)))
        try:
            wanted = ast.dump(ast.parse(TransformerManager().transform_cell(source)))
        except Exception:
            continue
        told = syntax._translation(source)
        assert told.ended == "unread" or ast.dump(ast.parse(told.text)) == wanted, source
        assert told.ended == "unread" or told.text.count("\n") in (source.count("\n"), source.count("\n") + 1)
        compared += 1


BITS = [
    "%time x\n", "    ", "  ", "if a:\n", "x = %pwd\n", "!ls (\n", "!echo it's\n", '"""', "\n", "foo?\n", "a.b??\n",
    "x = (1,\n", "2)\n", "\\\n", "# c\n", "y = 1\n", "for i in x:\n", "    z\n", "%a?\n", "/f a b\n", ",f a b\n", "'",
    ";f a\n", "x = !ls {a}\n", "?foo\n", "%%time\n", ">>> a = 1\n", "... b\n", "In [1]: x\n", "\t", "\x0c", "\u2028",
    "!", "def f():\n  return 1\n", "x = [\n]\n", "!!ls\n", "/%time x\n", "%m \\\n more\n", "a = b = %foo\n", "1 +\n",
    "?", "%",
]  # fmt: skip


@pytest.mark.parametrize(
    ("source", "opaque"),
    [
        ("this is no Python", False), ("x = %", False), ("%a\n" * 501, True),
        ("-" * 5000 + "1", True), ("a <> b", True), ("%a\n" * 10_000, True), ("!(\n" * 100 + "x = 1\n" * 1000, True),
    ],
    ids=lambda value: str(value)[:10],
)  # fmt: skip
def test_cells_that_may_run_and_cannot_be_read(source: str, opaque: bool) -> None:
    assert parse_cell(source) is None
    assert is_opaque(source) == opaque


def test_the_work_grows_with_the_length_of_a_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tokens are what costs time. A cell of magics is read little more than once."""
    read = 0
    generate = tokenize.generate_tokens

    def counted(readline: Any) -> Any:
        def line() -> str:
            nonlocal read
            text: str = readline()
            read += len(text)
            return text

        return generate(line)

    monkeypatch.setattr(tokenize, "generate_tokens", counted)
    for source in ("%time x = 1\n" * 400, "!(\n" * 300 + "x = 1\n" * 3000, "#" + "?" * 15_000, "= \\\n" * 6000):
        read = 0
        syntax._translation(source)
        assert read <= 3 * len(source) + 10_000


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
