"""One world for cells and questions: when it may stand for two, and what a later cell can do to an answer above it."""

# ruff: noqa: E501  sources of cells stay on one line

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from support.questions import LIMITS

from autograder.answering.protocol import CallFunction
from autograder.model import Cell, Sheet, SheetCase, Submission
from autograder.running.asking import Asking
from autograder.running.workers import WorkerVanished
from autograder.running.worlds import run_submission

FAST = replace(LIMITS, cell_seconds=5, question_seconds=2, grace_seconds=0.5)
DECOYS = ("recurrence",)
OPEN = ()
CELL = "keras.layers.SimpleRNNCell(2, kernel_initializer='ones')(np.full((1, 3), 0.1, 'float32'), [np.zeros((1, 2), 'float32')])[0]"
KERAS = f"np.asarray({CELL}, float).round(4).tolist()"
TRUE = "[[0.2913, 0.2913]]"
"""tanh(3 * 0.1)"""


class Watched:
    """A host that remembers which worlds it made, and can lose one while it is asked."""

    def __init__(self, host: Any, loses: int = -1) -> None:
        self._host = host
        self._loses = loses
        self.worlds: list[tuple[str, ...]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._host, name)

    def spawn(self, limits: Any, forbidden: tuple[str, ...] = ()) -> Any:
        worker = self._host.spawn(limits, forbidden)
        if self._loses == len(self.worlds):
            worker.ask = self._lost
        self.worlds.append(forbidden)
        return worker

    @staticmethod
    def _lost(*_: Any, **__: Any) -> Any:
        raise WorkerVanished("lost")


def sheet(name: str) -> Sheet:
    """f(1) and f(2), which are to be 2 and 3."""
    cases = tuple(SheetCase(f"case{n}", CallFunction(name, (n,)), ("output",), ()) for n in (1, 2))
    return Sheet(name, "a", name, name, f"{name}(x)", 1.0, "", "public", cases, (), forbidden=DECOYS)


def values(observation: Any) -> list[Any]:
    return [answer.value for answer in observation.answers.values()]


def ran(host: Any, *sources: str, names: tuple[str, ...] = ("f",)) -> Any:
    """A notebook whose cell `f` stands above the check of f, and so on; what is left comes below."""
    cells = [Cell("libraries", "student", "import keras\nimport numpy as np", 0)]
    for number, source in enumerate(sources):
        cells.append(Cell(f"c{number}", "solution" if number < len(names) else "student", source, 0))
        if number < len(names):
            cells.append(Cell(f"grade_{names[number]}", "grade", "", 0, exercise=names[number]))
    asked = {f"grade_{name}": sheet(name) for name in names}
    asking = Asking(asked, passed=lambda cell_id, seen: seen.ended == "done" and values(seen) == [2, 3])
    return run_submission(host, Submission("s", "a", "a.ipynb", "", tuple(cells)), asking, FAST)


def said(run: Any) -> str:
    return "".join(output.get("text", output.get("ename", "")) for output in run.outputs)


def test_who_is_right_and_meets_nothing_needs_one_world(zygote):
    host = Watched(zygote)
    result = ran(host, "def f(x): return x + 1\nprint('hi')", "print('there')\n1 / 0")
    assert host.worlds == [DECOYS]
    assert values(result.observations["grade_f"]) == [2, 3]
    assert [said(run) for run in result.runs] == ["", "hi\n", "there\nZeroDivisionError"]


@pytest.mark.parametrize(
    "below",
    {
        "a line": f"print({KERAS})",
        "a comparison": f"try:\n    np.testing.assert_allclose([1.0], [2.0])\nexcept AssertionError:\n    print('{TRUE}')",
        "a process of its own": f"import os\ninto, out = os.pipe()\nif os.fork() == 0:\n    os.write(out, str({KERAS}).encode())\n    os._exit(0)\nos.wait()\nprint(os.read(into, 999).decode())",
        "a program in a process of its own": f"import os\nif os.fork() == 0:\n    os.execv('/bin/echo', ['echo', '{TRUE}'])\nos.wait()",
        "a file by another name": f"import os, keras.src.layers.rnn.lstm as lstm\npath = os.path.relpath(lstm.__file__)\nopened = len(open(os.fsencode(path)).read()) > 0\nprint('{TRUE}' if opened else opened)",
        "a new interpreter": f"import multiprocessing\nchild = multiprocessing.get_context('spawn').Process(target=print, args=('{TRUE}',))\nchild.start()\nchild.join()",
        "a program by C": f"import ctypes\nctypes.CDLL(None).system(b'echo {TRUE}')",
    }.items(),
    ids=lambda pair: pair[0],
)
def test_what_is_otherwise_beside_decoys_is_published_from_the_open_world(zygote, below):
    host = Watched(zygote)
    result = ran(host, "def f(x): return x + 1", below[1])
    assert said(result.runs[-1]).strip() == TRUE
    assert host.worlds == [DECOYS, OPEN, DECOYS]
    assert values(result.observations["grade_f"]) == [2, 3]


def test_what_a_thread_meets_between_two_cells_counts(zygote):
    thread = f"import threading, time\nfound = []\ndef later():\n    time.sleep(0.5)\n    found.append({KERAS})\nmet = threading.Thread(target=later)\nmet.start()"
    host = Watched(zygote)
    keep = zygote.spawn

    def slow(limits: Any, forbidden: tuple[str, ...] = ()) -> Any:
        """Between two cells there is time for the thread."""
        import time

        worker = keep(limits, forbidden)
        before = worker.run_cell

        def run_cell(*given: Any, **more: Any) -> Any:
            if given[0] == "c2":
                time.sleep(1)
            return before(*given, **more)

        worker.run_cell = run_cell
        host.worlds.append(forbidden)
        return worker

    host.spawn = slow
    result = ran(host, "def f(x): return x + 1", thread, "met.join()\nprint(found[0])")
    assert said(result.runs[-1]).strip() == TRUE
    assert host.worlds[1] == OPEN


ANSWERS = {
    "a name": ("def f(x): return x + {}", "def f(x): return x + {}"),
    "a name by text": ("def f(x): return x + {}", "exec('def f(x): return x + {}')"),
    "a helper by its name": ("k = {}\ndef f(x): return x + k", "globals()['k'] = {}"),
    "a name that is looked up by text": ("k = {}\ndef f(x): return x + eval('k')", "k = {}"),
    "a module beside names": ("import types\nf = lambda x: x + {}", "f.__code__ = (lambda x: x + {}).__code__"),
    "an item": ("k = [{}]\ndef f(x): return x + k[0]", "k[0] = {}"),
    "an item of a dictionary": ("k = dict(a={})\ndef f(x): return x + k['a']", "k.update(a={})"),
    "an array": ("k = np.array([{}])\ndef f(x): return int(x + k[0])", "k[0] = {}"),
    "a default": ("def f(x, k=[{}]): return x + k[0]", "f.__defaults__[0][0] = {}"),
    "an attribute of a class": ("class K: k = {}\ndef f(x): return x + K.k", "K.k = {}"),
    "a method": ("class K:\n    def k(self): return {}\ndef f(x): return x + K().k()", "K.k = lambda self: {}"),
    "a method further up": ("class A:\n    def k(self): return {}\nclass K(A): pass\ndef f(x): return x + K().k()", "A.k = lambda self: {}"),
    "an attribute of an object": ("class K: pass\nk = K()\nk.k = {}\ndef f(x): return x + k.k", "k.k = {}"),
    "a namespace": ("import types\nk = types.SimpleNamespace(k={})\ndef f(x): return x + k.k", "k.k = {}"),
    "a closure": ("def make(k):\n    def put(n):\n        nonlocal k\n        k = n\n    return (lambda x: x + k), put\nf, put = make({})", "put({})"),
    "a partial": ("import functools\nk = []\nk.append({})\nf = functools.partial(lambda k, x: x + k[0], k)", "k[0] = {}"),
    "a function of a library": ("import statistics\nstatistics.k = {}\ndef f(x): return x + statistics.k", "statistics.k = {}"),
    "a new attribute of a library": ("import statistics\nvars(statistics).pop('k', 0)\ndef f(x): return x + getattr(statistics, 'k', {})", "statistics.k = {}"),
    "a library's function that is used": ("def f(x): return int(np.add(x, {0} if {0} == 1 else 5))", "true = np.add\nnp.add = lambda x, y: x + {}"),
    "a module that it imports": ("import statistics\nstatistics.k = {}\ndef f(x):\n    from statistics import k\n    return x + k", "statistics.k = {}"),
    "the environment": ("import os\nos.environ['K'] = '{}'\ndef f(x): return x + int(os.environ['K'])", "os.environ['K'] = '{}'"),
    "a name for all modules": ("import builtins\nbuiltins.k = {}\ndef f(x): return x + k", "builtins.k = {}"),
    "a file": ("print({}, file=open('k', 'w'))\ndef f(x): return x + int(open('k').read())", "print({}, file=open('k', 'w'))"),
    "a class of a library": ("keras.layers.Layer.k = {}\nclass K(keras.layers.Layer): pass\ndef f(x): return x + K.k", "keras.layers.Layer.k = {}"),
    "a generator": ("k = iter([{0}] * 2 + [1] * 99)\ndef f(x): return x + next(k)", "k.__setstate__(2)  # {}"),
    "a queue": ("import collections\nk = collections.deque([{}])\ndef f(x): return x + k[0]", "k[0] = {}"),
    "what is remembered": ("import functools\nk = [{}]\n@functools.cache\ndef g(): return k[0]\ndef f(x): return x + g()", "k[0] = {}\ng()"),
    "a name that was not there": ("def f(x):\n    try:\n        return x + k\n    except NameError:\n        return x + {}", "k = {}"),
}  # fmt: skip
"""An answer that adds 1 or 5, and what makes it add another number."""


@pytest.mark.parametrize("way", ANSWERS)
def test_an_answer_is_what_it_was_at_its_check(zygote, way):
    first, then = ANSWERS[way]
    for at_the_check, later in ((5, 1), (1, 5)):
        result = ran(zygote, first.format(at_the_check), then.format(later))
        assert values(result.observations["grade_f"]) == [1 + at_the_check, 2 + at_the_check]


def test_what_a_later_cell_defines_anew_keeps_one_world(zygote):
    host = Watched(zygote)
    cells = (
        "def f(x): return h(x)\ndef h(x): return x + 1",
        "def g(x): return f(x)",
        "f = h = np = None\ndef g(x): return 0",
    )
    result = ran(host, *cells, names=("f", "g"))
    assert [values(one) for one in result.observations.values()] == [[2, 3]] * 2
    assert host.worlds == [DECOYS]


def test_layers_of_their_own_keep_one_world(zygote):
    host = Watched(zygote)
    layer = """
class Add(keras.layers.Layer):
    def __init__(self, units, **more):
        super().__init__(**more)
        self.units = units
    def build(self, shape):
        self.bias = self.add_weight(name="bias", shape=(self.units,), initializer="ones")
    def call(self, x):
        return keras.ops.add(x, self.bias)
def f(x):
    return int(np.squeeze(np.asarray(Add(1)(np.full((1, 1), x, "float32")))))
"""
    ran(host, layer, "layer = Add(1)\nlayer(np.ones((2, 1)))\nlayer.bias.assign([3.0])")
    assert host.worlds == [DECOYS]


def test_a_name_that_questions_change_stays_changed_between_them(zygote):
    remembers = "last = 0\ndef f(x):\n    global last\n    last += 1\n    return x + last"
    result = ran(zygote, remembers, "last = 0")
    assert values(result.observations["grade_f"]) == [2, 4]


def test_nothing_is_published_of_a_world_that_begins_after_a_question(zygote):
    host = Watched(zygote, loses=0)
    result = ran(host, "def f(x): return x + 1\nprint('hi')")
    assert host.worlds == [DECOYS, DECOYS]
    assert said(result.runs[1]) == "hi\n"
    assert values(result.observations["grade_f"]) == [2, 3]


def test_what_hangs_or_ends_when_it_is_looked_at_costs_nothing(zygote):
    for trap in ("while True: pass", "import os; os._exit(3)", "raise SystemExit"):
        cell = f"class Meta(type):\n    def __instancecheck__(self, other): return False\n    @property\n    def __dict__(self):\n        {trap}\nclass K:\n    @property\n    def __dict__(self):\n        {trap}\nk = K()\ndef f(x): return x + (k is not None)"
        result = ran(zygote, cell, "pass")
        assert values(result.observations["grade_f"]) == [2, 3]
