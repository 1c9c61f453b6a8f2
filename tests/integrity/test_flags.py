"""What a person is pointed to: code that reaches into Python or the grader, and none that is honest, however lively."""

# ruff: noqa: E501  sources of cells stay on one line

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.answering.protocol import Array, CallFunction, Reached
from autograder.integrity import flags
from autograder.integrity.flags import CODE, INTERNALS, MAX_FLAGS, UNREAD, called, flags_of
from autograder.model import Cell, Expected, FileBeside, Sheet, SheetCase, Submission, Verdict
from autograder.notebooks.release import read_release
from autograder.notebooks.submission import read_submission

ROOT = Path(__file__).parents[2]


def submission(*cells: Cell | str) -> Submission:
    made = [
        cell if isinstance(cell, Cell) else Cell(f"own-{number}", "student", cell, number)
        for number, cell in enumerate(cells)
    ]
    return Submission("s", "a", "a", "", (*made, Cell("test_f", "grade", "exec('never looked at')", 99, exercise="f")))


@pytest.mark.parametrize(
    "source",
    [
        "import numpy as np\nimport keras\nfrom keras import ops\ndef f(x): return ops.tanh(x) @ np.eye(3)",
        "theirs = keras.layers.LSTM(4)\nprint(abs(theirs(x) - own(x)).max())\nassert np.allclose(theirs(x), own(x))",
        "import tensorflow as tf\ntf.nn.conv2d(x, k, 1, 'SAME'); tf.raw_ops.LSTMBlockCell; getattr(keras.layers, 'LS' + 'TM')",
        "# sys._getframe\ndef f():\n    '''Like `f_back`, `settrace` and gatebook_worker.'''",
        "import gc, sys, os, inspect\ngc.collect()\nprint(sys.version, os.path.join('a', 'b'), inspect.signature(print))",
        "%matplotlib inline\n%time x = 1\nimport matplotlib.pyplot as plt\nplt.rcParams['font.size'] = 9\nplt.figure.x = 1",
        "%%time\nx = 1",
        "%pip install -q seaborn\n!ls -l\nhere = %pwd\n%load_ext autoreload\n%autoreload 2\n%cd data\n%env A=1\n%whos",
        "%%capture kept\nx = 1",
        "%%html\n<b>exec</b>",
        "%%writefile notes.txt\nwhat I tried",
        "for name in ('a', 'b'):\n    setattr(self, name, getattr(self, name + 's'))",
        "class A:\n    def __len__(self): return 3\n    def __call__(self): return self.__class__",
        "%time x = f(1); y = 2\n%timeit -n 10 f(2)\n%config InlineBackend.figure_format = 'retina'\nnp.tanh?\n?np",
        "a = A.from_config(A(3).get_config())\nb = keras.models.clone_model(m)",
        "print('a.py'.endswith('.py'), 'loss = %d' % 3, f'{x} {y}')\nopen('x.py', 'w').write('y = 1')",
        "import pandas\npandas.DataFrame({'mine': [1], 'keras': [2]}).eval('mine - keras')",
        "import doctest, sys\ndoctest.testmod(sys.modules['__main__'])\nsys.modules[__name__]\nsys.modules.get('torch')",
        "from re import compile\nwords = compile('a+')",
        "%pylab inline\n%debug",
        "import cv2, seaborn, my_helpers\nfrom google.colab import drive\nIN_COLAB = 'google.colab' in sys.modules",
        "import re\nmodel.compile('adam', 'mse')\nword = re.compile('a+')",
        "def ex(x): return x\ndef ev(x): return x\nex(ev(1))",
        "from threading import Thread\nimport asyncio, multiprocessing\nThread(target=f).start()\nasyncio.run(g())",
        "import importlib\nimportlib.reload(helpers)\nimport warnings, random\nwarnings.filterwarnings('ignore')",
        "np.load('a.npy', allow_pickle=True)\nimport pickle\npickle.dumps(x)",
        "match x:\n    case 1: y = 2\nif (n := 3) > 2: print(f'{n=}')",
    ],
)  # fmt: skip
def test_honest_code_has_no_flag(source: str) -> None:
    assert flags_of(submission(source)) == ()


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("import ctypes", INTERNALS),
        ("import numpy, ctypes.util as u", INTERNALS),
        ("from ctypes import pythonapi", INTERNALS),
        ("from inspect import currentframe", INTERNALS),
        ("import sys\nsys._getframe(1)", INTERNALS),
        ("try: 1 / 0\nexcept Exception as e: e.__traceback__.tb_frame.f_back", INTERNALS),
        ("getattr(f, 'f_locals')", INTERNALS),
        ("getattr(f, 'f_' + 'locals')", INTERNALS),
        ("import gatebook_worker.decoys", INTERNALS),
        ("import sys\nm = sys.modules[n]\nm.f = 1", INTERNALS),
        ("import builtins\nbuiltins.eval('1')", CODE),
        ("__builtins__.exec('1')", CODE),
        ("from builtins import eval\neval('1')", CODE),
        ("import sys\nfor m in sys.modules.values():\n    m.f = 1", INTERNALS),
        ("import sys\nsys.settrace(f)", INTERNALS),
        ("import sys\nsys.meta_path.pop(0)", INTERNALS),
        ("import gc\nfor o in gc.get_objects(): pass", INTERNALS),
        ("import types\nf = types.FunctionType(types.CodeType(*a), g)", INTERNALS),
        ("get_ipython().ast_transformers.append(T())", INTERNALS),
        ("%time import ctypes", INTERNALS),
        ("%%timeit import ctypes\nx = 1", INTERNALS),
        ("get_ipython().run_line_magic('time', 'import ctypes')", INTERNALS),
        ("note = '''\n''';import ctypes;note='''?\n'''", INTERNALS),
        ("\u2028\nimport ctypes", INTERNALS),
        ("  import ctypes\n  x = 1", INTERNALS),
        (">>> import ctypes", INTERNALS),
        ("eval('1')", CODE),
        ("exec(compile('1', 'a', 'exec'))", CODE),
        ("import builtins\nbuiltins.exec('1')", CODE),
        ("get_ipython().run_cell('1')", CODE),
        ("shell = get_ipython()\nshell.ex('1')", CODE),
        ("%time exec(text)", CODE),
        ("%run other.py", UNREAD),
        ("%run -i other.py", UNREAD),
        ("%config A.b = (exec('1'), {})[1]", UNREAD),
        ("%%writefile mine.py\nx = 1", UNREAD),
        ("%load_ext mine", UNREAD),
    ],
)  # fmt: skip
def test_what_reaches_further_is_quoted(source: str, said: str) -> None:
    found = flags_of(submission("x = 1", source))
    assert any(flag.startswith(f"{said} (own-1, line ") for flag in found), found
    assert all(flag.partition("): ")[2] in source for flag in found)


def test_the_line_is_told_where_it_stands() -> None:
    (flag,) = flags_of(submission("x = 1\n\n\nimport ctypes  # why"))
    assert flag == f"{INTERNALS} (own-0, line 4): import ctypes  # why"


@pytest.mark.parametrize("source", ["this is no Python", "x = '", "%a\n" * 10_000])
def test_what_cannot_run_needs_no_look_and_what_cannot_be_read_does(source: str) -> None:
    expected = ("Code that cannot be read (own-0)",) if source.startswith("%") else ()
    assert tuple(flag for flag in flags_of(submission(source)) if "cannot be read" in flag) == expected


def test_given_cells_are_nobodys_fault() -> None:
    given = Cell("demo", "locked", "import ctypes", 0, demo=True, unchanged=True)
    same = Cell("answer", "solution", "import ctypes", 1, unchanged=True)
    assert flags_of(submission(given, same, "f = 1")) == ()
    assert flags_of(submission(Cell("answer", "solution", "import ctypes", 1)))


def test_more_code_than_is_read_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flags, "parse_cell", lambda source: pytest.fail("it was read"))
    (flag,) = flags_of(submission("x = 1\n" * 30_000, "y = 1"))
    assert "were not read" in flag


def test_there_are_never_too_many() -> None:
    assert len(flags_of(submission("\n".join(["import ctypes"] * 1000)))) == MAX_FLAGS


@pytest.mark.parametrize(
    ("name", "content", "flagged"),
    [
        ("helper.py", b"def f(x):\n    return x\n", False),
        ("helper.py", b"import sys\nf = sys._getframe()\n", True),
        ("helper.py", b"\xff\x00", True),
        ("native.so", b"\x7fELF", True),
        ("pickled.npy", b"1", True),
        ("data.csv", b"exec('1')", False),
    ],
)
def test_files_beside_the_notebook_are_read_too(tmp_path: Path, name: str, content: bytes, flagged: bool) -> None:
    (tmp_path / name).write_bytes(content)
    for given in (False, True):
        beside = FileBeside(name, tmp_path / name, len(content), given)
        found = flags_of(Submission("s", "a", "a", "", (Cell("own", "student", "x = 1", 0),), files=(beside,)))
        assert bool(found) == (flagged and not given)
        assert all(name in flag for flag in found)


HONEST = ("solutions/*/*.ipynb", "tests/class/submitted/*/*/*.ipynb", "tests/class/more/*/*/*.ipynb")


@pytest.mark.parametrize("pattern", HONEST)
def test_no_notebook_of_an_honest_student_is_flagged(pattern: str) -> None:
    releases = {folder.name: read_release(ROOT, folder.name) for folder in (ROOT / "solutions").iterdir()}
    paths = sorted(ROOT.glob(pattern))
    assert paths
    for path in paths:
        assert flags_of(read_submission(path, "s", releases[path.parent.name])) == (), path


def test_no_right_implementation_of_any_style_is_flagged() -> None:
    from benchmarks.diagnosis.corpus import CORPUS, HELD_OUT, load

    for folder in (CORPUS, HELD_OUT):
        for one in load(folder):
            assert flags_of(submission(one.source)) == (), one.identity


def test_a_right_size_that_is_a_built_ins_is_for_a_person() -> None:
    def verdict(name: str, points: float) -> Verdict:
        return Verdict(name, name, name, f"{name}_check", "passed" if points else "failed", points, 2.0, "", "")

    def sheet(name: str, dtype: str) -> Sheet:
        right = (Expected("output", (), Array(dtype, (), b""), 0.0),)
        case = SheetCase("case", CallFunction(name, ()), ("output",), (right,))
        return Sheet(name, "a", name, name, "", 2.0, "", "public", (case,), ())

    line = Reached("keras.layers.Conv1D(1, 3)", "keras.layers.Conv1D", "size")
    reached = {"size_check": (line,), "wrong_check": (line,), "graph_check": (Reached("", ""),), "value_check": (line,)}
    points = {"size": 2.0, "wrong": 0.0, "graph": 1.0, "value": 2.0, "plain": 1.0}
    sheets = {name: sheet(name, "float64" if name == "value" else "int64") for name in points}
    assert called([verdict(*one) for one in points.items()], reached, sheets) == (
        "size is right, and calls keras.layers.Conv1D: keras.layers.Conv1D(1, 3)",
        "graph is right, and calls a built-in",
    )
