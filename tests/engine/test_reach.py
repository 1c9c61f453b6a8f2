"""What counts as plain code, what is run a second time, and what is left out then."""

# ruff: noqa: E501  sources of cells stay on one line

from __future__ import annotations

import pytest

from autograder.copies import ENOUGH, copied, fingerprints
from autograder.model import Cell, Submission
from autograder.operations import forbidden_operations
from autograder.reach import reaches, sealed_cells

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
    ],
)  # fmt: skip
def test_what_reaches_further(source: str, kind: str) -> None:
    assert kind in kinds("import keras", source)


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
