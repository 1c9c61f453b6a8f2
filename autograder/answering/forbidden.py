"""Families of built-ins that an exercise may forbid, by the place of what belongs to them."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """Python functions that a decoy stands for: patterns of the module and of the function's qualified name."""

    module: str
    name: str
    decoy: str


@dataclass(frozen=True)
class Family:
    """What exercises forbid under one name.

    operations: a pattern of the types of TensorFlow's operations. operators: one of the names of PyTorch's. programs:
    one of the operations that JAX's programs are made of, and of what they call. compiled: modules of C that hold
    functions of the family and no other that matters. sources: modules of Python with functions that need none of
    these, and which. methods: (module, class, names) of methods in C. functions: (module, names) of functions in C that
    fill an array.
    hidden: what must not be imported again from its file, as patterns below the folders of libraries.
    """

    places: tuple[Place, ...] = ()
    operations: str = ""
    operators: str = ""
    programs: str = ""
    compiled: tuple[str, ...] = ()
    sources: tuple[tuple[str, str], ...] = ()
    methods: tuple[tuple[str, str, tuple[str, ...]], ...] = ()
    functions: tuple[tuple[str, tuple[str, ...]], ...] = ()
    hidden: tuple[str, ...] = ()


_DECOMPOSED = r"torch\._decomp\.decompositions"
_EXPORTED = Place(r"jax\._src\.export\._export", r"deserialize|call|_?call_exported\w*", "refusal")
"""What runs a program that was written elsewhere, as TensorFlow's `XlaCallModule` does."""
_LEGACY = r"tensorflow\.python\.keras\.layers\."
FAMILIES: Mapping[str, Family] = {
    "recurrence": Family(
        places=(
            Place(r"keras\.src\.layers\.rnn\.\w+", r"\w+Cell\.call", "cell"),
            Place(r"keras\.src\.layers\.rnn\.lstm", r"LSTMCell\._compute_carry_and_output\w*", "carry"),
            Place(r"keras\.src\.layers\.rnn\.stacked_rnn_cells", r"StackedRNNCells\.call", "stacked_cells"),
            Place(r"keras\.src\.layers\.rnn\.bidirectional", r"Bidirectional\.call", "bidirectional"),
            Place(r"keras\.src\.layers\.rnn\.bidirectional", r"Bidirectional\._call_fused\w+", "refusal"),
            Place(r"keras\.src\.(backend\.\w+\.rnn|legacy\.backend)", r"rnn", "loop"),
            Place(
                r"keras\.src\.backend\.\w+\.rnn", r"(_cudnn_|_fallback_|bidirectional_|unified_)?(lstm|gru)", "refusal",
            ),
            Place(
                _LEGACY + r"(recurrent|recurrent_v2|convolutional_recurrent|rnn_cell_wrapper_v2)",
                r"(\w+\.(call|__call__)|\w+)", "refusal",
            ),
            Place(_LEGACY + r"legacy_rnn\.\w+", r"(\w+\.(call|__call__)|\w+)", "refusal"),
            Place(_LEGACY + r"wrappers", r"Bidirectional\.(call|__call__)", "refusal"),
            Place(r"tensorflow\.python\.keras\.backend", r"rnn", "refusal"),
            Place(r"tensorflow\.python\.ops\.rnn(_cell_impl)?", r"\w+", "refusal"),
            Place(_DECOMPOSED, r"\w*(lstm|gru|rnn)\w*", "refusal"),
            Place(r"torch\.ao\.nn\.quantiz(able|ed(\.\w+)?)\.modules\.rnn", r"\w+\.forward\w*", "refusal"),
            Place(r"jax\.experimental\.rnn", r"\w+", "refusal"),
            _EXPORTED,
        ),
        operations=r"Cudnn|LSTM|GRU|XlaCallModule|XlaCustomCall",
        operators=r"lstm|gru|rnn",
        hidden=(
            "keras/src/layers/rnn/*.py", "keras/src/backend/*/rnn.py", "keras/src/legacy/backend.py",
            "jax/experimental/rnn.py",
            "tensorflow/python/keras/layers/*recurrent*.py",
            "tensorflow/python/keras/layers/legacy_rnn/*.py", "tensorflow/python/keras/layers/wrappers.py",
            "tensorflow/python/keras/layers/rnn_cell*.py", "tensorflow/python/keras/backend.py",
            "tensorflow/python/ops/rnn*.py",
        ),
    ),
    "convolution": Family(
        places=(
            Place(r"keras\.src\.ops\.operation_utils", r"compute_(conv|pooling)_output_shape", "noted"),
            Place(r"tensorflow\.python\.keras\.backend", r"local_conv\w*", "refusal"),
            Place(_LEGACY + r"local", r"(\w+\.(call|__call__)|\w+)", "refusal"),
            Place(r"scipy\.ndimage\._filters", r"vectorized_filter", "arrays"),
            Place(r"keras\.src\.backend\.\w+\.nn", r"fold", "refusal"),
            Place(_DECOMPOSED, r"\w*(im2col|col2im)\w*", "refusal"),
            Place(r"jax\._src\.lax\.convolution", r"conv_general_dilated", "described"),
            Place(r"jax\._src\.scipy\.signal", r"_?(fft)?(convolve|correlate)\w*", "refusal"),
            Place(r"jax\.experimental\.sparse\.bcoo", r"_?bcoo_conv\w*", "refusal"),
            _EXPORTED,
        ),
        operations=r"Conv(?!ert)|Patches|Dilation2D|XlaCallModule|XlaCustomCall",
        operators=r"conv(?!ert)|im2col|col2im",
        programs=r"conv(?!ert)",
        compiled=(
            "scipy.signal._sigtools", "scipy.signal._upfirdn_apply", "scipy.signal._spline", "scipy.signal._sosfilt",
            "scipy.ndimage._nd_image", "scipy.ndimage._rank_filter_1d",
        ),
        sources=(
            ("scipy.signal._signaltools", r"_?(fft|oa|freq_domain_)\w*conv\w*|convolve\w*|correlate\w*|\w*filt\w*"),
        ),
        methods=(("PIL._imaging", "ImagingCore", ("filter", "box_blur", "gaussian_blur", "unsharp_mask")),),
        hidden=(
            "scipy/signal/_s*.so", "scipy/signal/_upfirdn_apply*.so", "scipy/ndimage/_nd_image*.so",
            "scipy/ndimage/_rank_filter_1d*.so", "scipy/signal/_signaltools.py", "scipy/ndimage/_filters.py",
            "tensorflow/python/keras/backend.py", "tensorflow/python/keras/layers/local.py",
            "keras/src/layers/convolutional/*_test.py", "keras/src/ops/*_test.py", "scipy/*/tests",
            "jax/_src/lax/convolution.py", "jax/_src/lax_reference.py", "jax/_src/scipy/signal.py",
            "jax/experimental/sparse/bcoo.py", "keras/src/backend/numpy/nn.py",
        ),
    ),
    "pooling": Family(
        places=(
            Place(r"keras\.src\.layers\.pooling\.global_\w+", r"\w+\.call", "global_pool"),
            Place(r"keras\.src\.backend\.\w+\.nn", r"adaptive_\w+", "adaptive_pool"),
            Place(r"keras\.src\.backend\.\w+\.nn", r"_adaptive_\w+", "refusal"),
            Place(
                r"keras\.src\.backend\.\w+\.image", r"\w*(map_coordinates|scale_and_translate|_transform)", "refusal",
            ),
            Place(_LEGACY + r"pooling", r"Global\w+\.call", "refusal"),
            Place(_DECOMPOSED, r"\w*(pool|grid_sampl|upsample_(bi|tri|linear|cubic))\w*", "refusal"),
            Place(
                r"jax\._src\.lax\.windowed_reductions",
                r"_?reduce_window|_reduce_window_(sum|prod|max|min|logaddexp)|_select_and_(scatter|scatter_add|gather_add)",
                "described",
            ),
            Place(r"jax\._src\.lax\.control_flow\.loops", r"cumred_reduce_window_impl", "cumulative"),
            Place(r"jax\._src\.image\.scale", r"compute_weight_mat|_?scale_and_translate", "refusal"),
            Place(r"jax\._src\.scipy\.ndimage", r"_?map_coordinates", "refusal"),
            _EXPORTED,
        ),
        operations=(
            r"(Max|Avg|Fractional\w*)Pool|ReduceWindow|SelectAndScatter|ScaleAndTranslate|CropAndResize|ResizeArea|"
            r"ResizeBi|ResizeNearestNeighborGrad|ImageProjectiveTransform|LRN"
        ),
        operators=r"(?<!from_)pool|grid_sampl|upsample_(bi|tri|linear|lanczos)|upsample_nearest\w*_backward",
        programs=r"reduce_window|select_and_scatter",
        compiled=("PIL._imagingmorph",),
        functions=(("matplotlib._image", ("resample",)),),
        methods=(("PIL._imaging", "ImagingCore", ("rankfilter", "modefilter", "reduce", "resize", "transform")),),
        hidden=(
            "keras/src/layers/pooling/*_test.py", "keras/src/layers/pooling/global_*.py",
            "keras/src/backend/*/image.py", "keras/src/backend/*/nn.py", "skimage/measure/block.py",
            "PIL/_imagingmorph*.so", "matplotlib/_image*.so",
            "tensorflow/python/keras/layers/pooling.py", "jax/_src/lax/windowed_reductions.py",
            "jax/_src/lax_reference.py", "jax/_src/image/scale.py", "jax/_src/scipy/ndimage.py",
        ),
    ),
    "attention": Family(
        places=(
            Place(r"keras\.src\.layers\.attention\.\w+", r"\w+\.(call|_(calculate|compute|apply)\w+)", "refusal"),
            Place(r"keras\.src\.(backend\.\w+|ops)\.nn", r"dot_product_attention", "refusal"),
            Place(_LEGACY + r"(dense_attention|multi_head_attention)", r"(\w+\.(call|__call__)|\w+)", "refusal"),
            Place(_DECOMPOSED, r"\w*attention\w*", "refusal"),
            Place(r"torch\.nn\.functional", r"multi_head_attention_forward", "refusal"),
            Place(r"torch\.nn\.modules\.(activation|transformer)", r"(Multihead|Transformer)\w*\.forward", "refusal"),
            Place(r"torch\.ao\.nn\.quantizable\.modules\.activation", r"\w+\.(_forward_impl|forward)", "refusal"),
            Place(r"torch\._higher_order_ops\.flex_attention", r"\w*(sdpa|attention)\w*", "refusal"),
            Place(r"jax\._src\.(nn\.functions|cudnn\.\w+)", r"\w*attention\w*", "refusal"),
            Place(r"jax\.experimental\.pallas\.ops\..+", r"\w*attention\w*(\.\w+)?", "refusal"),
            _EXPORTED,
        ),
        operations=r"XlaCallModule|XlaCustomCall",
        operators=r"attention|_transformer|multi_head|_sdp_",
        hidden=(
            "keras/src/layers/attention/*.py", "keras/src/ops/*_test.py",
            "tensorflow/python/keras/layers/dense_attention.py",
            "tensorflow/python/keras/layers/multi_head_attention.py", "jax/_src/nn/functions.py", "jax/_src/cudnn/*.py",
            "jax/experimental/pallas/ops", "keras/src/backend/numpy/nn.py",
        ),
    ),
    "time_distribution": Family(
        places=(
            Place(r"keras\.src\.layers\.rnn\.time_distributed", r"TimeDistributed\.call", "refusal"),
            Place(_LEGACY + r"wrappers", r"TimeDistributed\.(call|__call__)", "refusal"),
            _EXPORTED,
        ),
        operations=r"XlaCallModule|XlaCustomCall",
        hidden=("keras/src/layers/rnn/time_distributed*.py", "tensorflow/python/keras/layers/wrappers.py"),
    ),
}  # fmt: skip
"""By the names that exercises use."""
FRAMEWORKS = ("tensorflow", "jax", "torch")
OTHERS = (
    "jaxlib", "functorch", "torchvision", "torchaudio", "flax", "mxnet", "onnxruntime", "tflite_runtime",
    "ai_edge_litert", "tf_keras", "cv2", "openvino", "mlx", "cupy", "paddle", "theano", "tensorflow_addons",
    "keras_core",
)  # fmt: skip
"""Libraries that could answer in the student's place, as folders: none is there where anything is forbidden. Nor are
`FRAMEWORKS`, but for the one that Keras runs on."""
KERNELS_OF_LITE = ("tensorflow/lite/python/*.so", "tensorflow/lite/python/*/*.so")
"""TensorFlow Lite brings kernels of its own."""
PARTS_OF_TORCH = (
    "torch/_decomp", "torch/_inductor", "torch/_refs", "torch/ao", "torch/distributed/tensor", "torch/jit/quantized.py",
    "torch/nested/_internal", "torch/nn/attention", "torch/nn/utils/_expanded_weights", "torch/onnx",
    "torch/testing/_internal", "torch/_higher_order_ops/flex_attention.py",
)  # fmt: skip
"""What of PyTorch computes by itself, or compiles, what operators do. Loaded modules stay, without what is replaced."""
COMPILER_OF_JAX = ("jaxlib/_jax*.so", "jaxlib/libjax_common*.so")
"""A copy of it would compile programs that nobody has looked at."""
COMPARISONS = (
    Place(r"numpy\.testing\._private\.utils", r"assert_\w+", "comparison"),
    Place(r"torch\.testing\._comparison", r"assert_\w+", "comparison"),
    Place(r"tensorflow\.python\.ops\.check_ops", r"assert_near\w*", "comparison"),
)
"""What stops where two results differ. Beside a decoy they always do, and that says nothing."""


def others(backend: str) -> tuple[str, ...]:
    """The libraries that could answer, beside what Keras runs on."""
    own = {backend, "jaxlib" if backend == "jax" else backend}
    return tuple(name for name in (*FRAMEWORKS, *OTHERS) if name not in own)


def hidden_paths(families: Iterable[str], folders: Iterable[str], backend: str) -> list[str]:
    """Files and folders that must not be read where these families are decoys: what is compiled beside a source is
    hidden with it.

    folders: those that libraries are installed in.
    """
    families = tuple(families)
    if not families:
        return []
    patterns = [pattern for family in families for pattern in FAMILIES[family].hidden]
    found: set[str] = set()
    for folder in folders:
        for pattern in patterns:
            for path in glob.glob(os.path.join(glob.escape(folder), pattern)):
                found.add(path)
                if path.endswith(".py"):
                    head, tail = os.path.split(path)
                    cached = os.path.join(glob.escape(head), "__pycache__", f"{glob.escape(tail[:-3])}.*.pyc")
                    found.update(glob.glob(cached))
        for name in (*others(backend), *KERNELS_OF_LITE, *PARTS_OF_TORCH, *COMPILER_OF_JAX):
            found.update(glob.glob(os.path.join(glob.escape(folder), name)))
    return sorted(path for path in found if os.path.basename(path) != "__init__.py")
