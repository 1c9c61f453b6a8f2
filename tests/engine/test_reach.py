"""What counts as plain code, what is run a second time, and what is left out then."""

# ruff: noqa: E501  sources of cells stay on one line

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

from autograder import exercises, reach
from autograder.copies import ENOUGH, copied, fingerprints
from autograder.model import Cell, Submission
from autograder.operations import forbidden_operations
from autograder.reach import reaches, sealed_cells
from autograder.scan import BindingReader
from autograder.submission import read_release, read_submission

ROOT = Path(__file__).parents[2]

FORBIDDEN = ("keras.layers.LSTM", "keras.ops.conv", "tensorflow.nn.conv2d")


def submission(*cells: Cell | str) -> Submission:
    made = [
        cell if isinstance(cell, Cell) else Cell(f"own-{number}", "student", cell, number)
        for number, cell in enumerate(cells)
    ]
    return Submission("s", "a", "a", "", (*made, Cell("test_f", "grade", "check('f', f)", 99, exercise="f")))


def kinds(*cells: Cell | str) -> set[str]:
    return {reach.kind for reach in reaches(submission(*cells), {"test_f": FORBIDDEN})}


@pytest.mark.parametrize(
    "source",
    [
        "import numpy as np\nimport keras\nfrom keras import ops\ndef f(x): return ops.tanh(x) @ np.eye(3)",
        "class LSTM(keras.layers.Layer):\n    def __init__(self, units):\n        super().__init__()\n        self.stack = []",
        "# keras.layers.LSTM\ndef f():\n    '''Like keras.layers.LSTM, `__code__` and gatebook_worker.'''",
        "import gc, sys, os, inspect\ngc.collect()\nprint(sys.version, os.path.join('a', 'b'), inspect.signature(print))",
        "%matplotlib inline\n%time x = 1\nimport matplotlib.pyplot as plt\nplt.rcParams['font.size'] = 9\nplt.figure.x = 1",
        "%%time\nx = 1",
        "for name in ('a', 'b'):\n    setattr(self, name, getattr(self, name))",
        "class A:\n    def __len__(self): return 3\n    def __call__(self): return self.__class__",
        "%time x = f(1); y = 2\n%timeit -n 10 f(2)\n%config InlineBackend.figure_format = 'retina'\nnp.tanh?\n?np",
        "class A(keras.layers.Layer):\n    @classmethod\n    def from_config(cls, config):\n        return super().from_config(config)\na = A.from_config(A(3).get_config())",
        "print(hasattr(layer, name + 's'), getattr(self, name + 's'))",
        "print('a.py'.endswith('.py'), 'loss = %d' % 3, f'{x} {y}')\nopen_ = 'x.py'",
        "import cv2, seaborn\nfrom google.colab import drive",
        "for x in ('a', 'b'):\n    setattr(self, f'{x}_weight', 1)",
        "from typing import Any\nfrom dataclasses import dataclass\n@dataclass\nclass P:\n    a: int = 0",
    ],
)  # fmt: skip
def test_plain_code(source: str) -> None:
    assert kinds("import keras", source) <= ({"indirect"} if "__class__" in source else set())


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("import keras\nkeras.layers.LSTM(4)", "builtin"),
        ("import keras\nx = {'a': keras.layers}\nx['a'].LSTM(4)", "builtin"),
        ("config = {'class_name': 'LSTM'}", "builtin"),
        ("%%time\nimport tensorflow as tf\ntf.nn.conv2d(x, k, 1, 'SAME')", "builtin"),
        ("getattr(keras.layers, 'LS' + 'TM')", "indirect"),
        ("!pip install x", "indirect"),
        ("%run other.py", "indirect"),
        ("import os\nos.system('ls')", "indirect"),
        ("open('x')", "indirect"),
        ("import tensorflow as tf\ntf.raw_ops.LSTMBlockCell", "indirect"),
        ("this is no Python", "indirect"),
        ("eval('1')", "code"),
        ("exec(compile('1', 'a', 'exec'))", "code"),
        ("import importlib\nimportlib.import_module('keras')", "code"),
        ("import ctypes", "internals"),
        ("from ctypes import pythonapi", "internals"),
        ("import sys\nsys._getframe(1)", "internals"),
        ("f.__code__ = g.__code__", "internals"),
        ("getattr(f, '__code__')", "internals"),
        ("import gatebook_worker.traps", "internals"),
        ("import sys\nsys.modules['gatebook_worker.traps']", "internals"),
        ("import numpy as np\nnp.asarray = lambda x: x", "internals"),
        ("from keras import layers\nlayers.Layer.call = 1", "internals"),
        ("import numpy as np\nsetattr(np, 'asarray', 1)", "internals"),
        ("import sys\nsys.modules['numpy'] = None", "internals"),
        ("import sys\nsys.settrace(f)", "internals"),
        ("import gc\nfor o in gc.get_objects(): pass", "internals"),
        ("get_ipython().ast_transformers.append(T())", "internals"),
        ("%time import ctypes", "internals"),
        ("%%timeit import ctypes\nx = 1", "internals"),
        ("%%time\n%prun -l 5 f.__code__ = g", "internals"),
        ("x = %time f.__code__", "internals"),
        ("get_ipython().run_line_magic('time', 'import ctypes')", "internals"),
        ("%config A.b = (exec('1'), {})[1]", "code"),
        ("%matplotlib {exec('1')}", "code"),
        ("!echo {exec('1')}", "code"),
        ("%run other.py", "code"),
        ("%load other.py", "code"),
        ("run(x.py)", "code"),
        ("%load_ext mine", "code"),
        ("%%writefile mine.py\nx = 1", "code"),
        ("note = '''\n''';import ctypes;note='''?\n'''", "internals"),
        ("here = %pwd\nimport ctypes", "internals"),
        ("\u2028\nimport ctypes", "internals"),
        ("  import ctypes\n  x = 1", "internals"),
        (">>> import ctypes", "internals"),
        ("%a\n" * 10_000, "internals"),
        ("x = " + "a+" * 900 + "a", "internals"),
        ("get_ipython().run_cell('1')", "code"),
        ("shell = get_ipython()\nshell.ex('1')", "code"),
        ("get_ipython().run_line_magic(name, '1')", "code"),
        ("p.submit(exec, text)", "code"),
        ("__import__(name)", "code"),
        ("import sys\nsys.path.append('.')", "code"),
        ("import sys\nsys.path[:0] = ['.']", "code"),
        ("from sys import path\npath.insert(0, '.')", "code"),
        ("import helpers_of_mine", "code"),
        ("open('mine.py', 'w').write(x)", "code"),
        ("np.savetxt('mine.py', lines)", "code"),
        ("getattr(f, name)", "code"),
        ("setattr(f, 'a' + name, 1)", "code"),
        ("getattr(f, '__co' + 'de__')", "internals"),
        ("getattr(f, f'tb_{name}')", "internals"),
        ("getattr(f, ''.join(['f_', 'back']))", "internals"),
        ("'%s_%s' % ('f', 'locals')", "internals"),
        ("x = f'gatebook_{\"worker\"}'", "internals"),
        ("import sys\nm = sys.modules[n]\nm.f = 1", "internals"),
        ("import sys\nfor m in sys.modules.values():\n    m.f = 1", "internals"),
        ("import sys\nsys.meta_path.pop(0)", "internals"),
        ("kind = 'LS' + 'TM'", "builtin"),
        ("keras.Sequential.from_config(c)", "indirect"),
        ("class A(keras.Sequential):\n    pass\nA.from_config(c)", "indirect"),
        ("from keras.models import clone_model", "indirect"),
        ("keras.models.model_from_json(c)", "indirect"),
    ],
)  # fmt: skip
def test_what_reaches_further(source: str, kind: str) -> None:
    assert kind in kinds("import keras", source)


def test_names_that_are_written_out_make_no_code() -> None:
    assert kinds("for name in ('kernel', 'bias'):\n    print(getattr(layer, name))") == {"indirect"}


def test_given_cells_are_nobodys_fault() -> None:
    demo = Cell("demo", "locked", "theirs = keras.layers.LSTM(4)\nimport ctypes", 0, demo=True, unchanged=True)
    assert kinds("import keras", demo, "f = 1") == set()
    assert kinds("import keras", demo, "f = theirs") == {"builtin"}


def test_an_exercise_may_use_what_only_others_forbid() -> None:
    answer = Cell("model", "solution", "def model():\n    return [keras.layers.LSTM(3)]", 1)
    model = Cell("test_model", "grade", "check('model', model)", 2, exercise="model")
    other = Cell("f", "solution", "def f(x): return x", 3)
    forbidden = {"test_f": FORBIDDEN, "test_model": ()}
    assert not reaches(submission("import keras", answer, model, other), forbidden)
    builds_on_it = Cell("f", "solution", "def f(x): return model()[0](x)", 3)
    assert reaches(submission("import keras", answer, model, builds_on_it), forbidden)


@pytest.mark.parametrize(
    ("stash", "fetch"),
    [
        ("box['a'] = keras.layers.LSTM", "def f(x): return box['a'](x)"),
        ("def g():\n    global lost\n    lost = keras.layers.LSTM\ng()", "def f(x): return lost(x)"),
        ("theirs.append(keras.layers.LSTM)", "def f(x): return theirs[0](x)"),
    ],
)
def test_an_exempt_answer_shares_no_box(stash: str, fetch: str) -> None:
    given = Cell("given", "locked", "import keras\ntheirs = []", 0, unchanged=True)
    answer = Cell("model", "solution", f"def model():\n    return [keras.layers.LSTM(3)]\n{stash}", 1)
    model = Cell("test_model", "grade", "check('model', model)", 2, exercise="model")
    found = reaches(submission("box = {}", given, answer, model, fetch), {"test_f": FORBIDDEN, "test_model": ()})
    assert {reach.kind for reach in found} == {"builtin"}


def test_more_code_than_is_read_is_flagged_and_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reach, "parse_cell", lambda source: pytest.fail("it was read"))
    found = reaches(submission("x = 1\n" * 30_000, "y = 1"), {"test_f": FORBIDDEN})
    assert [place.kind for place in found] == ["indirect", "indirect", "code"]
    sealed, left_out = sealed_cells(submission("x = 1\n" * 30_000, "y = 1"), found)
    assert len(sealed.cells) == 3
    assert not left_out


def test_each_cell_is_read_once_for_its_names(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = 0

    def counted(source: str) -> frozenset[str]:
        nonlocal asked
        asked += 1
        return frozenset()

    monkeypatch.setattr(reach, "needed_names", counted)
    answer = Cell("model", "solution", "\n".join(f"def f{number}(): return {number}" for number in range(100)), 1)
    model = Cell("test_model", "grade", "check('model', model)", 2, exercise="model")
    reaches(submission(answer, model, *(f"x{number} = 1" for number in range(300))), {"test_f": (), "test_model": ()})
    assert asked <= 2 * 301


def test_scopes_copy_no_bindings() -> None:
    """Names times functions are what a notebook of 100 KB can hold 10 million of."""
    bindings = Counted()
    reader = BindingReader(bindings, FORBIDDEN)
    names = "\n".join(f"import a{number}" for number in range(300))
    functions = "\n".join(f"def f{number}(x): return x" for number in range(300))
    reader.visit(ast.parse(f"{names}\n{functions}"))
    assert bindings.asked < 5_000


class Counted(dict[str, str | None]):
    asked = 0

    def get(self, key: str, default: Any = None) -> Any:
        self.asked += 1
        return super().get(key, default)

    def items(self) -> Any:
        self.asked += len(self)
        return super().items()

    def __iter__(self) -> Any:
        self.asked += len(self)
        return super().__iter__()


def test_a_sealed_run_cuts_a_cell_into_few_pieces() -> None:
    source = "\n".join(["x = 1"] * 5_000 + ["import ctypes"] + ["y = 1"] * 5_000)
    given = submission(source)
    sealed, left_out = sealed_cells(given, reaches(given, {"test_f": FORBIDDEN}))
    assert 100 < len(sealed.cells) <= 210
    assert left_out == {"import ctypes"}
    assert sum(cell.source.count(" = 1") for cell in sealed.cells) == 10_000


HONEST = ("solutions/*/*.ipynb", "tests/class/submitted/*/*/*.ipynb", "tests/class/more/*/*/*.ipynb")
PLAIN = frozenset({"builtin", "indirect"})


@pytest.mark.parametrize("pattern", HONEST)
def test_honest_work_is_not_flagged(pattern: str) -> None:
    """And of the sample class only those have a sealed run who use a built-in, leave Python, or hand in what is none."""
    releases = {name: read_release(ROOT, name) for name in ("rnn", "lstm", "cnn")}
    sealed = set()
    for path in ROOT.glob(pattern):
        release = releases[path.parent.name]
        forbidden = {cell.id: exercises.load(cell.exercise).forbidden for cell in release.cells if cell.exercise}
        read = read_submission(path, "s", release)
        found = () if read.unreadable else reaches(read, forbidden)
        assert {place.kind for place in found} <= PLAIN, path
        if found:
            sealed.add(path.parts[-3])
    assert sealed <= {"keras_convolution", "leaves_early", "syntax_error", "uses_the_builtin"}


def test_right_implementations_of_every_style_are_plain_code() -> None:
    from benchmarks.diagnosis.corpus import CORPUS, HELD_OUT, load

    for folder in (CORPUS, HELD_OUT):
        for one in load(folder):
            if one.right:
                found = reaches(submission(one.source), {"test_f": exercises.load(one.exercise).forbidden})
                assert not found, one.identity


def test_a_sealed_run_leaves_out_what_reaches_into_internals() -> None:
    given = submission("import keras, ctypes\nx = keras.layers.LSTM(4)\n\ndef f(y):\n    return y", "z = 1\nw = 2")
    found = reaches(given, {"test_f": FORBIDDEN})
    sealed, left_out = sealed_cells(given, found)
    assert [cell.source for cell in sealed.cells] == [
        "x = keras.layers.LSTM(4)\n", "def f(y):\n    return y", "z = 1\nw = 2", "check('f', f)",
    ]  # fmt: skip
    assert left_out == {"import keras, ctypes"}


def test_kernels_by_the_operations_they_leave() -> None:
    operations = ["AddV2", "Conv2D", "MatMul", "MaxPool", "XlaConvV2", "CudnnRNNV3", "Convert"]
    assert forbidden_operations(operations, ["keras.ops.conv"]) == ("Conv2D", "XlaConvV2")
    assert forbidden_operations(operations, ["keras.ops.max_pool"]) == ("MaxPool",)
    assert forbidden_operations(operations, ["keras.layers.RNN"]) == ("CudnnRNNV3",)
    assert forbidden_operations(operations, []) == ()


def test_copies_of_a_library_are_flagged() -> None:
    import inspect

    from keras.src.layers.pooling.base_pooling import BasePooling
    from keras.src.layers.rnn.simple_rnn import SimpleRNNCell

    for layer in (SimpleRNNCell, BasePooling):
        flags = copied(submission(inspect.getsource(layer)))
        assert "Keras" in flags[0]
    own = "class Cell(keras.layers.Layer):\n    def call(self, x, states):\n        return ops.tanh(x @ self.kernel), states\n"
    assert copied(submission(own * 3)) == ()
    assert len(fingerprints(own)) < ENOUGH


def test_a_given_cell_is_no_copy() -> None:
    import inspect

    from keras.src.layers.rnn.simple_rnn import SimpleRNNCell

    source = inspect.getsource(SimpleRNNCell)
    assert copied(submission(Cell("given", "locked", source, 0, unchanged=True), source)) == ()
