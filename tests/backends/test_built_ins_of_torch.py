"""What PyTorch has of the networks that are taught computes something else, or nothing, beside decoys."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support import built_ins

from autograder.running.host import Zygote
from autograder.running.workers import Limits, Worker

GIVEN = "import keras, torch, numpy as np\nx = torch.arange(24.).reshape(1, 4, 6) / 10"
SHOWN = "v = v.detach().numpy() if isinstance(v, torch.Tensor) else np.asarray(v)\nprint(v.tolist())"
LSTM = "torch.manual_seed(0); m = torch.nn.LSTM(6, 3, batch_first=True); z = torch.zeros(1, 1, 3)"
ARGUMENTS = "(z, z), m._flat_weights, True, 1, 0., False, False, True"
OF_LSTM = "torch.ops.aten.lstm.input"
DECOMPOSED = "import torch._decomp.decompositions as d\n"
WINDOW = "torch.ones(3, 4, 2)"
QUANTIZED = """
import warnings
warnings.simplefilter("ignore")
given = torch.quantize_per_tensor(x[None], .1, 0, torch.quint8)
kernel = torch.quantize_per_tensor(torch.ones(3, 1, 2, 2), .1, 0, torch.qint8)
packed = torch.ops.quantized.conv2d_prepack(kernel, None, [1, 1], [0, 0], [1, 1], 1)
v = torch.ops.quantized.conv2d(given, packed, .1, 0).dequantize()
"""
BUILT_INS = {
    "recurrence": {
        "layer of keras": "keras.utils.set_random_seed(1); v = keras.layers.LSTM(3, return_sequences=True)(x)",
        "both directions": "keras.utils.set_random_seed(1); v = keras.layers.Bidirectional(keras.layers.GRU(3))(x)",
        "cell of keras": "keras.utils.set_random_seed(1); v = keras.layers.GRUCell(3)(x[0], torch.zeros(4, 3))[0]",
        "module": f"{LSTM}; v = m(x)[0]",
        "cell": "torch.manual_seed(0); v = torch.nn.GRUCell(6, 3)(x[0])",
        "function below": f"{LSTM}; v = torch._VF.lstm(x, {ARGUMENTS})[0]",
        "operator": f"{LSTM}; v = {OF_LSTM}(x, {ARGUMENTS})[0]",
        "operator under another key": (
            f"{LSTM}; k = torch._C.DispatchKeySet(torch._C.DispatchKey.XLA)\n"
            f"v = {OF_LSTM}.redispatch(k, x, {ARGUMENTS})[0]"
        ),
        "operator by its parts": f"{LSTM}; v = {OF_LSTM}.decompose(x, {ARGUMENTS})[0]",
        "operator by an alias": (
            f"{LSTM}; k = torch._C.DispatchKey.CompositeImplicitAutograd; v = {OF_LSTM}._op_dk(k, x, {ARGUMENTS})[0]"
        ),
        "decomposition": f"{DECOMPOSED}{LSTM}; v = d.lstm_impl(x, {ARGUMENTS})[0]",
        "without gradients": f"{LSTM}\nwith torch.inference_mode():\n    v = m(x)[0]",
        "quantizable": "import torch.ao.nn.quantizable as q\ntorch.manual_seed(0); v = q.LSTM(6, 3)(x)[0]",
        "functional": "torch.manual_seed(0); m = torch.nn.RNNCell(6, 3); v = torch.func.functionalize(m)(x[0])",
        "mapped cell": (
            "import warnings; warnings.simplefilter('ignore')\n"
            "torch.manual_seed(0); m = torch.nn.GRUCell(6, 3); v = torch.func.vmap(lambda one: m(one))(x[0][:, None])"
        ),
        "packed": f"{LSTM}; v = m(torch.nn.utils.rnn.pack_padded_sequence(x, [4], batch_first=True))[0].data",
    },
    "convolution": {
        "layer of keras": "keras.utils.set_random_seed(1); v = keras.layers.Conv1D(3, 2)(x)",
        "operation of keras": "v = keras.ops.conv(x, torch.ones(2, 6, 3))",
        "patches of keras": "v = keras.ops.image.extract_patches(x[..., None], 2)",
        "function": f"v = torch.nn.functional.conv1d(x, {WINDOW})",
        "operator": f"v = torch.ops.aten.convolution(x, {WINDOW}, None, [1], [0], [1], False, [0], 1)",
        "columns": "v = torch.nn.functional.unfold(x[None], (2, 2))",
        "of a library": (
            "v = torch.mkldnn_convolution(x[None], torch.ones(3, 1, 2, 2), None, [0, 0], [1, 1], [1, 1], 1)"
        ),
        "slow": "v = torch._C._nn.slow_conv3d(x[None, None], torch.ones(3, 1, 1, 2, 2), [1, 2, 2])",
        "over time first": "v = torch.conv_tbc(x, torch.ones(2, 6, 3), torch.zeros(3), 1)",
        "gradient of the kernel": f"w = {WINDOW}.requires_grad_(); torch.conv1d(x, w).sum().backward(); v = w.grad",
        "gradient operator": (
            f"g = torch.ones(1, 3, 5); a = [3], [1], [0], [1], False, [0], 1, [True, True, True]\n"
            f"v = torch.ops.aten.convolution_backward(g, x, {WINDOW}, *a)[1]"
        ),
        "another layout": "v = torch.conv2d(x[None].to_mkldnn(), torch.ones(3, 1, 2, 2).to_mkldnn()).to_dense()",
        "mapped": "v = torch.func.vmap(lambda one: torch.conv1d(one, torch.ones(3, 4, 2)))(x[None])[0]",
        "quantized": QUANTIZED,
        "scipy": "import scipy.signal; v = scipy.signal.convolve(x.numpy()[0], np.ones((2, 2)))",
    },
    "pooling": {
        "layer of keras": "v = keras.layers.MaxPooling1D(2)(x)",
        "global": "v = keras.layers.GlobalAveragePooling1D()(x)",
        "function": "v = torch.nn.functional.max_pool1d(x, 2)",
        "operator by an alias": (
            "k = torch._C.DispatchKey.CompositeImplicitAutograd; "
            "v = torch.ops.aten.max_pool1d.default._op_dk(k, x, [2], [2], [0], [1], False)"
        ),
        "means": "v = torch.nn.functional.avg_pool2d(x, 2)",
        "adaptive": "v = torch.nn.functional.adaptive_avg_pool1d(x, 2)",
        "norms": "v = torch.nn.functional.lp_pool1d(x, 2, 2)",
        "by area": "v = torch.nn.functional.interpolate(x, size=3, mode='area')",
        "resized": "v = keras.ops.image.resize(x[..., None], (2, 3), antialias=True)",
        "decomposition": f"{DECOMPOSED}v = d.max_pool2d_with_indices(x, [2, 2])[0]",
    },
    "attention": {
        "layer of keras": "v = keras.layers.Attention()([x, x])",
        "operation of keras": "v = keras.ops.dot_product_attention(x[None], x[None], x[None])",
        "function": "v = torch.nn.functional.scaled_dot_product_attention(x, x, x)",
        "mapped": "v = torch.func.vmap(lambda one: torch._C._nn.scaled_dot_product_attention(one, one, one))(x[None])",
        "by hand": "v = torch.ops.aten._scaled_dot_product_attention_math(x, x, x)[0]",
        "module": "torch.manual_seed(0); v = torch.nn.MultiheadAttention(6, 2, batch_first=True)(x, x, x)[0]",
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def zygote() -> Iterator[Zygote]:
    with Zygote("full", backend="torch") as started:
        yield started


def printed(worker: Worker, source: str) -> str:
    return built_ins.printed(worker, _cell(source))


def _cell(source: str) -> str:
    return f"{GIVEN}\n{source}\n{SHOWN}"


@pytest.mark.parametrize("family", BUILT_INS)
def test_no_built_in_computes_what_it_does_elsewhere(family: str, zygote: Zygote) -> None:
    cells = {name: _cell(source) for name, source in BUILT_INS[family].items()}
    built_ins.assert_others_beside_decoys(zygote, family, cells)


def test_layers_of_keras_go_on_computing_beside_decoys(zygote: Zygote) -> None:
    """What compares with one, or is built beside it, must not stop."""
    made = ("LSTM(3)", "Conv1D(3, 2)", "MaxPooling1D(2)", "GlobalMaxPooling1D()", "Bidirectional(keras.layers.LSTM(3))")
    with zygote.spawn(Limits(), ("recurrence", "convolution", "pooling")) as worker:
        for layer in made:
            gradient = f"x = x.requires_grad_(); y = keras.layers.{layer}(x); v = torch.autograd.grad(y.sum(), x)[0]"
            assert printed(worker, gradient).startswith("[")


def test_another_framework_is_not_there(zygote: Zygote) -> None:
    with zygote.spawn(Limits()) as worker:
        for name in ("tensorflow", "jax"):
            assert printed(worker, f"import {name}") == f"ModuleNotFoundError: No module named '{name}'"
