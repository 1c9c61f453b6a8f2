"""Decoys: they look like the built-ins they stand for, compute something else, and leave no way back to these."""

# ruff: noqa: E501  sources of cells stay on one line

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from support.questions import CELL, LAYER, LIMITS, array, cell_question, flat, layer_question, lstm_steps

from autograder.answering import decoys
from autograder.answering.decoys import not_found
from autograder.answering.forbidden import FAMILIES, Place
from autograder.answering.protocol import Answer, CallFunction
from autograder.running.host import Zygote
from autograder.running.workers import Worker

LONG = replace(LIMITS, submission_seconds=600)
DESCRIBED = """
import json, keras, numpy as np, tensorflow as tf
from keras import layers as K, ops

def told(make, *shape):
    keras.utils.set_random_seed(1)
    x = tf.constant(np.random.default_rng(2).normal(size=shape).astype("float32"))
    layer = make()
    with tf.GradientTape() as tape:
        tape.watch(x)
        outputs = tf.nest.flatten(layer(x))
        total = tf.add_n([tf.reduce_sum(tf.sin(y)) for y in outputs if y.dtype.is_floating])
    weights = getattr(layer, "trainable_weights", [])
    gradients = tape.gradient(total, [x, *(weight.value for weight in weights)])
    print(json.dumps({
        "outputs": [[list(y.shape), y.dtype.name, y.numpy().ravel().tolist()] for y in outputs],
        "weights": [[weight.name, list(weight.shape), ops.convert_to_numpy(weight).ravel().tolist()] for weight in weights],
        "gradients": [None if g is None else [list(g.shape), bool(np.isfinite(g).all()), bool(np.any(g))] for g in gradients],
    }))
"""


@pytest.fixture(scope="module")
def open_worker(full_zygote: Zygote) -> Iterator[Worker]:
    with full_zygote.spawn(LONG) as spawned:
        spawned.run_cell("described", DESCRIBED)
        yield spawned


@pytest.fixture(scope="module")
def recurrence(full_zygote: Zygote) -> Iterator[Worker]:
    with full_zygote.spawn(LONG, ("recurrence",)) as spawned:
        spawned.run_cell("described", DESCRIBED)
        yield spawned


@pytest.fixture(scope="module")
def convolution(full_zygote: Zygote) -> Iterator[Worker]:
    with full_zygote.spawn(LONG, ("convolution",)) as spawned:
        spawned.run_cell("described", DESCRIBED)
        yield spawned


@pytest.fixture(scope="module")
def pooling(full_zygote: Zygote) -> Iterator[Worker]:
    with full_zygote.spawn(LONG, ("pooling",)) as spawned:
        spawned.run_cell("described", DESCRIBED)
        yield spawned


def printed(worker: Worker, source: str) -> str:
    done = worker.run_cell("cell", source)
    assert done.problem is None, done.problem
    return "".join("".join(output.get("text", "")) for output in json.loads(done.outputs)).strip()


SEQUENCE, PLANES, VOLUMES = (2, 5, 3), (2, 6, 5, 3), (2, 4, 5, 4, 2)
KERNEL = "tf.ones((2, 2, 3, 4)) * tf.range(1., 5)"
RECURRENT = [
    ("K.LSTM(4)", SEQUENCE),
    ("K.LSTM(4, return_sequences=True, return_state=True)", SEQUENCE),
    ("K.LSTM(4, unroll=True)", SEQUENCE),
    ("K.LSTM(4, recurrent_activation='hard_sigmoid', use_bias=False)", SEQUENCE),
    ("K.GRU(4, return_state=True)", SEQUENCE),
    ("K.GRU(4, reset_after=False, return_sequences=True)", SEQUENCE),
    ("K.SimpleRNN(4, go_backwards=True, return_sequences=True)", SEQUENCE),
    ("K.SimpleRNN(4, stateful=True)", SEQUENCE),
    ("K.RNN(K.LSTMCell(4), return_state=True)", SEQUENCE),
    ("K.RNN([K.LSTMCell(4), K.GRUCell(3)], return_sequences=True)", SEQUENCE),
    ("K.RNN(K.StackedRNNCells([K.SimpleRNNCell(4), K.LSTMCell(2)]), return_state=True)", SEQUENCE),
    ("K.Bidirectional(K.LSTM(4))", SEQUENCE),
    ("K.Bidirectional(K.GRU(4, return_sequences=True, return_state=True), merge_mode='sum')", SEQUENCE),
    ("K.Bidirectional(K.SimpleRNN(4), merge_mode=None)", SEQUENCE),
    ("K.ConvLSTM1D(4, 2)", (2, 4, 6, 3)),
    ("K.ConvLSTM2D(4, 2, padding='same', return_sequences=True)", (2, 3, 4, 5, 3)),
]  # fmt: skip
CONVOLUTIONS = [
    ("K.Conv1D(4, 3)", SEQUENCE),
    ("K.Conv1D(4, 2, padding='causal', dilation_rate=2)", SEQUENCE),
    ("K.Conv2D(4, (3, 2), strides=2, padding='same')", PLANES),
    ("K.Conv2D(4, 2, dilation_rate=2, use_bias=False)", PLANES),
    ("K.Conv3D(4, 2)", VOLUMES),
    ("K.DepthwiseConv1D(2, depth_multiplier=2)", SEQUENCE),
    ("K.DepthwiseConv2D(2)", PLANES),
    ("K.SeparableConv1D(4, 2)", SEQUENCE),
    ("K.SeparableConv2D(4, 2)", PLANES),
    ("K.Conv1DTranspose(4, 2, strides=2)", SEQUENCE),
    ("K.Conv2DTranspose(4, 2)", PLANES),
    ("K.Conv3DTranspose(4, 2)", VOLUMES),
    (f"lambda: lambda x: ops.conv(x, {KERNEL})", PLANES),
    ("lambda: lambda x: ops.image.extract_patches(x, 2)", PLANES),
    ("lambda: lambda x: tf.nn.conv1d(x, tf.ones((2, 3, 4)), 1, 'SAME')", SEQUENCE),
    (f"lambda: lambda x: tf.nn.conv2d(x, {KERNEL}, 1, 'VALID')", PLANES),
    ("lambda: lambda x: tf.nn.conv2d_transpose(x, tf.ones((2, 2, 4, 3)), (2, 7, 6, 4), 1, 'VALID')", PLANES),
    ("lambda: lambda x: tf.nn.conv3d(x, tf.ones((2, 2, 2, 2, 3)), [1] * 5, 'SAME')", VOLUMES),
    (f"lambda: lambda x: tf.nn.convolution(x, {KERNEL}, padding='VALID')", PLANES),
    ("lambda: lambda x: tf.nn.depthwise_conv2d(x, tf.ones((2, 2, 3, 2)), [1] * 4, 'SAME')", PLANES),
    ("lambda: lambda x: tf.nn.separable_conv2d(x, tf.ones((2, 2, 3, 2)), tf.ones((1, 1, 6, 4)), [1] * 4, 'SAME')", PLANES),
    ("lambda: lambda x: tf.nn.dilation2d(x, tf.ones((2, 2, 3)), [1] * 4, 'SAME', 'NHWC', [1] * 4)", PLANES),
    ("lambda: lambda x: tf.image.extract_patches(x, [1, 2, 2, 1], [1] * 4, [1] * 4, 'VALID')", PLANES),
    (f"lambda: lambda x: tf.raw_ops.Conv2D(input=x, filter={KERNEL}, strides=[1] * 4, padding='SAME')", PLANES),
]  # fmt: skip
POOLS = [
    ("K.MaxPooling1D(2)", SEQUENCE),
    ("K.MaxPooling2D((2, 3), strides=1, padding='same')", PLANES),
    ("K.MaxPooling3D(2)", VOLUMES),
    ("K.AveragePooling1D(2, strides=1)", SEQUENCE),
    ("K.AveragePooling2D(2)", PLANES),
    ("K.AveragePooling3D(2, padding='same')", VOLUMES),
    ("K.GlobalMaxPooling1D()", SEQUENCE),
    ("K.GlobalMaxPooling2D(keepdims=True)", PLANES),
    ("K.GlobalMaxPooling3D()", VOLUMES),
    ("K.GlobalAveragePooling1D()", SEQUENCE),
    ("K.GlobalAveragePooling2D()", PLANES),
    ("K.GlobalAveragePooling3D(keepdims=True)", VOLUMES),
    ("K.AdaptiveAveragePooling2D((3, 2))", PLANES),
    ("K.AdaptiveMaxPooling1D(2)", SEQUENCE),
    ("lambda: lambda x: ops.max_pool(x, 2)", PLANES),
    ("lambda: lambda x: tf.nn.max_pool(x, 2, 1, 'SAME')", PLANES),
    ("lambda: lambda x: tf.nn.avg_pool2d(x, 2, 2, 'VALID')", PLANES),
    ("lambda: lambda x: tf.nn.pool(x, (2, 2), 'AVG')", PLANES),
    ("lambda: lambda x: tf.nn.max_pool_with_argmax(x, 2, 2, 'VALID').output", PLANES),
    ("lambda: lambda x: tf.raw_ops.MaxPool(input=x, ksize=[1, 2, 2, 1], strides=[1] * 4, padding='SAME')", PLANES),
    ("lambda: lambda x: tf.raw_ops.AvgPool(value=x, ksize=[1, 2, 2, 1], strides=[1] * 4, padding='SAME')", PLANES),
]  # fmt: skip
BY_FAMILY = {"recurrence": RECURRENT, "convolution": CONVOLUTIONS, "pooling": POOLS}


@pytest.mark.parametrize(
    ("family", "made", "shape"),
    [(family, made, shape) for family, listed in BY_FAMILY.items() for made, shape in listed],
)
def test_a_decoy_has_everything_but_the_numbers(
    request: pytest.FixtureRequest, open_worker: Worker, family: str, made: str, shape: tuple[int, ...]
) -> None:
    """The oracle is TensorFlow itself, in a worker of its own where nothing is replaced."""
    worker = request.getfixturevalue(family)
    if "Adaptive" in made and printed(open_worker, "print(hasattr(K, 'AdaptiveMaxPooling1D'))") == "False":
        # It came after the oldest version that works; the version that is pinned has it.
        pytest.skip("this Keras has no adaptive pooling")
    source = f"told({made if made.startswith('lambda') else f'lambda: {made}'}, *{shape})"
    done = worker.run_cell("cell", source)
    assert done.problem is None, done.problem
    assert done.reached
    assert {one.line for one in done.reached} <= {source, "outputs = tf.nest.flatten(layer(x))"}
    right, other = (json.loads(printed(one, source)) for one in (open_worker, worker))
    assert [entry[:2] for entry in other["outputs"]] == [entry[:2] for entry in right["outputs"]]
    assert other["weights"] == right["weights"]
    assert [g and g[0] for g in other["gradients"]] == [g and g[0] for g in right["gradients"]]
    assert all(g[1] for g in other["gradients"] if g)
    assert other["gradients"][0][2]
    for (_, _, theirs), (_, _, others) in zip(right["outputs"], other["outputs"], strict=True):
        assert np.isfinite(others).all()
        assert np.abs(np.subtract(theirs, others)).max() > 1e-3


@pytest.mark.parametrize(
    ("family", "change", "missing"),
    [
        ("recurrence", {"places": (Place(r"keras\.src\.layers\.rnn\.lstm", r"LSTMCell\.moved", "cell"),)}, r"keras\.src\.layers\.rnn\.lstm: LSTMCell\.moved"),
        ("pooling", {"operations": "(Max|Avg)Pool|MovedPool"}, "MovedPool"),
        ("convolution", {"compiled": ("numpy.linalg._umath_linalg", "numpy.linalg._moved")}, "numpy.linalg._moved"),
        ("convolution", {"hidden": ("keras/src/ops/nn.py", "keras/src/ops/moved*.py", "no_library_at_all/*.py")}, "keras/src/ops/moved*.py"),
    ],
)  # fmt: skip
def test_what_has_moved_in_a_library_is_told(
    monkeypatch: pytest.MonkeyPatch, family: str, change: dict[str, Any], missing: str
) -> None:
    assert not_found() == []
    monkeypatch.setattr(decoys, "FAMILIES", {family: replace(FAMILIES[family], **change)})
    assert not_found() == [missing]


# ------------------------------------------------------------------------------------------------- against NumPy


@pytest.mark.parametrize("way", ["keras.layers.LSTM(4)", "keras.layers.RNN(keras.layers.LSTMCell(4))"])
def test_the_hidden_state_of_a_decoy_is_not_that_of_the_equations(zygote: Zygote, way: str) -> None:
    source = f"import keras\ndef LSTM(units): return {way}"
    right, _ = lstm_steps(layer_question())
    for families, wanted in (((), True), (("convolution", "pooling"), True), (("recurrence",), False)):
        with zygote.spawn(LIMITS, families) as worker:
            worker.run_cell("cell", source)
            answer = worker.ask([layer_question(route="eager")]).answers[0]
        assert answer.problem is None, families
        assert np.allclose(flat(answer.value)[0], right, atol=1e-5) == wanted, families
        assert [reached.built_in for reached in answer.reached] == [] or families == ("recurrence",)


ROUTES = ("eager", "function", "symbolic", "saved", "from_config")


@pytest.mark.parametrize("forbidden", [("recurrence", "convolution", "pooling")])
def test_an_own_layer_is_exact_beside_decoys(worker: Worker) -> None:
    """Its values are those of NumPy on every route, and it is trained, saved and loaded."""
    worker.run_cell("cell", CELL + LAYER)
    asked = [layer_question(route=route) for route in ROUTES]
    asked += [cell_question(route=route) for route in ROUTES]
    for question, answer in zip(asked, worker.ask(asked).answers, strict=True):
        assert answer.problem is None, question.route
        assert not answer.reached
        np.testing.assert_allclose(flat(answer.value)[0], lstm_steps(question)[0], atol=1e-5)
        assert all(gradient is not None for gradient in answer.gradients.values())


@pytest.mark.parametrize("forbidden", [("recurrence",)])
def test_an_own_network_learns_what_its_gradients_say(worker: Worker, run: Callable[[str], str]) -> None:
    """One step of plain gradient descent, by hand and by `fit`."""
    run(CELL + LAYER)
    said = run("""
import numpy as np
x, y = np.ones((2, 3, 2), "float32"), np.ones((2, 4), "float32")
layer = LSTM(4)
model = keras.Sequential([keras.Input((3, 2)), layer])
before = [w.numpy().astype("float64") for w in model.trainable_weights]
model.compile(keras.optimizers.SGD(0.5), "mse")
model.fit(x, y, batch_size=2, verbose=0)
def loss(kernel, recurrent, bias):
    h = c = np.zeros((2, 4))
    for t in range(3):
        i, f, g, o = np.split(x[:, t].astype("float64") @ kernel + h @ recurrent + bias, 4, axis=-1)
        s = lambda z: 1 / (1 + np.exp(-z))
        c = s(f) * c + s(i) * np.tanh(g)
        h = s(o) * np.tanh(c)
    return np.mean((h - 1.0) ** 2)
worst = 0.0
for number, weight in enumerate(before):
    slope = np.zeros_like(weight)
    for place in np.ndindex(weight.shape):
        step = np.zeros_like(weight)
        step[place] = 1e-5
        there, back = list(before), list(before)
        there[number], back[number] = weight + step, weight - step
        slope[place] = (loss(*there) - loss(*back)) / 2e-5
    worst = max(worst, np.abs(weight - 0.5 * slope - model.trainable_weights[number].numpy()).max())
model.save("own.keras")
again = keras.models.load_model("own.keras", custom_objects={"LSTM": LSTM, "LSTMCell": LSTMCell})
print(worst < 1e-5, np.array_equal(again(x), model(x)))
""")
    assert said.splitlines()[-1] == "True True"  # Keras warns of layers without a `build`


# -------------------------------------------------------------------------------------------- ways to the built-in

HEAD = """
import keras, tensorflow as tf, numpy as np
from keras import layers as K
from keras.layers import LSTM as Other
keras.utils.set_random_seed(3)
stashed = K.LSTM(4)
stashed(np.zeros((1, 2, 3)))
class Sub(K.LSTM): pass
model = keras.Sequential([keras.Input((2, 3)), K.LSTM(4)])
config = keras.layers.serialize(K.LSTM(4))
traced = tf.function(stashed).get_concrete_function(tf.TensorSpec((1, 2, 3)))
loop = keras.src.backend.rnn
"""
WAYS = [
    "tf.keras.layers.LSTM(4)(x)",
    "Other(4)(x)",
    "Sub(4)(x)",
    "stashed(x)",
    "stashed.cell(x[:, 0], [np.zeros((1, 4), 'float32')] * 2)[0]",
    "model(x)",
    "model.predict(x, verbose=0)",
    "keras.layers.deserialize(config)(x)",
    "K.LSTM.call(stashed, tf.constant(x))",
    "K.RNN(K.LSTMCell(4))(x)",
    "getattr(K, 'LS' + 'TM')(4)(x)",
    "tf.function(stashed)(x)",
    "tf.function(stashed, jit_compile=True)(x)",
    "traced(tf.constant(x))",
    "loop(lambda y, s: (y + s[0], [y + s[0]]), tf.constant(x), [tf.zeros((1, 3))])[0]",
    "tf.keras.layers.GRU(4, name='a')(x)",
    "__import__('importlib').reload(__import__('sys').modules['keras.layers']).LSTM(4)(x)",
]  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_no_way_leads_around_a_decoy(zygote: Zygote, way: str) -> None:
    """A worker where nothing is replaced is the oracle."""
    source = f"{HEAD}\ndef f(x):\n    keras.utils.set_random_seed(4)\n    return np.asarray({way})"
    inputs = array(1, 2, 3)
    values = []
    for families in ((), ("recurrence",)):
        with zygote.spawn(LIMITS, families) as worker:
            done = worker.run_cell("cell", source)
            assert done.problem is None
            answer = worker.ask([CallFunction("f", (inputs,))]).answers[0]
        assert answer.problem is None, answer.problem
        values.append(flat(answer.value)[0])
        where = {reached.line for reached in (*answer.reached, *done.reached)}
        assert bool(where) == bool(families)
    assert values[0].shape == values[1].shape
    assert np.abs(values[0] - values[1]).max() > 1e-3


SMALL = "import tensorflow as tf, numpy as np\nx, k = np.arange(16.).reshape(1, 4, 4, 1).astype('f'), np.ones((2, 2, 1, 1), 'f')\n"
OPERATION = "from tensorflow.python.eager import context, execute\ncontext.ensure_initialized()\nattributes = ('T', 1, 'strides', [1] * 4, 'use_cudnn_on_gpu', True, 'padding', b'VALID', 'explicit_paddings', [], 'data_format', b'NHWC', 'dilations', [1] * 4)\n"
GRAPH = "d = tf.compat.v1.GraphDef()\nfor name in 'ab': d.node.add(name=name, op='Placeholder').attr['dtype'].type = 1\nc = d.node.add(name='c', op='Conv2D', input=['a', 'b'])\nc.attr['T'].type = 1\nc.attr['strides'].list.i.extend([1] * 4)\nc.attr['padding'].s = b'VALID'\n"
BELOW = [
    OPERATION + "y, = execute.execute(b'Conv2D', 1, [tf.constant(x), tf.constant(k)], attributes, context.context())",
    "from tensorflow.python.eager import context\nfrom tensorflow.python import pywrap_tfe\ncontext.ensure_initialized()\ny = pywrap_tfe.TFE_Py_FastPathExecute(context.context(), 'Conv2D', None, x, k, 'strides', [1] * 4, 'padding', 'VALID')",
    "@tf.function\ndef f(x, k):\n    o = tf.compat.v1.get_default_graph().create_op('Conv2D', [x, k], [tf.float32], attrs={'T': tf.compat.v1.AttrValue(type=1), 'strides': tf.compat.v1.AttrValue(list=tf.compat.v1.AttrValue.ListValue(i=[1] * 4)), 'padding': tf.compat.v1.AttrValue(s=b'VALID')})\n    return o.outputs[0]\ny = f(tf.constant(x), tf.constant(k))",
    "@tf.function(jit_compile=True)\ndef f(x, k):\n    o = tf.compat.v1.get_default_graph().create_op('Conv2D', [x, k], [tf.float32], attrs={'T': tf.compat.v1.AttrValue(type=1), 'strides': tf.compat.v1.AttrValue(list=tf.compat.v1.AttrValue.ListValue(i=[1] * 4)), 'padding': tf.compat.v1.AttrValue(s=b'VALID')})\n    return o.outputs[0]\ny = f(tf.constant(x), tf.constant(k))",
    GRAPH + "with tf.Graph().as_default() as g:\n    tf.graph_util.import_graph_def(d, name='')\n    with tf.compat.v1.Session() as s: y = s.run('c:0', {'a:0': x, 'b:0': k})",
    GRAPH + "f = tf.compat.v1.wrap_function(lambda a, b: tf.graph_util.import_graph_def(d, {'a': a, 'b': b}, ['c:0'])[0], [tf.TensorSpec(None), tf.TensorSpec(None)])\ny = f(tf.constant(x), tf.constant(k))",
]  # fmt: skip


# An operation may be run by a thread of TensorFlow's, where no line is known.
@pytest.mark.parametrize("way", BELOW)
def test_an_operation_made_below_python_gives_nothing(open_worker: Worker, convolution: Worker, way: str) -> None:
    tested = f"{SMALL}{way}\nprint(np.asarray(y).ravel()[:2].tolist())"
    assert printed(open_worker, tested) == "[10.0, 14.0]"
    done = convolution.run_cell("cell", tested)
    assert done.problem is not None or json.loads(done.outputs)[0]["text"] == "[]\n"
    assert "14.0" not in done.outputs
    assert "tf.raw_ops.Conv2D" in {reached.built_in for reached in done.reached}
    assert printed(convolution, f"{SMALL}print(float(tf.matmul(x[0, ..., 0], x[0, ..., 0])[0, 0]))") == "56.0"


@pytest.mark.parametrize(
    ("source", "line", "built_in"),
    [
        ("def f(x):\n    return K.LSTM(4)(x)", "return K.LSTM(4)(x)", "keras.layers.LSTMCell"),
        ("def f(x):\n    try:\n        return stashed(x)\n    finally:\n        return x", "return stashed(x)", "keras.layers.LSTMCell"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("forbidden", [("recurrence",)])
def test_the_line_that_came_to_a_decoy_is_told(
    ask: Callable[..., Answer], source: str, line: str, built_in: str
) -> None:
    reached = ask(HEAD + source, CallFunction("f", (array(1, 2, 3),))).reached
    assert {(one.line, one.function) for one in reached} == {(line, "f")}
    assert built_in in {one.built_in for one in reached}
    assert not ask("", CallFunction("abs", (1,))).reached


@pytest.mark.parametrize("forbidden", [("recurrence",)])
def test_lines_of_cells_are_told_with_the_cell(worker: Worker) -> None:
    done = worker.run_cell("cell", "import keras\ny = keras.layers.GRU(2)(keras.ops.ones((1, 2, 3)))")
    assert {reached.line for reached in done.reached} == {"y = keras.layers.GRU(2)(keras.ops.ones((1, 2, 3)))"}
    assert not worker.run_cell("next", "y = y + 1").reached


# ------------------------------------------------------------------------------------------------- what is elsewhere

ORIGINALS = [
    "import inspect; text = inspect.getsource(keras.layers.LSTMCell)",
    "import sys; text = open(sys.modules['keras.src.layers.rnn.lstm'].__file__).read()",
    "import sys; text = open(sys.modules['keras.src.layers.rnn.lstm'].__cached__, 'rb').read().decode('latin')",
    "import sys, os; d = os.open(os.path.dirname(sys.modules['keras.src.layers.rnn.lstm'].__file__), os.O_RDONLY); text = os.read(os.open('lstm.py', os.O_RDONLY, dir_fd=d), 99999).decode()",
    "import sys, tensorflow as tf; text = tf.io.gfile.GFile(sys.modules['keras.src.layers.rnn.lstm'].__file__).read()",
    "import sys, tensorflow as tf; tf.io.gfile.copy(sys.modules['keras.src.layers.rnn.lstm'].__file__, 'mine.py', True); text = open('mine.py').read()",
    "import sys, tensorflow as tf; text = tf.io.read_file(sys.modules['keras.src.layers.rnn.lstm'].__file__).numpy().decode()",
    "import linecache, sys; text = ''.join(linecache.getlines(sys.modules['keras.src.layers.rnn.lstm'].__file__))",
]  # fmt: skip


@pytest.mark.parametrize("level", ["full", "restricted"])
@pytest.mark.parametrize("forbidden", [("recurrence",)])
def test_the_source_of_an_original_is_not_there(worker: Worker, level: str) -> None:
    worker.run_cell("head", "import keras")
    for way in ORIGINALS:
        done = worker.run_cell("cell", f"text = ''\n{way}")
        assert (
            worker.run_cell(
                "then", "assert 'def call' not in text\nif text.strip(): raise SystemError(text[:99])"
            ).problem
            is None
        ), way
        assert done.problem is None or done.problem.type in (
            "OSError",
            "PermissionError",
            "PermissionDeniedError",
            "FileNotFoundError",
        ), way


@pytest.mark.parametrize("level", ["full", "restricted"])
@pytest.mark.parametrize("forbidden", [("recurrence", "convolution", "pooling")])
@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("keras.src.layers.rnn.lstm", "LSTMCell.call"),
        ("keras.src.backend.tensorflow.rnn", "rnn"),
        ("keras.src.layers.pooling.global_max_pooling2d", "GlobalMaxPooling2D.call"),
    ],
)
def test_an_original_is_not_imported_again(worker: Worker, run: Callable[[str], str], module: str, name: str) -> None:
    run(f"import importlib, sys, keras\nold = sys.modules[{module!r}]\ncode = old.{name}.__code__")
    worker.run_cell("again", "importlib.reload(old)")
    assert run(f"print(old.{name}.__code__ is code)") == "True"
    run(f"del sys.modules[{module!r}]\nnew = None")
    worker.run_cell("again", f"new = importlib.import_module({module!r})")
    assert run(f"print(hasattr(new, {name.partition('.')[0]!r}))") == "False"


@pytest.mark.parametrize("level", ["full", "restricted"])
@pytest.mark.parametrize("forbidden", [("convolution",)])
def test_other_libraries_and_interpreters_are_not_there(worker: Worker) -> None:
    for name in ("torch", "jax", "cv2", "onnxruntime", "tf_keras"):
        done = worker.run_cell("cell", f"import {name}")
        assert done.problem is not None
        assert done.problem.type in ("ModuleNotFoundError", "ImportError")
    assert (
        worker.run_cell("cell", "import tensorflow as tf\ntf.lite.Interpreter(model_content=bytes(99))").problem
        is not None
    )


SCIPY = [
    "signal.convolve2d(x, k, 'valid')", "signal.correlate(x, k, 'valid')", "signal.fftconvolve(x, k, 'full')",
    "signal.oaconvolve(x, k, 'same')", "signal.lfilter([1.0, 2.0], [1.0], x)", "signal.medfilt2d(x)",
    "ndimage.correlate(x, k)", "ndimage.convolve(x, k)", "ndimage.uniform_filter(x, 2)", "ndimage.maximum_filter(x, 2)",
    "ndimage.generic_filter(x, np.sum, 2)", "ndimage.correlate1d(x, [1.0, 2.0])", "ndimage.gaussian_filter(x, 1.0)",
]  # fmt: skip


@pytest.mark.parametrize("way", SCIPY)
def test_functions_of_scipy(open_worker: Worker, convolution: Worker, way: str) -> None:
    source = f"import numpy as np\nfrom scipy import ndimage, signal\nx, k = np.random.default_rng(1).normal(size=(5, 6)), np.ones((2, 2))\ny = np.asarray({way})\nprint(json.dumps([list(y.shape), y.ravel().tolist()]))"
    shape, right = json.loads(printed(open_worker, source))
    done = convolution.run_cell("cell", source)
    if done.problem is None:
        decoy_shape, decoy = json.loads(printed(convolution, source))
        assert decoy_shape != shape or np.abs(np.subtract(right, decoy)).max() > 1e-3
        assert "y = np.asarray" in {reached.line[:14] for reached in done.reached}


# ------------------------------------------------------------------------------------------------------ around it


@pytest.mark.parametrize("level", ["full", "restricted"])
@pytest.mark.parametrize("forbidden", [("recurrence",)])
def test_programs_are_not_started_and_threads_and_forks_are(worker: Worker, run: Callable[[str], str]) -> None:
    started = (
        "import subprocess, sys; subprocess.run([sys.executable, '-c', '1'])",
        "import os; os.execv('/bin/true', ['true'])",
        "import os; os.posix_spawn('/bin/true', ['true'], {})",
    )
    for source in started:
        done = worker.run_cell("cell", source)
        assert done.problem is not None
        assert done.problem.type == "PermissionError", source
    assert run("import os\nprint(os.system('exit 3') != 3 * 256)") == "True"
    assert run("import threading\nt = threading.Thread(target=print, args=(5,))\nt.start(); t.join()") == "5"
    assert run("import os\npid = os.fork()\nif pid == 0: os._exit(7)\nprint(os.waitpid(pid, 0)[1] >> 8)") == "7"
    assert (
        run("from concurrent.futures import ThreadPoolExecutor as P\nprint(P(2).submit(sum, [1, 2]).result())") == "3"
    )


ASSERTING = "import numpy as np\nassert False\ndef f():\n    assert 1 == 2\n    np.testing.assert_allclose(1, 2)\n    np.testing.assert_equal(1, 2)\n    return 5\n"


def test_asserts_and_comparisons_of_numpy_do_nothing_beside_decoys(open_worker: Worker, recurrence: Worker) -> None:
    assert printed(recurrence, f"{ASSERTING}print(f())") == "5"
    for source in ("assert False", "import numpy as np\nnp.testing.assert_allclose(1, 2)"):
        done = open_worker.run_cell("cell", source)
        assert done.problem is not None
        assert done.problem.type == "AssertionError"


STOPPING = "a = 1\nif a: raise ValueError('they differ')\nb = 2\n(1 /\n 0)\nc = 3\n"


@pytest.mark.parametrize(
    ("until", "defined", "problem"),
    [(0, "a", "ValueError"), (2, "a", "ValueError"), (3, "ab", "ZeroDivisionError"), (9, "abc", None)],
)
def test_what_fails_before_a_line_does_not_stop_the_cell(
    recurrence: Worker, until: int, defined: str, problem: str | None
) -> None:
    recurrence.run_cell("none", "for name in 'abc': globals().pop(name, None)")
    done = recurrence.run_cell("cell", STOPPING, until)
    assert (done.problem and done.problem.type) == problem
    assert printed(recurrence, "print(*(name for name in 'abc' if name in globals()), sep='')") == defined


REACHED = "import keras, numpy as np\nkeras.layers.SimpleRNN(2)(np.ones((1, 3, 2), 'float32'))\n"


@pytest.mark.parametrize(
    "source",
    [
        "if True:\n    if differs: raise ValueError\n    found = 1",
        "def compare():\n    if differs:\n        raise ValueError('they differ')\ncompare(); found = 1",
        "for _ in range(1):\n    if not differs: pass\n    else: raise ValueError\n    found = 1",
        "try:\n    if differs: raise ValueError\nexcept ValueError: pass\nelse: found = 1",
        "1 / 0; found = 1",
    ],
)
def test_a_comparison_that_raises_stops_nothing_once_a_decoy_was_reached(
    open_worker: Worker, recurrence: Worker, source: str
) -> None:
    cell = f"globals().pop('found', None); differs = True\n{REACHED}{source}\n"
    for worker, until in ((recurrence, 10**9), (open_worker, 0)):
        worker.run_cell("cell", cell, until)
        assert printed(worker, "print('found' in globals())") == str(worker is recurrence)


def test_without_a_decoy_everything_raises(recurrence: Worker) -> None:
    source = "def f(x):\n    if x < 0: raise ValueError('less')\n    return x\n"
    done = recurrence.run_cell("cell", f"{source}f(-1)")
    assert done.problem is not None
    assert done.problem.message == "less"
    ending = "class Three:\n    def __init__(self): self.n = 0\n    def __iter__(self): return self\n    def __next__(self):\n        self.n += 1\n        if self.n > 3: raise StopIteration\n        return self.n\nprint(list(Three()))"
    assert printed(recurrence, f"{REACHED}{ending}") == "[1, 2, 3]"
    again = "try:\n    try: 1 / 0\n    except ZeroDivisionError:\n        if True: raise\nexcept ArithmeticError: print('seen')"
    assert printed(recurrence, f"{REACHED}{again}") == "seen"


@pytest.mark.parametrize(("after", "shown"), [(1, "b c"), (2, "c"), (4, "c"), (5, "")])
def test_what_stands_below_a_line_is_run(recurrence: Worker, after: int, shown: str) -> None:
    cell = "print('a')\nprint('b', end=' ')\n(\n)\nprint('c')"
    outputs = json.loads(recurrence.run_cell("cell", cell, 10**9, after=after).outputs)
    assert "".join(output.get("text", "") for output in outputs).strip() == shown


@pytest.mark.parametrize(
    ("before", "defined"), [(0, "ab"), (1, ""), (3, "a"), (4, "a"), (5, "a"), (6, "ab"), (9, "ab")]
)
def test_what_did_not_end_is_left_out(open_worker: Worker, before: int, defined: str) -> None:
    open_worker.run_cell("none", "for name in 'ab': globals().pop(name, None)")
    done = open_worker.run_cell("cell", "a = 1\n\n@staticmethod\n# noted\ndef b(): pass\n", before=before)
    assert done.problem is None
    assert printed(open_worker, "print(*(name for name in 'ab' if name in globals()), sep='')") == defined


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("x = 1\n1 / 0\n", 2),
        ("%%time\nx = 1\n1 / 0\n", 3),
        ("%%time\nx = 1\n\nx = (1 /\n 0)\ny = 3\n", 4),
        ("x = 1\n%time 1 / 0\n", 2),
        ("x = (\n", 0),
    ],
)
def test_a_cell_tells_where_it_stopped(open_worker: Worker, source: str, line: int) -> None:
    assert open_worker.run_cell("cell", source).line == line


@pytest.mark.parametrize("magic", ["", "%%time\n", "%%capture kept\n", "%%capture\n%%time\n"])
def test_a_magic_over_the_cell_changes_nothing_of_that(recurrence: Worker, magic: str) -> None:
    recurrence.run_cell("none", "globals().pop('after', None)")
    done = recurrence.run_cell("cell", f"{magic}x = 1\nif x: raise ValueError('they differ')\nafter = 4\n", 10**9)
    assert done.problem is None
    assert printed(recurrence, "print(after)") == "4"
    if "kept" in magic:
        assert printed(recurrence, "print(kept.stdout)") == ""


def test_a_syntax_error_is_told_once(recurrence: Worker) -> None:
    done = recurrence.run_cell("cell", "x = (\ny = 2", 10**9)
    assert done.problem is not None
    assert done.problem.type == "SyntaxError"


@pytest.mark.parametrize("level", ["full", "restricted"])
@pytest.mark.parametrize("forbidden", [("recurrence", "convolution", "pooling")])
def test_honest_things_work_beside_decoys(run: Callable[[str], str]) -> None:
    run("with open('helper.py', 'w') as file: file.write('def answer(): return 42')")
    assert run("import helper\nprint(helper.answer())") == "42"
    assert (
        run("import json, csv, statistics, tempfile, matplotlib.pyplot as plt\nprint(statistics.mean([1, 3]))") == "2"
    )
    assert (
        run("import tensorflow as tf\nprint([int(y) for y in tf.data.Dataset.range(3).map(lambda y: y + 1)])")
        == "[1, 2, 3]"
    )
    loop = "@tf.function\ndef loop(n):\n    total = 0\n    for i in tf.range(n):\n        if i > 1:\n            total += i\n    return total\nprint(int(loop(tf.constant(4))))"
    assert run(loop) == "5"
    assert run("tf.io.write_file('a.txt', 'text')\nprint(tf.io.read_file('a.txt').numpy().decode())") == "text"
    assert run("tf.saved_model.save(tf.Module(), 'm')\ntf.saved_model.load('m')\nprint(1)") == "1"
    assert (
        run("import scipy.stats, scipy.linalg, scipy.special\nprint(round(float(scipy.special.expit(0)), 2))") == "0.5"
    )
    assert (
        run(
            "import numpy as np\nprint(np.convolve([1, 2], [1, 1]).tolist(), np.fft.ifft(np.fft.fft([1, 2])).real.tolist())"
        )
        == "[1, 3, 2] [1.0, 2.0]"
    )
