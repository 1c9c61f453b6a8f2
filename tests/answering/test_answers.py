"""What a worker answers: every route, every way to name weights, every problem."""

# ruff: noqa: E501  sources of cells stay on one line

from __future__ import annotations

import numpy as np
import pytest
from support.questions import CELL, LAYER, array, cell_question, flat, layer_question, lstm_steps, lstm_weights

from autograder.answering.protocol import (
    Array,
    CallFunction,
    CallLayer,
    Items,
    NamedArray,
    Other,
    TrainModel,
    decode_array,
    encode_array,
)

ROUTES = ("eager", "function", "symbolic", "from_config", "saved", "twice", "resized")


def test_every_route_gives_the_same_right_answer(worker):
    worker.run_cell("a", CELL + LAYER)
    cells = worker.ask([cell_question(route=route) for route in ROUTES]).answers
    layers = worker.ask([layer_question(route=route) for route in ROUTES]).answers
    h, c = lstm_steps(cell_question())
    last, _ = lstm_steps(layer_question())
    for route, of_cell, of_layer in zip(ROUTES, cells, layers, strict=True):
        assert of_cell.problem is None, (route, of_cell.problem)
        assert of_layer.problem is None, (route, of_layer.problem)
        assert isinstance(of_cell.value, Items)
        assert isinstance(of_cell.value.items[1], Items)
        for part, right in zip(flat(of_cell.value), (h, h, c), strict=True):
            np.testing.assert_allclose(part, right, atol=1e-5)
        np.testing.assert_allclose(flat(of_layer.value)[0], last, atol=1e-5)
        for name in ("inputs", "state.0", "state.1", "kernel", "recurrent_kernel", "bias"):
            for one, first in ((of_cell, cells[0]), (of_layer, layers[0])):
                np.testing.assert_allclose(
                    flat(one.gradients[name])[0], flat(first.gradients[name])[0], atol=1e-5, err_msg=route
                )
        assert [weight.shape for weight in of_cell.weights] == [(3, 16), (4, 16), (16,)]
        assert all(weight.trainable and weight.tracked for weight in of_cell.weights)
    assert cells[ROUTES.index("from_config")].config["units"] == 4


def test_gradients_agree_with_differences(ask):
    question = cell_question(cotangents=(array(2, 4, seed=3),))
    answer = ask(CELL, question)
    shifted = decode_array(question.inputs).astype("float64")
    cotangent = decode_array(array(2, 4, seed=3)).astype("float64")
    step = 1e-6
    up, down = shifted.copy(), shifted.copy()
    up[1, 2] += step
    down[1, 2] -= step
    slope = sum(
        sign * (cotangent * lstm_steps(cell_question(inputs=encode_array(moved)))[0]).sum()
        for sign, moved in ((1, up), (-1, down))
    ) / (2 * step)
    assert flat(answer.gradients["inputs"])[0][1, 2] == pytest.approx(slope, rel=1e-4)


def test_float64_is_float64_throughout(ask):
    question = cell_question(
        dtype="float64",
        layouts=(lstm_weights(dtype="float64"),),
        inputs=array(2, 3, dtype="float64"),
        states=(array(2, 4, dtype="float64"),) * 2,
        cotangents=None,
    )
    answer = ask(CELL, question)
    assert answer.problem is None
    assert {part.dtype for part in flat(answer.value)} == {np.dtype("float64")}
    assert answer.gradients == {}


def test_state_that_leaks_shows_on_the_route_twice(ask, worker):
    leaky = CELL + LAYER.replace("states = initial_state or", "states = self.kept or").replace(
        "self.units = units", "self.units = units; self.kept = None"
    ).replace("        return output", "        self.kept = list(states)\n        return output")
    once = ask(leaky, layer_question(states=None, cotangents=None))
    twice = worker.ask([layer_question(states=None, cotangents=None, route="twice")]).answers[0]
    assert once.problem is None
    assert not np.allclose(flat(once.value)[0], flat(twice.value)[0])


# ---------------------------------------------------------------------------------------------------- weights


PER_GATE = tuple(
    NamedArray(f"{kind}_{gate}", array(*shape, seed=seed))
    for seed, gate in enumerate("ifco")
    for kind, shape in (("W", (3, 4)), ("U", (4, 4)), ("b", (4,)))
)


@pytest.mark.parametrize("named", [True, False], ids=["named", "by attribute"])
def test_second_layout_by_name_or_by_attribute(ask, named):
    name = "name=f'{kind}_{gate}'" if named else ""
    source = f"""
import keras
class LSTMCell(keras.layers.Layer):
    def __init__(self, units):
        super().__init__(); self.units = units
    def build(self, shape):
        for gate in "ocfi":
            for kind, size in (("b", (4,)), ("U", (4, 4)), ("W", (3, 4))):
                setattr(self, f"{{kind}}_{{gate}}", self.add_weight(shape=size, {name}))
    def call(self, inputs, states):
        return inputs @ self.W_i + states[0] @ self.U_f + self.b_o
"""
    answer = ask(source, cell_question(layouts=(lstm_weights(), PER_GATE), cotangents=(array(2, 4),)))
    assert answer.problem is None
    assert answer.layout == 1
    values = {weight.name: decode_array(weight.array) for weight in PER_GATE}
    question = cell_question()
    right = decode_array(question.inputs) @ values["W_i"] + decode_array(question.states[0]) @ values["U_f"]
    np.testing.assert_allclose(flat(answer.value)[0], right + values["b_o"], atol=1e-5)
    assert answer.gradients["W_f"] is None
    assert isinstance(answer.gradients["W_i"], Array)


def test_shapes_decide_where_names_say_nothing(ask):
    source = CELL.replace('name="kernel"', 'name="a"').replace('name="recurrent_kernel"', 'name="b"')
    source = source.replace("self.kernel", "self.one").replace("self.recurrent_kernel", "self.two")
    answer = ask(source, cell_question())
    assert answer.layout == 0
    np.testing.assert_allclose(flat(answer.value)[0], lstm_steps(cell_question())[0], atol=1e-5)


def test_equal_shapes_are_not_guessed(ask):
    source = CELL.replace('name="kernel"', 'name="a"').replace("self.kernel", "self.one")
    square = (
        NamedArray("kernel", array(4, 16)),
        NamedArray("recurrent_kernel", array(4, 16, seed=1)),
        NamedArray("bias", array(16)),
    )
    answer = ask(source, cell_question(layouts=(square,), inputs=array(2, 4)))
    assert answer.problem.kind == "weights"
    assert "lstm_cell/a (4, 16)" in answer.problem.message
    assert "kernel (4, 16)" in answer.problem.message


STACK = """
class Stack(keras.layers.Layer):
    def __init__(self, names):
        super().__init__()
        self.forward_cell = LSTMCell(4, name=names[0] or None)
        self.backward_cell = LSTMCell(4, name=names[1] or None)
    def call(self, inputs):
        states = [ops.zeros((2, 4))] * 2
        return self.backward_cell(inputs, states)[0] - 2 * self.forward_cell(inputs, states)[0]
"""


@pytest.mark.parametrize("names", [("forward", "backward"), ("", "")], ids=["named", "by attribute"])
def test_groups_tell_sublayers_apart(ask, names):
    layout = tuple(
        NamedArray(weight.name, array(*weight.array.shape, seed=seed), group)
        for seed, group in ((8, "forward"), (9, "backward"))
        for weight in lstm_weights()
    )
    question = CallLayer("Stack", {"names": Items(names)}, (layout,), array(2, 3), cotangents=(array(2, 4),))
    answer = ask(CELL + STACK, question)
    assert answer.problem is None
    assert set(answer.gradients) == {"inputs"} | {f"{weight.group}/{weight.name}" for weight in layout}
    swapped = tuple(
        NamedArray(weight.name, weight.array, {"forward": "backward", "backward": "forward"}[weight.group])
        for weight in layout
    )
    other = ask("", CallLayer("Stack", {"names": Items(names)}, (swapped,), array(2, 3)))
    assert not np.allclose(flat(other.value)[0], flat(answer.value)[0])


def test_equal_names_without_group_follow_their_creation(ask):
    layout = tuple(
        NamedArray(weight.name, array(*weight.array.shape, seed=seed), group)
        for seed, group in ((8, "0"), (9, "1"))
        for weight in lstm_weights()
    )
    answer = ask(CELL + STACK, CallLayer("Stack", {"names": Items(("", ""))}, (layout,), array(2, 3)))
    grouped = tuple(
        NamedArray(weight.name, weight.array, "forward" if weight.group == "0" else "backward") for weight in layout
    )
    other = ask("", CallLayer("Stack", {"names": Items(("", ""))}, (grouped,), array(2, 3)))
    np.testing.assert_array_equal(flat(other.value)[0], flat(answer.value)[0])


def test_a_layer_that_is_made_anew_in_every_call_starts_as_it_does_elsewhere(ask):
    source = """
import keras
class Scaled(keras.layers.Layer):
    def build(self, shape):
        self.scale = self.add_weight(shape=(5,), name="scale")
    def call(self, inputs):
        return keras.layers.Dense(5)(inputs) * self.scale
"""
    layout = (NamedArray("scale", array(5, seed=3)),)
    answer = ask(source, CallLayer("Scaled", {}, (layout,), array(2, 3)))
    assert answer.problem is None
    assert np.all(flat(answer.value)[0] != 0)


def test_missing_and_superfluous_weights_are_listed(ask):
    source = CELL.replace('self.bias = self.add_weight(shape=(4 * self.units,), name="bias")', "self.bias = 0.0")
    answer = ask(source, cell_question())
    assert answer.problem.kind == "weights"
    assert "Found: lstm_cell/kernel (3, 16), lstm_cell/recurrent_kernel (4, 16)." in answer.problem.message
    assert "bias (16,)" in answer.problem.message
    more = CELL.replace("def call", "    self.extra = self.add_weight(shape=(7,), name='extra')\n\n    def call", 1)
    assert ask(more, cell_question()).problem.kind == "weights"


def test_variables_that_keras_does_not_track_are_set_and_said(ask):
    source = CELL.replace("import keras", "import keras, tensorflow as tf")
    source = source.replace(
        'self.bias = self.add_weight(shape=(4 * self.units,), name="bias")',
        "self.bias = tf.Variable(tf.zeros(4 * self.units))",
    )
    answer = ask(source, cell_question())
    assert answer.problem is None
    assert [weight.tracked for weight in answer.weights] == [True, True, False]
    np.testing.assert_allclose(flat(answer.value)[0], lstm_steps(cell_question())[0], atol=1e-5)


def test_weights_made_in_call_are_found(ask):
    source = CELL.replace("def build(self, input_shape):", "def make(self, input_shape):").replace(
        "        h, c = states",
        "        if not hasattr(self, 'kernel'):\n            self.make(inputs.shape)\n        h, c = states",
    )
    answer = ask(source, cell_question())
    np.testing.assert_allclose(flat(answer.value)[0], lstm_steps(cell_question())[0], atol=1e-5)


# -------------------------------------------------------------------------------------------------- functions


def test_values_of_all_kinds_come_back_raw(ask):
    source = """
import numpy as np, keras, tensorflow as tf
class Liar(np.ndarray):
    def __eq__(self, other): return True
    def __array__(self, *a, **k): raise RuntimeError
    def __array_function__(self, *a, **k): return True
class Duck:
    def __array__(self, dtype=None, copy=None): return np.arange(3.0)
    def __eq__(self, other): return True
def f(kind):
    return {
        "liar": np.arange(3.0).view(Liar), "duck": Duck(), "tensor": tf.constant([1, 2]),
        "variable": keras.Variable([1.0, 2.0]), "half": tf.cast([1.0], tf.bfloat16), "big":
        np.arange(3.0).astype(">f4"), "nest": (1, 2.5, [True, None, "x"]), "object": np.array([object()]),
        "dict": {}, "huge": 2**70, "complex": 1j, "scalar": np.float32(2), "text": "\\ud800", "generator": (i
        for i in "a"), "none": None, "symbolic": keras.Input((2,)),
    }[kind]
"""
    kinds = [
        "liar",
        "duck",
        "tensor",
        "variable",
        "half",
        "big",
        "nest",
        "object",
        "dict",
        "huge",
        "complex",
        "scalar",
        "text",
        "generator",
        "none",
        "symbolic",
    ]
    got = {kind: ask(source if kind == "liar" else "", CallFunction("f", (kind,))).value for kind in kinds}
    np.testing.assert_array_equal(decode_array(got["liar"]), [0, 1, 2])
    np.testing.assert_array_equal(decode_array(got["duck"]), [0, 1, 2])
    np.testing.assert_array_equal(decode_array(got["big"]), [0, 1, 2])
    assert decode_array(got["tensor"]).dtype == "int32"
    np.testing.assert_array_equal(decode_array(got["variable"]), [1, 2])
    assert got["half"].dtype == "bfloat16"
    assert got["nest"] == Items((1, 2.5, Items((True, None, "x"))))
    assert decode_array(got["scalar"]) == 2
    assert got["text"] == "?"
    assert got["none"] is None
    assert got["complex"].dtype == "complex128"
    for kind in ("object", "dict", "huge", "generator", "symbolic"):
        assert isinstance(got[kind], Other), kind


def test_changed_inputs_are_reported(ask):
    answer = ask("def f(a, b):\n    b += 1\n    return a", CallFunction("f", (array(2), array(3))))
    assert answer.inputs_changed == (1,)


def test_an_at_sign_stands_for_an_object_of_the_notebook(ask):
    answer = ask("def f(g, x):\n    return g(x)\ndef g(x):\n    return x + 1", CallFunction("f", ("@g", 1)))
    assert answer.value == 2
    assert ask("", CallFunction("f", ("@nothing", 1))).problem.kind == "missing"


def test_generators_start_anew_for_every_question(ask, worker):
    source = "import random, numpy as np, keras\ndef f():\n    return random.random(), np.random.rand(), keras.random.normal((2,))"
    first = ask(source, CallFunction("f", ()))
    worker.run_cell("b", "import numpy as np; np.random.rand(7); keras.random.normal((3,))")
    assert worker.ask([CallFunction("f", ())] * 2).answers[1].value == first.value


def test_settings_of_keras_are_default_while_asked_and_restored(ask, run):
    source = "import keras, tensorflow as tf\ndef f():\n    return keras.config.floatx(), keras.config.dtype_policy().name, tf.config.functions_run_eagerly()\n"
    source += "keras.config.set_floatx('float64'); keras.config.set_dtype_policy('mixed_bfloat16'); tf.config.run_functions_eagerly(True)"
    assert ask(source, CallFunction("f", ())).value == Items(("float32", "float32", False))


def test_output_while_asked_is_thrown_away(ask, run):
    source = (
        "import sys, os\ndef f():\n    print('secret'); sys.stderr.write('secret'); os.write(1, b'secret'); return 1"
    )
    assert ask(source, CallFunction("f", ())).value == 1
    assert run("print('after')") == "after"


# --------------------------------------------------------------------------------------------------- problems


@pytest.mark.parametrize(
    ("source", "kind", "name", "line", "raised_in"),
    [
        ("pass", "missing", "NameError", "", ""),
        ("def f():\n    raise NotImplementedError('todo')", "not_implemented", "NotImplementedError", "raise NotImplementedError('todo')", "f"),
        ("class f:\n    def __init__(self):\n        g()\ndef g():\n    return 1 / 0", "exception", "ZeroDivisionError", "return 1 / 0", "g"),
        ("import numpy as np\ndef f():\n    return np.zeros((2, 3)) @ np.zeros((2, 3))", "exception", "ValueError", "return np.zeros((2, 3)) @ np.zeros((2, 3))", "f"),
        ("def f():\n    raise SystemExit(3)", "exception", "SystemExit", "raise SystemExit(3)", "f"),
        ("def f():\n    raise KeyboardInterrupt", "exception", "KeyboardInterrupt", "raise KeyboardInterrupt", "f"),
        ("class E(BaseException):\n    def __str__(self): raise OSError\ndef f():\n    raise E", "exception", "E", "raise E", "f"),
        ("def f():\n    return f()", "exception", "RecursionError", "return f()", "f"),
        ("f = 3", "exception", "TypeError", "", ""),
        ("def f():\n    raise ValueError('x' * 10**6)", "exception", "ValueError", "raise ValueError('x' * 10**6)", "f"),
    ],
)  # fmt: skip
def test_problems_of_a_function(ask, source, kind, name, line, raised_in):
    problem = ask(source, CallFunction("f", ())).problem
    assert (problem.kind, problem.type, problem.line, problem.raised_in) == (kind, name, line, raised_in)
    assert len(problem.message) <= 2000
    assert "site-packages" not in problem.traceback
    assert "gatebook" not in problem.traceback


def test_problem_in_a_layer_names_the_students_method(ask):
    source = CELL.replace("h, c = states", "h, c = states\n        raise NotImplementedError")
    problem = ask(source, cell_question()).problem
    assert (problem.kind, problem.raised_in) == ("not_implemented", "LSTMCell.call")
    problem = ask(CELL.replace("h @ self.recurrent_kernel", "h @ self.kernel"), cell_question()).problem
    assert problem.type == "InvalidArgumentError"
    assert problem.raised_in == "LSTMCell.call"
    assert "Found" not in problem.message


@pytest.mark.parametrize(("source", "says"), [("LSTMCell = 3", "int"), ("def LSTMCell(units):\n    return 1", "int")])
def test_something_else_than_a_layer(ask, source, says):
    problem = ask(source, cell_question()).problem
    assert problem.type == "TypeError"
    assert says in problem.message


def test_loud_but_right_code_is_right(ask):
    source = (
        CELL
        + """
class LSTM(keras.layers.Layer):
    def __init__(self, units):
        super().__init__()
        self.cell = LSTMCell(units)
    def call(self, inputs, initial_state):
        def step(carry, x):
            _, states = self.cell(x, list(carry))
            return tuple(states), tuple(states)
        (h, c), _ = ops.scan(step, tuple(initial_state), ops.transpose(inputs, (1, 0, 2)))
        return h
"""
    )
    answer = ask(source, layer_question())
    assert answer.problem is None
    np.testing.assert_allclose(flat(answer.value)[0], lstm_steps(layer_question())[0], atol=1e-5)


# ----------------------------------------------------------------------------------------------------- models


def test_a_model_learns_the_same_every_time(ask, worker):
    source = """
import keras
def make(units):
    return keras.Sequential([keras.layers.Dense(units, activation="tanh"), keras.layers.Dropout(0.1),
                             keras.layers.Dense(2, activation="softmax")])
"""
    inputs = np.random.default_rng(0).normal(size=(40, 3)).astype("float32")
    labels = (inputs.sum(axis=1) > 0).astype("int32")
    question = TrainModel(
        "make", (5,), encode_array(inputs), encode_array(labels), encode_array(inputs[:7]), 60, 16, 0.05
    )
    answer = ask(source, question)
    assert answer.problem is None
    shapes, weights, predictions = answer.value.items
    assert shapes == Items((Items((0, 5)), Items((0, 5)), Items((0, 2))))
    assert weights == 3 * 5 + 5 + 5 * 2 + 2
    assert (decode_array(predictions).argmax(axis=1) == labels[:7]).mean() > 0.8
    assert worker.ask([question]).answers[0].value == answer.value


def test_a_model_with_a_prediction_too_few_or_too_many_is_asked_untrained(ask):
    source = """
import keras
def make(units, sequences):
    return keras.Sequential([keras.layers.SimpleRNN(units, return_sequences=sequences),
                             keras.layers.Dense(2, activation="softmax")])
"""
    inputs = np.random.default_rng(0).normal(size=(8, 4, 3)).astype("float32")
    for sequences, labels in ((False, np.zeros((8, 4), np.int64)), (True, np.zeros(8, np.int64))):
        arrays = (encode_array(inputs), encode_array(labels), encode_array(inputs[:5]))
        answer = ask(source, TrainModel("make", (6, sequences), *arrays, 3, 4, 0.05))
        assert answer.problem is None
        assert answer.training is None
        _, weights, predictions = answer.value.items
        assert weights == (3 + 6 + 1) * 6 + 7 * 2
        assert decode_array(predictions).shape == ((5, 4, 2) if sequences else (5, 2))


ORDERS = """
class {name}(keras.layers.Layer):
    def __init__(self, units, **options):
        super().__init__(**options)
        self.first, self.second = Half(units), Half(units)
        {init}
    def call(self, inputs):
        {call}
"""
HALF = """
class Half(keras.layers.Layer):
    def __init__(self, units, **options):
        super().__init__(**options)
        self.units = units
    def build(self, shape):
        self.kernel = self.add_weight(name="kernel", shape=(shape[-1], self.units){initializer})
        {after}
    def call(self, inputs):
        return inputs @ self.kernel
"""


@pytest.mark.parametrize(
    ("half", "layer"),
    [
        ({}, {"call": "return self.first(inputs) - 2 * self.second(inputs)"}),
        ({}, {"call": "b = self.second(inputs); return self.first(inputs) - 2 * b"}),
        ({"initializer": ", initializer=lambda shape, dtype=None: keras.ops.ones(shape, dtype)"}, {}),
        ({"after": "self.kernel.assign(keras.ops.ones_like(self.kernel))"}, {}),
        ({"after": "self.seen = self.add_weight(shape=(), trainable=False)"}, {}),
    ],
    ids=["in order", "backwards", "own initializer", "set in build", "one more"],
)  # fmt: skip
def test_weights_made_by_the_call_that_answers_are_those_of_a_layer_built_before(ask, half, layer):
    """Whatever the order in which they are made, and whatever is done to them meanwhile."""
    shape, units = (5, 3), 4
    weights = tuple(NamedArray("kernel", array(shape[-1], units, seed=seed), str(seed)) for seed in (0, 1))
    inputs = array(*shape, seed=2)
    question = CallLayer(
        "Pair", {"units": units}, (weights,), inputs, route="eager", cotangents=(array(shape[0], units, seed=3),)
    )
    half = {"initializer": "", "after": "pass"} | half
    layer = {"init": "pass", "call": "return self.first(inputs) - 2 * self.second(inputs)"} | layer
    source = "import keras\n" + HALF.format(**half) + ORDERS.format(name="Pair", **layer)
    given = ask(source, question)
    first, second = (decode_array(weight.array) for weight in weights)
    assert given.problem is None, given.problem
    x = decode_array(inputs)
    right = x @ first - 2 * x @ second
    np.testing.assert_allclose(flat(given.value)[0], right, atol=1e-5)
    cotangent = decode_array(array(shape[0], units, seed=3))
    np.testing.assert_allclose(flat(given.gradients["inputs"])[0], cotangent @ (first - 2 * second).T, atol=1e-5)


@pytest.mark.parametrize(
    "call",
    [
        "return Half(self.units)(inputs)",
        "self.first = Half(self.units); return self.first(inputs)",
        "kernel = self.add_weight(name='kernel', shape=(inputs.shape[-1], self.units)); return inputs @ kernel",
    ],
)
def test_a_layer_that_makes_weights_in_every_call_is_not_right_in_the_first(ask, call):
    kernel = array(3, 4, seed=0)
    question = CallLayer("Anew", {"units": 4}, ((NamedArray("kernel", kernel),),), array(5, 3, seed=1), route="eager")
    source = "import keras\n" + HALF.format(initializer="", after="pass")
    source += f"""
class Anew(keras.layers.Layer):
    def __init__(self, units, **options):
        super().__init__(**options)
        self.units = units
    def call(self, inputs):
        {call}
"""
    given = ask(source, question)
    right = decode_array(question.inputs) @ decode_array(kernel)
    assert given.problem is not None or np.abs(flat(given.value)[0] - right).max() > 0.1
