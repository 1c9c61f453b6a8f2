"""Forbidden built-ins: every route to them is caught while asked, honest code is left alone."""

# ruff: noqa: E501  sources of cells stay on one line

from __future__ import annotations

import pytest

from autograder.worker.protocol import CallFunction

from .questions import CELL, LAYER, array, cell_question, layer_question

FORBIDDEN = ("keras.layers.LSTM", "keras.layers.LSTMCell", "keras.layers.GRU", "keras.layers.SimpleRNN")
USE = "def f(x):\n    return {}"
HEAD = "import keras, tensorflow as tf, numpy as np\nfrom keras import layers as K\nfrom keras.layers import LSTM as Other\nstashed = K.LSTM(4)\nstashed(np.zeros((1, 2, 3)))\nclass Sub(K.LSTM): pass\nmodel = keras.Sequential([K.LSTM(4)])\nmodel.build((None, 2, 3))\nconfig = keras.layers.serialize(K.LSTM(4))\n"


@pytest.mark.parametrize(
    "expression",
    [
        "keras.layers.LSTM(4)(x)",
        "tf.keras.layers.LSTM(4)(x)",
        "Other(4)(x)",
        "Sub(4)(x)",
        "stashed(x)",
        "stashed.cell(x[:, 0], [x[:, 0], x[:, 0]])",
        "model(x)",
        "keras.layers.deserialize(config)(x)",
        "keras.layers.deserialize({'module': 'keras.layers', 'class_name': 'LSTM', 'config': {'units': 4}, 'registered_name': None})(x)",
        "K.LSTM.call(stashed, x)",
        "K.RNN(K.LSTMCell(4))(x)",
        "K.Bidirectional(K.LSTM(4))(x)",
        "getattr(K, 'LS' + 'TM')(4)(x)",
        "__import__('importlib').reload(__import__('sys').modules['keras.layers']).LSTM(4)(x)",
        "tf.function(stashed)(x)",
    ],
)  # fmt: skip
def test_routes_to_the_built_in_are_caught(ask, expression):
    answer = ask(HEAD + USE.format(expression), CallFunction("f", (array(1, 2, 3),)), FORBIDDEN)
    assert answer.problem is not None
    assert answer.problem.kind == "forbidden"
    assert "keras.layers.LSTM" in answer.problem.message
    assert answer.problem.line == "return " + expression


def test_a_swallowed_hit_is_remembered(ask):
    source = HEAD + "def f(x):\n    try:\n        return stashed(x)\n    except BaseException:\n        return x"
    problem = ask(source, CallFunction("f", (array(1, 2, 3),)), FORBIDDEN).problem
    assert (problem.kind, problem.line) == ("forbidden", "return stashed(x)")


@pytest.mark.parametrize(
    ("name", "expression"),
    [
        ("keras.layers.Conv2D", "K.Conv2D(2, 2)(x)"),
        ("keras.ops.conv", "K.Conv2D(2, 2)(x)"),
        ("keras.ops.conv", "keras.ops.conv(x, np.zeros((2, 2, 3, 1), 'float32'))"),
        ("tensorflow.nn.conv2d", "tf.nn.conv2d(x, np.zeros((2, 2, 3, 1), 'float32'), 1, 'SAME')"),
        ("tf.nn.max_pool2d", "tf.nn.max_pool2d(x, 2, 2, 'SAME')"),
        ("keras.layers.MaxPooling2D", "K.MaxPooling2D()(x)"),
        ("keras.ops.max_pool", "K.MaxPooling2D()(x)"),
        ("numpy.convolve", "np.convolve(x[0, 0, :, 0], [1.0])"),
        ("keras.layers.RNN", "K.RNN(K.SimpleRNNCell(2))(x[0])"),
    ],
)  # fmt: skip
def test_other_names(ask, name, expression):
    problem = ask(HEAD + USE.format(expression), CallFunction("f", (array(1, 4, 4, 3),)), (name,)).problem
    assert problem is not None
    assert problem.kind == "forbidden"
    assert name in problem.message


def test_honest_code_is_left_alone(worker):
    worker.run_cell(
        "a",
        HEAD
        + CELL
        + LAYER
        + """
class OwnRNN(keras.layers.Layer):
    def __init__(self, units):
        super().__init__()
        self.rnn = K.RNN(LSTMCell(units))
        self.dense = K.Dense(units)
    def call(self, inputs, initial_state=None):
        return self.rnn(inputs, initial_state=initial_state) + 0 * self.dense(inputs[:, 0])
def sigmoid(x):
    return tf.nn.sigmoid(x)
""",
    )
    routes = ("eager", "function", "symbolic", "saved", "from_config")
    assert worker.ask([layer_question(route=route) for route in routes], FORBIDDEN).answers[0].problem is None
    for route in routes:
        answer = worker.ask([cell_question(route=route)], FORBIDDEN).answers[0]
        assert answer.problem is None, route
    own = layer_question(entry_point="OwnRNN", layouts=(), cotangents=None)
    assert worker.ask([own], FORBIDDEN).answers[0].problem is None
    assert worker.ask([CallFunction("sigmoid", (array(2),))], ("tensorflow.nn.conv2d",)).answers[0].problem is None


def test_outside_questions_the_built_in_runs(ask, run):
    assert ask(HEAD + USE.format("stashed(x)"), CallFunction("f", (array(1, 2, 3),)), FORBIDDEN).problem is not None
    assert run("print(K.LSTM(4)(np.zeros((1, 2, 3))).shape, stashed(np.zeros((1, 2, 3))).shape)") == "(1, 4) (1, 4)"
    assert ask("", CallFunction("f", (array(1, 2, 3),))).problem is None


def test_signatures_are_kept(ask):
    source = (
        HEAD
        + "import inspect\ndef f():\n    return str(inspect.signature(K.LSTM.__init__)), str(inspect.signature(K.LSTM.call))"
    )
    plain = ask(source, CallFunction("f", ()))
    assert ask("", CallFunction("f", ()), FORBIDDEN).value == plain.value
    assert "recurrent_dropout" in plain.value.items[0]


def test_operations_show_what_no_trap_catches(ask):
    source = (
        HEAD
        + "kernel = np.zeros((2, 2, 3, 1), 'float32')\nconcrete = tf.function(lambda x: tf.nn.conv2d(x, kernel, 1, 'SAME')).get_concrete_function(tf.TensorSpec((1, 4, 4, 3)))\ndef f(x):\n    return concrete(tf.constant(x))\ndef g(x):\n    return tf.raw_ops.Conv2D(input=x, filter=kernel, strides=[1] * 4, padding='SAME')"
    )
    for name in "fg":
        answer = ask(source, CallFunction(name, (array(1, 4, 4, 3),)), ("tensorflow.nn.conv2d",))
        assert "Conv2D" in answer.operations
        source = ""


@pytest.mark.parametrize(
    "way",
    [
        "import inspect; inspect.getsource(keras.layers.LSTMCell)",
        "import sys; open(sys.modules['keras.src.layers.rnn.lstm'].__file__)",
        "import sys, os; os.open(sys.modules['keras.src.layers.rnn.lstm'].__cached__, os.O_RDONLY)",
        "import os, sys; d = os.open(os.path.dirname(sys.modules['keras.src.layers.rnn.lstm'].__file__), os.O_RDONLY); os.open('lstm.py', os.O_RDONLY, dir_fd=d)",
        "import importlib; importlib.reload(__import__('sys').modules['keras.src.layers.rnn.lstm'])",
        "import subprocess; subprocess.run(['true'])",
        "import os; os.fork()",
        "import ctypes; ctypes.CDLL(None)",
        "import gc; gc.get_objects()",
        "import sys; sys.settrace(lambda *_: None)",
        "import torch",
        "keras.layers.LSTM(4)",
        "import sys; sys.meta_path.clear(); import jax",
        "import tensorflow.python.keras.layers.cudnn_recurrent",
        "import sys, tensorflow as tf; tf.io.gfile.copy(sys.modules['keras.src.layers.rnn.lstm'].__file__, 'mine.py')",
        "import sys, tensorflow as tf; tf.io.gfile.GFile(sys.modules['keras.src.layers.rnn.lstm'].__file__).read()",
        "open('mine.py', 'w').write('a = 1'); import sys; sys.path.append('.'); import mine",
        "keras.layers.LSTM.call.__code__ = (lambda self, sequences: 1).__code__",
    ],
)  # fmt: skip
def test_a_sealed_worker_has_no_way_back(worker, way):
    worker.seal(FORBIDDEN)
    done = worker.run_cell("cell", f"import keras\n{way}")
    assert done.problem is not None
    assert done.refused
    assert (
        worker.run_cell("next", "import json, keras\nx = keras.layers.Dense(3)\nopen('x', 'w').close()").problem is None
    )


def test_a_sealed_worker_answers_what_needs_no_built_in(worker):
    worker.seal(FORBIDDEN)
    worker.run_cell("cell", "import keras\ndef f(x): return keras.ops.tanh(x)")
    answer = worker.ask([CallFunction("f", (array(2, 3),))], FORBIDDEN).answers[0]
    assert answer.problem is None


CONVOLUTIONS = ("keras.ops.conv",)
SMALL = "import tensorflow as tf, numpy as np\nx, k = np.ones((1, 4, 4, 1), 'f'), np.ones((2, 2, 1, 1), 'f')\n"


@pytest.mark.parametrize(
    "way",
    [
        "tf.compat.v1.nn.conv2d(x, k, [1] * 4, 'VALID')",
        "tf.raw_ops.FusedPadConv2D(input=x, paddings=np.zeros((4, 2), 'i'), filter=k, mode='REFLECT', strides=[1] * 4, padding='VALID')",
        "from tensorflow.python.eager import context\nfrom tensorflow.python import pywrap_tfe\npywrap_tfe.TFE_Py_FastPathExecute(context.context(), 'Conv2D', None, x, k, 'strides', [1] * 4, 'padding', 'VALID')",
        "g = tf.Graph()\nwith g.as_default():\n    p = tf.compat.v1.placeholder(tf.float32)\n    g.create_op('Conv2D', [p, p], [tf.float32])",
        "d = tf.compat.v1.GraphDef()\nfor name in 'ab': d.node.add(name=name, op='Placeholder').attr['dtype'].type = 1\nc = d.node.add(name='c', op='Conv2D', input=['a', 'b'])\nc.attr['T'].type = 1\nc.attr['strides'].list.i.extend([1] * 4)\nc.attr['padding'].s = b'VALID'\nwith tf.Graph().as_default(): tf.graph_util.import_graph_def(d)",
        "from tensorflow.core.framework import function_pb2\nfrom tensorflow.python.eager import context\nd = function_pb2.FunctionDef()\nd.signature.name = 'f'\nd.node_def.add(name='c', op='Conv2D')\ncontext.context().add_function_def(d)",
        "with tf.Graph().as_default(): tf.compat.v1.Session().run(tf.zeros(2))",
        "tf.lite.Interpreter(model_content=bytes(9))",
        "from scipy.signal import _sigtools\n_sigtools._correlateND(x, x, x, 0)",
        "from tensorflow.python import pywrap_tfe\npywrap_tfe.TFE_Py_FastPathExecute.__code__",
    ],
)  # fmt: skip
def test_a_sealed_worker_makes_no_such_operation(worker, way):
    worker.seal(CONVOLUTIONS)
    done = worker.run_cell("cell", SMALL + way)
    assert done.problem is not None
    assert "not exist" not in done.problem.message
    if "__code__" not in way:
        assert done.refused
    assert worker.run_cell("next", "tf.matmul(x[0, ..., 0], x[0, ..., 0])").problem is None


@pytest.mark.parametrize(
    "honest",
    [
        "from concurrent.futures import ThreadPoolExecutor\nprint(ThreadPoolExecutor(2).submit(tf.reduce_sum, x).result())",
        "print([float(y) for y in tf.data.Dataset.range(3).map(lambda y: y + 1)])",
        "@tf.function\ndef loop(n):\n    total = 0\n    for i in tf.range(n):\n        if i > 1:\n            total += i\n    return total\nprint(loop(tf.constant(4)))",
        "tf.io.write_file('a.txt', 'text')\nprint(tf.io.read_file('a.txt'), tf.io.gfile.GFile('a.txt').read())",
        "tf.saved_model.save(tf.Module(), 'm')\ntf.saved_model.load('m')\nprint(1)",
        "import keras\nm = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])\nm.compile('adam', 'mse')\nm.fit(np.ones((4, 3)), np.ones((4, 2)), verbose=0)\nm.save('m.keras')\nkeras.models.load_model('m.keras')\nprint(1)",
    ],
)  # fmt: skip
def test_a_sealed_worker_leaves_the_rest_of_tensorflow(worker, honest):
    worker.seal((*CONVOLUTIONS, *FORBIDDEN, "keras.layers.RNN"))
    done = worker.run_cell("cell", SMALL + honest)
    assert done.problem is None, done.problem
    assert not done.refused


@pytest.mark.parametrize("level", ["full", "restricted"])
def test_a_sealed_worker_starts_no_process(worker):
    worker.seal(FORBIDDEN)
    source = "import _posixsubprocess, os, threading\nt = threading.Thread(target=print)\nt.start(); t.join()\n"
    started = "_posixsubprocess.fork_exec([b'/bin/true'], [b'/bin/true'], True, (), None, None, -1, -1, -1, -1, -1, -1, -1, -1, True, False, 0, None, None, None, -1, None, True)"
    assert worker.run_cell("cell", source).problem is None
    assert worker.run_cell("next", started).problem is not None
