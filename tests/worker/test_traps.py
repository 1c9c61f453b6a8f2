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
