"""What JAX has of the networks that are taught computes something else, or nothing, beside decoys."""

from __future__ import annotations

import json
from collections.abc import Iterator

import numpy as np
import pytest
from support import built_ins

from autograder.running.host import Zygote
from autograder.running.workers import Limits, Worker

GIVEN = "import keras, jax, numpy as np\nfrom jax import lax, numpy as jnp\nx = jnp.arange(24.).reshape(1, 4, 6) / 10"
SHOWN = "print(np.asarray(v).tolist())"
LSTM = "keras.utils.set_random_seed(1); m = keras.layers.LSTM(3, return_sequences=True)"
NAMED = "dimension_numbers=('NHC', 'HIO', 'NHC')"
WINDOW = "jnp.ones((2, 6, 3))"
OF_LSTM = """
import jax.experimental.rnn as r
w = r.init_lstm_weight(jax.random.key(0), 6, 3, 1, False)
W = r.unpack_lstm_weights(w, 6, 3, 1, False)
z = jnp.zeros((1, 1, 3))
sizes = dict(input_size=6, hidden_size=3, num_layers=1, dropout=0., bidirectional=False)
v = r.lstm_ref(x, z, z, *W, seq_lengths=jnp.array([4]), **sizes)[0]
"""
BY_HAND = """
text = str(jax.jit(lambda x: {function}).lower(x).compiler_ir("stablehlo"))
"""
PARSED = """
from jax._src.interpreters import mlir
from jaxlib.mlir import ir
with mlir.make_ir_context():
    module = ir.Module.parse(text)
    client = jax.devices()[0].client
    from jaxlib import _jax
    made = client.compile_and_load(module, _jax.DeviceList(tuple(client.local_devices()[:1])), _jax.CompileOptions())
v = made.execute_sharded([x]).disassemble_into_single_device_arrays()[0][0]
"""
CLIENT = """
from jaxlib import _jax
client = jax.devices()[0].client
devices = _jax.DeviceList(tuple(client.local_devices()[:1]))
"""
COMPILED = (
    "e = jax.jit(lambda x: 2 * x).lower(x).compile().runtime_executable(); v = [client.serialize_executable(e).hex()]"
)
LOADED = """
made = client.deserialize_executable(compiled, devices)
v = made.execute_sharded([x]).disassemble_into_single_device_arrays()[0][0]
"""
INTERPRETED = "v = hasattr(s, 'eval_module')"
KEPT = {
    "convolution": f"lax.conv_general_dilated(x, {WINDOW}, (1,), 'VALID', {NAMED})",
    "pooling": "lax.reduce_window(x, -jnp.inf, lax.max, (1, 2, 1), (1, 1, 1), 'VALID')",
}
OTHER_BACKEND = (
    "import importlib; n = importlib.import_module('keras.src.backend.numpy.nn'); y = np.asarray(x).reshape(1, 4, 3, 2)"
)
READ_AGAIN = """
import importlib.util, sys
spec = importlib.util.spec_from_file_location("copy", sys.modules["keras.src.backend.jax.nn"].__file__)
n = importlib.util.module_from_spec(spec)
spec.loader.exec_module(n); y = x.reshape(1, 4, 3, 2)"""
BUILT_INS = {
    "recurrence": {
        "layer of keras": f"{LSTM}; v = m(x)",
        "both directions": "keras.utils.set_random_seed(1); v = keras.layers.Bidirectional(keras.layers.GRU(3))(x)",
        "cell of keras": "keras.utils.set_random_seed(1); v = keras.layers.GRUCell(3)(x[0], jnp.zeros((4, 3)))[0]",
        "compiled": f"{LSTM}; m.build(x.shape); v = jax.jit(lambda x: m(x))(x)",
        "of jax": OF_LSTM,
        "written elsewhere": (
            f"from jax import export\n{LSTM}; m.build(x.shape)\nv = export.export(jax.jit(lambda x: m(x)))(x).call(x)"
        ),
    },
    "convolution": {
        "layer of keras": "keras.utils.set_random_seed(1); v = keras.layers.Conv1D(3, 2)(x)",
        "one for each channel": "keras.utils.set_random_seed(1); v = keras.layers.DepthwiseConv1D(2)(x)",
        "transposed": "keras.utils.set_random_seed(1); v = keras.layers.Conv1DTranspose(3, 2)(x)",
        "operation of keras": f"v = keras.ops.conv(x, {WINDOW})",
        "patches of keras": "v = keras.ops.image.extract_patches(x[..., None], 2)",
        "function": f"v = {KEPT['convolution']}",
        "short": "v = lax.conv(x, jnp.ones((3, 4, 2)), (1,), 'VALID')",
        "compiled": f"v = jax.jit(lambda x: {KEPT['convolution']})(x)",
        "mapped": f"v = jax.vmap(lambda x: {KEPT['convolution']})(x[None])",
        "primitive": (
            "d = lax.conv_dimension_numbers((1, 4, 6), (2, 6, 3), ('NHC', 'HIO', 'NHC'))\n"
            "import jax.extend.core.primitives as p\n"
            "a = dict(feature_group_count=1, batch_group_count=1, precision=None, preferred_element_type=None)\n"
            f"v = p.conv_general_dilated_p.bind(x, {WINDOW}, window_strides=(1,), padding=((0, 0),), "
            "lhs_dilation=(1,), rhs_dilation=(1,), dimension_numbers=d, out_sharding=None, **a)"
        ),
        "patches": f"v = lax.conv_general_dilated_patches(x, (2,), (1,), 'VALID', {NAMED})",
        "of numpy": "v = jnp.convolve(x[0, :, 0], jnp.ones(2))",
        "of scipy": "import jax.scipy.signal as s; v = s.convolve(x[0], jnp.ones((2, 2)))",
        "by fourier": "import jax.scipy.signal as s; v = s.fftconvolve(x[0], jnp.ones((2, 2)))",
        "gradient of the kernel": f"v = jax.grad(lambda w: {KEPT['convolution'].replace(WINDOW, 'w')}.sum())({WINDOW})",
        "transposed function": f"v = jax.linear_transpose(lambda x: {KEPT['convolution']}, x)(jnp.ones((1, 3, 3)))[0]",
        "without compiling": f"with jax.disable_jit():\n    v = {KEPT['convolution']}",
        "exported": (
            f"from jax import export\nv = export.export(jax.jit(lambda x: {KEPT['convolution']}))(x).call(x)"
        ),
        "patches of the backend numpy": f"{OTHER_BACKEND}; v = n.unfold(y.reshape(1, 3, 4, 2), 2)",
        "scipy itself": "import scipy.signal; v = scipy.signal.convolve(np.asarray(x)[0], np.ones((2, 2)))",
    },
    "pooling": {
        "layer of keras": "v = keras.layers.MaxPooling1D(2)(x)",
        "means": "v = keras.layers.AveragePooling1D(2)(x)",
        "global": "v = keras.layers.GlobalAveragePooling1D()(x)",
        "function": f"v = {KEPT['pooling']}",
        "sums": "v = lax.reduce_window(x, 0., lax.add, (1, 2, 1), (1, 1, 1), 'VALID')",
        "of another kind": "v = lax.reduce_window(x, 1., lambda a, b: a + 2 * b, (1, 2, 1), (1, 1, 1), 'VALID')",
        "compiled": f"v = jax.jit(lambda x: {KEPT['pooling']})(x)",
        "gradient": f"v = jax.grad(lambda x: ({KEPT['pooling']} ** 2).sum())(x)",
        "adaptive": "v = keras.ops.adaptive_average_pool(x, 2)",
        "resized": "v = jax.image.resize(x, (1, 2, 6), 'linear')",
        "resized by keras": "v = keras.ops.image.resize(x[..., None], (2, 3), antialias=True)",
        "primitive": (
            "import jax.extend.core.primitives as p; v = p.reduce_window_max_p.bind(x, window_dimensions=(1, 2, 1), "
            "window_strides=(1, 1, 1), padding=((0, 0),) * 3, base_dilation=(1, 1, 1), window_dilation=(1, 1, 1))"
        ),
    },
    "attention": {
        "layer of keras": "v = keras.layers.Attention()([x, x])",
        "operation of keras": "v = keras.ops.dot_product_attention(x[None], x[None], x[None])",
        "function": "v = jax.nn.dot_product_attention(x[None], x[None], x[None])",
        "without a wrapper": (
            "from jax._src.nn import functions as f\nv = f._dot_product_attention_core("
            "x[None], x[None], x[None], None, None, False, 1., None, None, None, False)"
        ),
        "of the backend numpy": f"{OTHER_BACKEND}; v = n.dot_product_attention(y, y, y)",
        "file of the backend read again": f"{READ_AGAIN}; v = n.dot_product_attention(y, y, y)",
    },
}  # fmt: skip
PATCHES = {
    "module": "ir.Module.operation = property(lambda self, empty=ir.Module.parse('module {}'): empty.operation)",
    "regions": "ir.Operation.regions = ir._OperationBase.regions = property(lambda self: [])",
    "name": "ir.Operation.name = ir._OperationBase.name = property(lambda self: 'a')",
    "text": "ir.Operation.get_asm = ir._OperationBase.get_asm = lambda *given, **named: ''",
    "re": "import re; re.search = lambda *given: None",
    "decoys": (
        "import sys\n"
        "    for own in [one for name, one in list(sys.modules.items()) if name.endswith('decoy_programs')]:\n"
        "        own._reader = lambda: lambda program: []"
    ),
}
"""What could lie about a program."""
HAND_MADE = {family: f"{BY_HAND.format(function=function)}{PARSED}" for family, function in KEPT.items()}


@pytest.fixture(scope="module")
def zygote() -> Iterator[Zygote]:
    with Zygote("full", backend="jax") as started:
        yield started


def printed(worker: Worker, source: str) -> str:
    return built_ins.printed(worker, _cell(source))


def _cell(source: str) -> str:
    return f"{GIVEN}\n{source}\n{SHOWN}"


@pytest.mark.parametrize("family", BUILT_INS)
def test_no_built_in_computes_what_it_does_elsewhere(family: str, zygote: Zygote) -> None:
    cells = {name: _cell(source) for name, source in BUILT_INS[family].items()}
    built_ins.assert_others_beside_decoys(zygote, family, cells)


@pytest.mark.parametrize("family", HAND_MADE)
def test_a_program_written_by_hand_is_not_compiled(family: str, zygote: Zygote) -> None:
    with zygote.spawn(Limits()) as worker:
        text = printed(worker, f"{BY_HAND.format(function=KEPT[family])}v = 0; print(text)").rpartition("}")[0] + "}"
        assert printed(worker, HAND_MADE[family]).startswith("[")
    with zygote.spawn(Limits(), (family,)) as worker:
        assert "computes nothing" in printed(worker, f"text = {text!r}\n{PARSED}")
        done = worker.run_cell("cell", f"{GIVEN}\ntext = {text!r}\n{PARSED}")
        assert any("stablehlo" in one.built_in for one in done.reached)


@pytest.mark.parametrize("family", BUILT_INS)
def test_a_program_compiled_elsewhere_does_not_run(family: str, zygote: Zygote) -> None:
    with zygote.spawn(Limits()) as worker:
        compiled = printed(worker, f"{CLIENT}{COMPILED}")[1:-1]
        again = f"{CLIENT}compiled = bytes.fromhex({compiled})\n{LOADED}"
        assert printed(worker, again).startswith("[")
    with zygote.spawn(Limits(), (family,)) as worker:
        assert "deserialize_executable" in printed(worker, again)
        assert printed(worker, f"import jaxlib.mlir.dialects.stablehlo as s\n{INTERPRETED}") == "False"


@pytest.mark.parametrize("patch", PATCHES)
def test_a_program_cannot_be_hidden_by_patches(patch: str, zygote: Zygote) -> None:
    function, parsed = KEPT["convolution"], "    module = ir.Module.parse(text)\n"
    patched = PARSED.replace(parsed, f"{parsed}    {PATCHES[patch]}\n")
    with zygote.spawn(Limits()) as worker:
        text = printed(worker, f"{BY_HAND.format(function=function)}v = 0; print(text)").rpartition("}")[0] + "}"
    with zygote.spawn(Limits()) as worker:
        assert printed(worker, f"text = {text!r}\n{patched}").startswith("[")
    with zygote.spawn(Limits(), ("convolution",)) as worker:
        assert "computes nothing" in printed(worker, f"text = {text!r}\n{patched}")


def test_the_compiler_cannot_be_copied(zygote: Zygote) -> None:
    names = "('_jax', 'libjax_common')"
    size = f"import jaxlib; v = [len(open(f'{{jaxlib.__path__[0]}}/{{n}}.so', 'rb').read(8)) for n in {names}]"
    with zygote.spawn(Limits()) as worker:
        assert printed(worker, size) == "[8, 8]"
    with zygote.spawn(Limits(), ("convolution",)) as worker:
        assert printed(worker, size) == "[0, 0]"


def test_layers_of_keras_go_on_computing_beside_decoys(zygote: Zygote) -> None:
    """What compares with one, or is built beside it, must not stop."""
    made = ("LSTM(3)", "Conv1D(3, 2)", "MaxPooling1D(2)", "GlobalMaxPooling1D()", "Bidirectional(keras.layers.LSTM(3))")
    with zygote.spawn(Limits(), ("recurrence", "convolution", "pooling")) as worker:
        for layer in made:
            gradient = f"y = keras.layers.{layer}; y.build(x.shape); v = jax.grad(lambda x: y(x).sum())(x)"
            assert printed(worker, gradient).startswith("[")


def test_what_nobody_forbids_goes_on(zygote: Zygote) -> None:
    """JAX writes a cumulative sum as a window."""
    allowed = (
        "jnp.cumsum(x, 1)", "jnp.cumprod(x, -1)", "lax.cummax(x, 1)", "lax.cummin(x, 1, reverse=True)", "jnp.sort(x)",
        "lax.cumlogsumexp(x, 2)", "jax.nn.softmax(x)", "jnp.linalg.inv(x[0, :, :4] + jnp.eye(4))",
        "jax.random.normal(jax.random.key(0), (3,))", "jnp.einsum('bti,ij->btj', x, jnp.ones((6, 2)))",
        "keras.layers.Dense(3, kernel_initializer='ones')(x)", "lax.scan(lambda h, x: (h + x, h), 0., x[0, :, 0])[1]",
        "jax.image.resize(x, (1, 8, 6), 'nearest')",
    )  # fmt: skip
    with zygote.spawn(Limits()) as usual, zygote.spawn(Limits(), ("convolution", "pooling")) as beside_decoys:
        for cell in allowed:
            shown = printed(usual, f"v = {cell}")
            assert shown.startswith("["), cell
            one, other = json.loads(shown), json.loads(printed(beside_decoys, f"v = {cell}"))
            assert np.ravel(other) == pytest.approx(np.ravel(one), rel=1e-5), cell


def test_another_framework_is_not_there(zygote: Zygote) -> None:
    with zygote.spawn(Limits()) as worker:
        for name in ("tensorflow", "torch"):
            assert printed(worker, f"import {name}") == f"ModuleNotFoundError: No module named '{name}'"
