"""Walk Keras, TensorFlow, SciPy, NumPy, scikit-learn and Pillow for whatever answers a question of an exercise.

    python walk.py [family ...]

Without families the world is open; with some, their decoys are in force first. Everything whose name sounds like a
convolution, a pooling or a recurrence is called, in a few dozen ways, and its results are compared with loops in NumPy.
Prints, as JSON, the name of each that gave an answer, and which: {"found": {"tf.nn.conv2d": "convolution"}, ...}.

TensorFlow ends the process where some operations are called wrongly. So the walk is made by a child, which says what it
is about to call; a child that dies is followed by another, which leaves that out.
"""

from __future__ import annotations

import contextlib
import copy
import functools
import importlib
import importlib.machinery
import inspect
import io
import itertools
import json
import os
import pkgutil
import re
import signal
import subprocess
import sys
import sysconfig
import time
import types
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

NAME = re.compile(
    r"(?i)conv(?!ers|ert)|correl|pool|filter|(?<!dis)patch|rnn|lstm|gru|recurr|window|dilat|erosion|cell|resiz"
    r"|response_norm|LRN|morph|sampl|scale_and|custom_call"
)
LIBRARIES = ("keras", "tensorflow", "scipy", "numpy", "sklearn", "PIL", "matplotlib")
WALKED_BY_FILE = ("keras", "tensorflow.python.ops", "tensorflow.python.keras", "scipy", "numpy", "sklearn", "PIL")
"""Packages all of whose modules are imported."""
OTHER_MODULES = ("tensorflow.compiler.tf2xla.ops.gen_xla_ops", "matplotlib._image", "matplotlib.transforms")
"""What no package imports by itself, or that is compiled."""
LEFT_OUT = re.compile(
    r"(^|(?<!ndimage)(?<!scipy\.signal)\.)(tests?|testing|conftest|setup|f2py|distutils|_examples|torch|jax|openvino|benchmarks?|__main__|"
    r"applications|tkinter|ImageTk|ImageQt|ImageShow|ImageGrab|_pyinstaller|_mgc|sklearn\.datasets|numpy\.typing)(\.|$)|_test_util\w*$"
)
"""What answers nothing, or can not be imported. Tests compute by hand what they test, and some are walked."""
SECONDS = 5
"""How long a single call may take."""
MOST_DEATHS = 40
UNITS, STEPS, FEATURES = 4, 5, 3

Array = np.ndarray
Call = Callable[[Any], Any]
Right = dict[str, Array] | list[tuple[str, Array]]


# ------------------------------------------------------------------------------------------------------ right answers


def sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


def correlated(image: Array, kernel: Array) -> Array:
    """The windows of an image (height, width) under a kernel, weighted and summed: (new_height, new_width)."""
    rows, columns = (a - b + 1 for a, b in zip(image.shape, kernel.shape, strict=True))
    out = np.zeros((rows, columns))
    for i, j in np.ndindex(rows, columns):
        out[i, j] = (image[i : i + kernel.shape[0], j : j + kernel.shape[1]] * kernel).sum()
    return out


def convolved(images: Array, kernel: Array) -> Array:
    """(batch, height, width, channels) and (height, width, channels, filters): (batch, ..., filters)."""
    sheets = [
        [
            sum(correlated(image[:, :, c], kernel[:, :, c, f]) for c in range(image.shape[2]))
            for f in range(kernel.shape[3])
        ]
        for image in images
    ]
    return np.moveaxis(np.array(sheets), 1, 3)


def pooled(images: Array, reduce: Callable[[Array], Any], size: int, stride: int) -> Array:
    """Windows of (batch, height, width, channels) side by side, or overlapping."""
    batch, height, width, channels = images.shape
    out = np.zeros((batch, (height - size) // stride + 1, (width - size) // stride + 1, channels))
    for b, i, j, c in np.ndindex(*out.shape):
        out[b, i, j, c] = reduce(images[b, i * stride : i * stride + size, j * stride : j * stride + size, c])
    return out


def rnn_steps(x: Array, h: Array, W: Array, U: Array, b: Array) -> Array:
    """All states, (batch, time, units)."""
    out = []
    for t in range(x.shape[1]):
        h = np.tanh(x[:, t] @ W + h @ U + b)
        out.append(h)
    return np.stack(out, axis=1)


def lstm_steps(x: Array, h: Array, c: Array, W: Array, U: Array, b: Array, forget: float = 0.0) -> tuple[Array, Array]:
    """All hidden states, (batch, time, units), and the last cell state; gates in the order i, f, g, o."""
    out = []
    for t in range(x.shape[1]):
        i, f, g, o = np.split(x[:, t] @ W + h @ U + b, 4, axis=1)
        c = sigmoid(f + forget) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        out.append(h)
    return np.stack(out, axis=1), c


def gru_steps(x: Array, h: Array, W: Array, U: Array, b: Array, b_h: Array, *, after: bool) -> Array:
    """All states, (batch, time, units); gates in the order z, r, candidate; b_h is added to what comes of the state."""
    n, out = h.shape[1], []
    for t in range(x.shape[1]):
        given, kept = x[:, t] @ W + b, h @ U + b_h
        z, r = sigmoid(given[:, :n] + kept[:, :n]), sigmoid(given[:, n : 2 * n] + kept[:, n : 2 * n])
        inner = r * kept[:, 2 * n :] if after else (r * h) @ U[:, 2 * n :] + b_h[2 * n :]
        h = z * h + (1 - z) * np.tanh(given[:, 2 * n :] + inner)
        out.append(h)
    return np.stack(out, axis=1)


class Questions:
    """Random inputs of one dtype, and the right answers by their names."""

    def __init__(self, dtype: str) -> None:
        self.dtype = dtype
        self.rng = np.random.default_rng(7)
        self.images, self.kernel = self.draw(2, 7, 6, 3), self.draw(3, 2, 3, 4)
        self.image, self.small = self.draw(8, 6), self.draw(3, 2)
        self.sheets = self.draw(2, 8, 6, 3)
        self.signals, self.signal_kernel = self.draw(2, 9, 3), self.draw(3, 3, 4)
        self.vector, self.short = self.draw(9), self.draw(3)
        self.x, self.h, self.c = self.draw(2, STEPS, FEATURES), self.draw(2, UNITS), self.draw(2, UNITS)
        self.W, self.U, self.b = self.draw(FEATURES, UNITS), self.draw(UNITS, UNITS), self.draw(UNITS)
        images, kernel = self.images.astype(float), self.kernel.astype(float)
        deep = np.stack([convolved(images[..., c : c + 1], kernel[:, :, c : c + 1, :1])[..., 0] for c in range(3)], -1)
        long = convolved(self.signals[:, :, None].astype(float), self.signal_kernel[:, None].astype(float))[:, :, 0]
        windows = np.array([images[:, i : i + 3, j : j + 2] for i in range(5) for j in range(5)])
        self.right: dict[str, dict[str, Array]] = {
            "convolution": {
                "convolution": convolved(images, kernel),
                "convolution, depthwise": deep,
                "convolution in 1D": long,
                "correlation": correlated(self.image.astype(float), self.small.astype(float)),
                "true convolution": correlated(self.image.astype(float), self.small[::-1, ::-1].astype(float)),
                "correlation of vectors": correlated(self.vector[None].astype(float), self.short[None].astype(float)),
                "convolution of vectors": correlated(
                    self.vector[None].astype(float), self.short[None, ::-1].astype(float)
                ),
                "patches": np.moveaxis(windows.reshape(5, 5, 2, 18), 2, 0),
            },
            "pooling": {
                "maximum": pooled(self.sheets, np.max, 2, 2),
                "mean": pooled(self.sheets, np.mean, 2, 2),
                "maximum of a sheet": pooled(self.image[None, :, :, None], np.max, 2, 2)[0, :, :, 0],
                "mean of a sheet": pooled(self.image[None, :, :, None], np.mean, 2, 2)[0, :, :, 0],
                "overlapping maximum": pooled(self.image[None, :, :, None], np.max, 3, 1)[0, :, :, 0],
                "maximum of all": self.sheets.max(axis=(1, 2)),
                "mean of all": self.sheets.mean(axis=(1, 2)),
            },
        }
        states = rnn_steps(self.x, self.h, self.W, self.U, self.b)
        self.right["recurrence"] = {"simple RNN": states, "last state": states[:, -1]}
        triples = [np.abs(self.vector.astype(float))[k : k + 3] for k in range(7)]
        self.right["pooling"]["sums of three"] = np.array([each.sum() for each in triples])
        bits = self.image > 0
        wide = bits[:, :-2] | bits[:, 1:-1] | bits[:, 2:]
        self.right["pooling"]["maximum of bits"] = wide[1:-1].astype(float)
        self.right["pooling"]["maximum in 1D"] = self.sheets[:, :, 0].reshape(2, 4, 2, 3).max(axis=2)
        self.right["pooling"]["maximum of all in 1D"] = self.sheets[:, :, 0].max(axis=1)
        self.right["pooling"]["mean of all in 1D"] = self.sheets[:, :, 0].mean(axis=1)
        self.right["pooling"]["mean in 1D"] = self.sheets[:, :, 0].reshape(2, 4, 2, 3).mean(axis=2)

    def draw(self, *shape: int) -> Array:
        return self.rng.normal(size=shape).astype(self.dtype)


def arrays(result: Any, depth: int = 0) -> Iterator[Array]:
    """Arrays of floating numbers in whatever was returned."""
    if isinstance(result, dict):
        result = list(result.values())
    if isinstance(result, (list, tuple)) and depth < 3 and len(result) < 50:
        for item in result:
            yield from arrays(item, depth + 1)
    if isinstance(result, (str, bytes, type, types.FunctionType, type(None))):
        return
    with contextlib.suppress(Exception):
        made = np.asarray(result)
        if made.dtype.kind == "f" or (made.dtype.kind == "c" and made.size):
            yield np.real(made).astype(float)


def holds(result: Array, right: Array) -> bool:
    """Whether a result is the right one, or holds it: in a frame, at every other place, or with the channels first."""
    result, right = np.squeeze(result), np.squeeze(right)
    if result.size < right.size or right.size < 4:
        return False
    same = functools.partial(np.allclose, rtol=2e-3, atol=2e-4)
    if result.size == right.size:
        turned = [result, np.moveaxis(result, -1, 0), np.moveaxis(result, 0, -1)] if result.ndim else [result]
        if any(same(each.ravel(), right.ravel()) for each in turned):
            return True
        if result.ndim == 4:
            return same(np.moveaxis(result, 1, 3).ravel(), right.ravel())
    if result.ndim != right.ndim or result.ndim > 4 or result.size > 200 * right.size:
        return False
    for stride in (1, 2):
        spare = [a - (stride * (b - 1) + 1) for a, b in zip(result.shape, right.shape, strict=True)]
        if min(spare) < 0 or max(spare) > 12:
            continue
        for first in itertools.product(*(range(each + 1) for each in spare)):
            inner = tuple(slice(a, a + stride * (n - 1) + 1, stride) for a, n in zip(first, right.shape, strict=True))
            if same(result[inner], right):
                return True
    return False


# ----------------------------------------------------------------------------------------------------- ways of calling


def convolutions(ask: Questions) -> Iterator[tuple[str, Call]]:
    """Ways to call a function that may convolve."""
    depthwise = np.repeat(ask.kernel[:, :, :, :1], 1, axis=3)
    pairs = (
        (ask.images, ask.kernel, 4), (ask.images, depthwise, 4), (ask.signals, ask.signal_kernel, 3),
        (ask.images[:, None], ask.kernel[None], 5), (np.moveaxis(ask.images, 3, 1), ask.kernel, 4),
    )  # fmt: skip
    for x, k, rank in pairs:
        ones = [1] * rank
        yield from ((f"pair {rank}", functools.partial(_call, x, k, *rest, **named)) for rest, named in (
            ((), {}), ((1, "VALID"), {}), ((ones, "VALID"), {}), ((1, "valid"), {}), ((1, "valid", None, 1), {}),
            ((ones[:-2], "valid"), {}), (("VALID",), {}), ((), {"padding": "valid"}), ((), {"padding": "VALID"}),
            ((), {"strides": ones[:-2], "padding": "valid"}), ((), {"strides": ones, "padding": "VALID"}),
            ((1,), {"padding": "VALID"}), ((), {"stride": 1, "padding": "VALID"}),
        ))  # fmt: skip
    image, small = ask.image, ask.small
    for rest, named in (
        ((), {}), (("valid",), {}), ((), {"mode": "valid"}), ((), {"mode": "constant"}), ((None, "constant"), {}),
        (("full",), {}), ((None, "reflect"), {}),
    ):  # fmt: skip
        yield "sheet", functools.partial(_call, image, small, *rest, **named)
        yield "sheet", functools.partial(_call, small, image, *rest, **named)
        yield "vector", functools.partial(_call, ask.vector, ask.short, *rest, **named)
    footprint = np.ones(small.shape)
    yield "footprint", lambda f: f(image, lambda window: window @ small.ravel(), footprint=footprint)
    yield "footprint", lambda f: f(image, lambda window: window @ small.ravel(), small.shape)
    yield "size", lambda f: f(image, lambda window, axis: (window * small).sum(axis), size=small.shape)
    rows, columns = (
        places - cells + 1 for places, cells in zip(ask.images.shape[1:], ask.kernel.shape[:2], strict=False)
    )
    local = np.repeat(ask.kernel.reshape(1, -1, ask.kernel.shape[3]), rows * columns, axis=0)
    yield "local", lambda f: f(_tensor(ask.images), local, ask.kernel.shape[:2], (1, 1), (rows, columns))
    none = np.zeros(ask.kernel.shape[3])
    yield "by hand", lambda f: f(ask.images, ask.kernel, none, (1, 1), "valid", "channels_last", (1, 1), 1)
    yield "patches", lambda f: f(ask.images, [1, 3, 2, 1], [1, 1, 1, 1], [1, 1, 1, 1], "VALID")
    yield "patches", lambda f: f(ask.images, (3, 2), strides=1, padding="valid")
    yield "patches", lambda f: f(ask.images, (3, 2), 1)
    yield "patches", lambda f: f(ask.images[0], (3, 2))
    yield "windows", lambda f: f(ask.images, (3, 2), axis=(1, 2))
    yield "gradient", lambda f: f(image[None, :, :, None], [6, 5, 1, 1], small[None, :, :, None], [1, 1, 1, 1], "VALID")
    yield (
        "gradient",
        lambda f: f([1, 10, 7, 1], small[:, :, None, None], image[None, :, :, None], [1, 1, 1, 1], "VALID"),
    )
    yield "transposed", lambda f: f(image[None, :, :, None], small[:, :, None, None], [1, 10, 7, 1], 1, "VALID")
    yield "by name", lambda f: _by_name(f, {
        "x": ask.images, "k": ask.kernel, "rank": 4, "filter_sizes": [6, 5, 1, 1], "input_sizes": [1, 10, 7, 1],
    })  # fmt: skip
    yield "by name", lambda f: _by_name(f, {"x": ask.images, "k": depthwise, "rank": 4})
    yield "by name", lambda f: _by_name(f, {"x": ask.images[:, None], "k": ask.kernel[None], "rank": 5})
    one = image[None, :, :, None]
    gradient = {"x": one, "k": small[:, :, None, None], "rank": 4, "input_sizes": [1, 10, 7, 1]}
    yield (
        "by name",
        lambda f: _by_name(f, gradient | {"filter_sizes": [6, 5, 1, 1], "out_backprop": small[None, :, :, None]}),
    )
    yield "by name", lambda f: _by_name(f, gradient | {"out_backprop": one})
    yield "custom call", lambda f: _custom_call(f, ask)


def poolings(ask: Questions) -> Iterator[tuple[str, Call]]:
    """Ways to call a function that may pool."""
    for x, rank in ((ask.sheets, 4), (ask.sheets[:, :, 0], 3), (ask.sheets[:, None], 5)):
        window = [1, *[2] * (rank - 2), 1] if rank < 5 else [1, 1, 2, 2, 1]
        inner = window[1:-1]
        yield from ((f"images {rank}", functools.partial(_call, x, *rest, **named)) for rest, named in (
            ((), {}), ((2,), {}), ((2, 2), {}), ((2, 2, "VALID"), {}), ((2, 2, "valid"), {}),
            ((inner, inner, "valid"), {}), ((window, window, "VALID"), {}),
            ((inner, "MAX"), {"strides": inner}), ((inner, "AVG"), {"strides": inner}),
            ((inner, "MAX", inner, "VALID"), {}), ((inner, inner, "valid", None, "max"), {}),
            ((inner, inner, "valid", None, "avg"), {}), ((inner, "MAX", "VALID", None, inner), {}),
            ((inner, "AVG", "VALID", None, inner), {}), ((window, window, "VALID", "NHWC"), {}),
            (([4, 3],), {}), (((4, 3),), {}), ((1,), {}), (([1.0, 2.0, 2.0, 1.0],), {}), (([4, 3], "area"), {}),
        ))  # fmt: skip
    zeros = np.zeros((2, 2, 3), ask.dtype)
    yield "by hand", lambda f: f(ask.sheets, (2, 2), (2, 2), "valid", "channels_last")
    yield "adaptive", lambda f: f(_tensor(ask.sheets), (4, 3))
    yield "dilation", lambda f: f(ask.sheets, zeros, [1, 2, 2, 1], "VALID", "NHWC", [1, 1, 1, 1])
    yield "dilation", lambda f: f(ask.sheets, zeros, [1, 2, 2, 1], [1, 1, 1, 1], "VALID")
    yield "erosion", lambda f: -f(-ask.sheets, zeros, [1, 2, 2, 1], "VALID", "NHWC", [1, 1, 1, 1])
    yield "by name", lambda f: _by_name(f, {"x": ask.sheets, "rank": 4, "window": 2, "k": zeros})
    yield "by name", lambda f: _by_name(f, {"x": ask.sheets[:, None], "rank": 5, "window": 2})
    roots = np.sqrt(np.abs(ask.vector))[None, None, None]
    yield "normalized", lambda f: roots / f(roots, depth_radius=1, bias=0.0, alpha=1.0, beta=1.0)
    half = np.full(2, 0.5, "float32")
    yield "scaled", lambda f: f(ask.sheets, (2, 4, 3, 3), half, 0 * half, (1, 2), "linear", antialias=False)
    yield "resampled", lambda f: _resampled(f, ask.image)
    image = ask.image
    for rest, named in (
        ((2,), {}), ((3,), {}), (((2, 2),), {}), ((), {"size": 2}), ((), {"footprint": np.ones((2, 2))}), ((3, 0), {}),
        ((np.max, 2), {}), ((np.mean, 2), {}), ((np.max,), {"size": (2, 2)}),
        ((np.mean,), {"size": (2, 2)}), ((-1, 2), {}), ((0.999, 2), {}), ((100, 2), {}),
        (([[1, 1], [1, 1]], 3), {}),
        ((np.zeros((2, 2)),), {}), (((4, 3),), {}),
    ):  # fmt: skip
        yield "sheet", functools.partial(_call, image, *rest, **named)


def _resampled(function: Any, image: Array) -> Array:
    from matplotlib import _image, transforms

    out = np.zeros((4, 3))
    smaller = transforms.Affine2D().scale(0.5, 0.5)
    function(np.ascontiguousarray(image, float), out, smaller, _image.BILINEAR, False, 1.0, False, 1.0)
    return out


def _widened(cls: Any, image: Array) -> Array:
    """Each cell: is it or one of its neighbours to the right and left above zero?"""
    from PIL import Image

    operator = cls(lut=bytearray(int(i & 0b111000 > 0) for i in range(512)))
    return np.asarray(operator.apply(Image.fromarray(((image > 0) * 255).astype("uint8")))[1]) / 255.0


def _custom_call(function: Any, ask: Questions) -> Any:
    """oneDNN's convolution by the name that XLA has for it."""
    import tensorflow as tf

    data = {"dims": "4", "data": {"batch_dim": "0", "feature_dim": "3", "spatial_dims": ["1", "2"]}}
    filters = {"input_feature_dim": "2", "output_feature_dim": "3", "spatial_dims": ["0", "1"]}
    window = {"pad_left": ["0", "0"], "pad_right": ["0", "0"], "strides": ["1", "1"], "window_dilations": ["1", "1"]}
    plan = {
        "dims": "4", "feature_groups": "1", "input": data, "output": data,
        "kernel": {"dims": "4", "filter": filters}, "window": window,
    }  # fmt: skip
    text = json.dumps({"onednn_conv_config": plan})
    shape = ask.right["convolution"]["convolution"].shape
    return tf.function(
        lambda a, k: function(
            [a, k], target_name="__onednn$convolution", backend_config=text, dtype=tf.float32, shape=list(shape)
        ),
        jit_compile=True,
        autograph=False,
    )(tf.constant(ask.images, tf.float32), tf.constant(ask.kernel, tf.float32))


def recurrences(ask: Questions) -> Iterator[tuple[str, Call]]:
    """Ways to call a function that may loop over time."""

    def step(x_t: Any, states: Any, *rest: Any) -> Any:
        new = _tanh(x_t @ ask.W + states[0] @ ask.U + ask.b)
        return new, [new]

    yield "loop", lambda f: f(step, _tensor(ask.x), [_tensor(ask.h)])
    yield "loop", lambda f: f(step, ask.x, [ask.h])
    yield "loop", lambda f: f(step, _tensor(ask.x), [_tensor(ask.h)], unroll=True)
    like = _like_a_cell(ask)
    yield "cell", lambda f: f(like, _tensor(ask.x), initial_state=_tensor(ask.h))
    yield "cell", lambda f: f(like, [_tensor(ask.x[:, t]) for t in range(STEPS)], initial_state=_tensor(ask.h))
    yield (
        "cell",
        lambda f: f(like, like, _tensor(ask.x), initial_state_fw=_tensor(ask.h), initial_state_bw=_tensor(ask.h)),
    )


def _call(*given: Any, **named: Any) -> Any:
    *arguments, function = given
    return function(*arguments, **named)


def _by_name(function: Any, known: dict[str, Any]) -> Any:
    """Call with everything that its parameters seem to ask for, both ways where there are two."""
    rank, window = known["rank"], known.get("window", 1)
    sizes = [1, *[window] * (rank - 2), 1] if rank < 5 else [1, 1, window, window, 1]
    meant: dict[str, Any] = {
        **dict.fromkeys(("input", "x", "inputs", "images", "image", "value", "orig_input", "lhs"), known["x"]),
        **dict.fromkeys(("filter", "filters", "kernel", "weights", "rhs", "depthwise_filter"), known.get("k")),
        **dict.fromkeys(("strides", "stride"), sizes), "padding": "VALID", "dilations": [1] * rank, "rates": [1] * rank,
        "ksize": sizes, "ksizes": sizes, "pool_size": window, "bias": np.zeros(4, known["x"].dtype),
        "pooling_ratio": [float(each) for each in sizes], "args": [], "host_args": [], "fused_ops": [],
    }  # fmt: skip
    meant |= {name: item for name, item in known.items() if name.endswith(("sizes", "backprop"))}
    given = {}
    for name, parameter in inspect.signature(function).parameters.items():
        if meant.get(name) is not None:
            given[name] = meant[name]
        elif parameter.default is inspect.Parameter.empty and parameter.kind not in (2, 4):
            raise TypeError(name)
    return function(**given)


def _tensor(array: Array) -> Any:
    import tensorflow as tf

    return tf.constant(array)


def _tanh(value: Any) -> Any:
    import tensorflow as tf

    return np.tanh(value) if isinstance(value, np.ndarray) else tf.tanh(value)


def _like_a_cell(ask: Questions) -> Any:
    class Like:
        state_size = output_size = UNITS

        def zero_state(self, batch: int, dtype: Any) -> Any:
            return _tensor(np.zeros((batch, UNITS), ask.dtype))

        def __call__(self, x_t: Any, h: Any, scope: Any = None) -> Any:
            new = _tanh(x_t @ ask.W + h @ ask.U + ask.b)
            return new, new

    return Like()


def _own_cell(ask: Questions) -> Any:
    import keras

    class Own(keras.layers.Layer):
        state_size = output_size = UNITS

        def call(self, inputs: Any, states: Any, training: bool = False) -> Any:
            h = states[0] if isinstance(states, (list, tuple)) else states
            new = keras.ops.tanh(inputs @ ask.W + h @ ask.U + ask.b)
            return new, [new]

    return Own(dtype=ask.dtype)


# ---------------------------------------------------------------------------------------------------- layers and cells


def of_a_class(ask: Questions, cls: type, family: str) -> Iterator[tuple[Any, Right]]:
    """What a layer answers, with random weights, and what would be right for these."""
    if family == "pooling":
        for arguments in ((2,), (), ((2, 2),), (1,), ((4, 3),)):
            for x in (ask.sheets, ask.sheets[:, :, 0], ask.sheets[:, None]):
                with _quiet():
                    yield cls(*arguments)(x), ask.right["pooling"]
        yield from _by_pillow(ask, cls)
        with _quiet():
            yield _widened(cls, ask.image), ask.right["pooling"]
    if family == "convolution":
        plans = (
            (ask.images, (4, (3, 2))), (ask.images, ((3, 2),)), (ask.signals, (4, 3)), (ask.signals, (3,)),
            (ask.images[:, None], (4, (1, 3, 2))), (ask.images[:, None], ((1, 3, 2),)),
        )  # fmt: skip
        for x, arguments in plans:
            with _quiet():
                layer = cls(*arguments)
                layer(x)
                weights = [ask.draw(*weight.shape) for weight in layer.get_weights()]
                layer.set_weights(weights)
                yield layer(x), dict(_right_convolutions(x.astype(float), weights))
    if family == "recurrence":
        yield from _recurrent(ask, cls)


def _right_convolutions(x: Array, weights: list[Array]) -> Iterator[tuple[str, Array]]:
    *kernels, bias = (weight.astype(float) for weight in weights)
    flat = x[:, :, None] if x.ndim == 3 else x.reshape(len(x), *x.shape[-3:])
    for kernel in kernels[:1]:
        if x.ndim == 3:
            kernel = kernel[:, None]
        kernel = kernel.reshape(kernel.shape[-4:])
        if kernel.shape[3] == 1:
            parts = [convolved(flat[..., c : c + 1], kernel[:, :, c : c + 1]) for c in range(kernel.shape[2])]
            done = np.concatenate(parts, axis=-1)
            if len(kernels) > 1:
                done = done @ kernels[1].reshape(kernels[1].shape[-2:])
            yield "convolution, depthwise", done + bias
        elif flat.shape[-1] == kernel.shape[2]:
            yield "convolution", convolved(flat, kernel) + bias
        if kernel.shape[3] == flat.shape[-1] and flat.shape[2] > 1:
            turned = kernel[::-1, ::-1].swapaxes(2, 3)
            border = [(0, 0), *((size - 1,) * 2 for size in kernel.shape[:2]), (0, 0)]
            yield "convolution, transposed", convolved(np.pad(flat, border), turned) + bias


def _recurrent(ask: Questions, cls: type) -> Iterator[tuple[Any, Right]]:
    x, h, c = (_tensor(each) for each in (ask.x, ask.h, ask.c))
    made: list[Any] = []
    own = ask.right["recurrence"]
    for arguments in ((_own_cell(ask),), ([_own_cell(ask)],)):
        with _quiet():
            yield cls(*arguments, return_sequences=True)(x, initial_state=[h]), own
        with _quiet():
            yield cls(*arguments)(x[:, 0], [h]), {"a step of one's own": own["simple RNN"][:, 0]}
    for arguments, named in (
        ((UNITS,), {}), ((UNITS,), {"return_sequences": True}), ((UNITS,), {"reset_after": False}),
        ((UNITS,), {"forget_bias": 0.0}), ((UNITS,), {"recurrent_activation": "sigmoid"}),
        ((UNITS, 1), {"recurrent_activation": "sigmoid"}), ((1, UNITS, 1), {"recurrent_activation": "sigmoid"}),
        ((2, UNITS, 1), {"recurrent_activation": "sigmoid"}),
    ):  # fmt: skip
        with _quiet():
            cls(*arguments, **named)
            made.append(arguments)
        if made[-1:] != [arguments]:
            continue
        made.clear()
        ranks = {1: (0,), 2: (1, 2, 3), 3: arguments[:1]}[len(arguments)]  # of the images that are the features
        for rank in ranks:
            shape = [1] * rank

            def spread(array: Any, ends: int, shape: list[int] = shape) -> Any:
                array = np.asarray(array)
                return _tensor(array.reshape(*array.shape[:-ends], *shape, *array.shape[-ends:]) if shape else array)

            for states, sequence in itertools.product(([h], [h, c], [c, h], None), (False, True)):
                given = None if states is None else [spread(state, 1) for state in states]
                inputs = spread(ask.x, 1) if sequence else spread(ask.x[:, 0], 1)
                for how in _STARTS if given else _STARTS[:1]:
                    with _quiet():
                        layer = cls(*arguments, **named)
                        how(layer, inputs, given)
                        layer.set_weights([ask.draw(*weight.shape) / 2 for weight in layer.get_weights()])
                        zero = [np.zeros_like(ask.h)] * 2
                        first = [np.asarray(state) for state in states or zero]
                        weights = layer.get_weights()
                        yield how(layer, inputs, given), list(_right_recurrences(ask, weights, first, sequence))
                        break


_STARTS: tuple[Callable[[Any, Any, Any], Any], ...] = (
    lambda layer, inputs, given: layer(inputs) if given is None else layer(inputs, given),
    lambda layer, inputs, given: layer(inputs, tuple(given)),
    lambda layer, inputs, given: layer(inputs, *given),
    lambda layer, inputs, given: layer(inputs, initial_state=given),
)
"""How layers and cells are given their states."""


def _right_recurrences(
    ask: Questions, weights: list[Array], states: list[Array], sequence: bool
) -> Iterator[tuple[str, Array]]:
    """Right states under all orders of gates, since each library has its own."""
    x = ask.x.astype(float) if sequence else ask.x[:, :1].astype(float)
    flat = [
        weight.astype(float).reshape(weight.shape[-2:]) if weight.ndim > 2 else weight.astype(float)
        for weight in weights
    ]
    if len(flat) == 2 and flat[0].shape[0] == FEATURES + UNITS:
        flat = [flat[0][:FEATURES], flat[0][FEATURES:], flat[1]]
    if len(flat) == 4 and flat[0].shape == (FEATURES + UNITS, 2 * UNITS):
        gates, gate_bias, inner, inner_bias = flat
        joined, bias = np.concatenate([gates, inner], axis=1), np.concatenate([gate_bias, inner_bias])
        flat = [joined[:FEATURES], joined[FEATURES:], bias]
    if len(flat) < 3:
        return
    W, U, b = flat[:3]
    h = states[0].astype(float)
    many = W.shape[1] // UNITS
    if many == 1:
        done = rnn_steps(x, h, W, U, b)
        yield from (("simple RNN", done), ("simple RNN", done[:, -1]))
    orders = itertools.permutations(range(many)) if many in (3, 4) else ()

    def ordered(matrix: Array, order: tuple[int, ...]) -> Array:
        blocks = np.split(matrix, many, axis=-1)
        return np.concatenate([blocks[k] for k in order], axis=-1)

    for order in orders:
        w, u = ordered(W, order), ordered(U, order)
        if many == 4:
            for forget in (0.0, 1.0):
                pairs = [states[:2], states[1::-1]] if len(states) > 1 else []
                for first, second in pairs:
                    done, cell = lstm_steps(
                        x, first.astype(float), second.astype(float), w, u, ordered(b, order), forget
                    )
                    yield from (("LSTM", done), ("LSTM", done[:, -1]), ("LSTM's memory", cell))
        else:
            for after in (True, False):
                one, two = (b[0], b[1]) if b.ndim == 2 else (b, np.zeros_like(b))
                done = gru_steps(x, h, w, u, ordered(one, order), ordered(two, order), after=after)
                yield from (("GRU", done), ("GRU", done[:, -1]))


def _by_pillow(ask: Questions, cls: type) -> Iterator[tuple[Any, Right]]:
    from PIL import Image

    with _quiet():
        picture = Image.fromarray(ask.image.astype("float32"))
        yield np.asarray(picture.filter(cls(3))), ask.right["pooling"]


def raw_recurrences(ask: Questions, name: str, function: Any) -> Iterator[tuple[Any, Right]]:
    """The operations of whole cells, which have a signature each."""
    w = ask.draw(FEATURES + UNITS, 4 * UNITS) / 2
    b, peep = ask.draw(4 * UNITS), np.zeros(UNITS, ask.dtype)
    x, h, c = ask.x, ask.h, ask.c
    common = {"w": w, "wci": peep, "wcf": peep, "wco": peep, "b": b, "cs_prev": c, "h_prev": h}
    weights = [w, b]
    if "LSTMBlockCell" in name or "lstm_block_cell" in name:
        with _quiet():
            yield function(x=x[:, 0], **common), list(_right_recurrences(ask, weights, [h, c], False))
    elif re.search("(?i)block_?lstm", name):
        with _quiet():
            given = function(seq_len_max=STEPS, x=np.moveaxis(x, 1, 0), **common)
            given = [np.moveaxis(np.asarray(each), 0, 1) for each in given]
            yield given, list(_right_recurrences(ask, weights, [h, c], True))
    elif re.search("(?i)gru_?block", name):
        with _quiet():
            ru, inner = ask.draw(FEATURES + UNITS, 2 * UNITS), ask.draw(FEATURES + UNITS, UNITS)
            b_ru, b_c = ask.draw(2 * UNITS), ask.draw(UNITS)
            given = function(x=x[:, 0], h_prev=h, w_ru=ru, w_c=inner, b_ru=b_ru, b_c=b_c)
            yield given, list(_right_recurrences(ask, [ru, b_ru, inner, b_c], [h], False))


# -------------------------------------------------------------------------------------------------------- what is there


def imported() -> None:
    """Import what is walked, whatever of it can be."""
    for library in LIBRARIES:
        importlib.import_module(library)
    for name in OTHER_MODULES:
        with _quiet():
            importlib.import_module(name)
    for package in WALKED_BY_FILE:
        top = importlib.import_module(package)
        for module in pkgutil.walk_packages(top.__path__, f"{package}.", onerror=lambda name: None):
            if not LEFT_OUT.search(module.name):
                with _quiet():
                    importlib.import_module(module.name)


def candidates() -> Iterator[tuple[str, Any]]:
    """(name, callable) for everything that sounds like an answer, once each, by the first of its names."""
    import keras
    import tensorflow as tf

    seen: set[int] = set()
    places: list[tuple[str, Any]] = [
        ("numpy", np),
        ("keras", keras),
        ("tf", tf),
        ("tf.raw_ops", tf.raw_ops),
        ("tf.compat.v1", tf.compat.v1),
    ]
    for number in range(3):
        for name, module in list(places):
            for inner in dir(module) if name.count(".") == number or number == 0 else ():
                with _quiet():
                    below = getattr(module, inner)
                    if isinstance(below, types.ModuleType) and ".python." not in below.__name__ and inner[0] != "_":
                        if (f"{name}.{inner}", below) not in places and name.count(".") < 3:
                            places.append((f"{name}.{inner}", below))
    known = [name for name in sys.modules if name.split(".")[0] in LIBRARIES and not LEFT_OUT.search(name)]
    places += [(name, sys.modules[name]) for name in sorted(known) if not name.startswith("tensorflow._api")]
    for place, module in places:
        for inner in sorted(vars(module)) if isinstance(module, types.ModuleType) else ():
            if NAME.search(inner) and not inner.startswith("__"):
                with _quiet():
                    item = getattr(module, inner)
                    if callable(item) and id(item) not in seen and not isinstance(item, types.ModuleType):
                        seen.add(id(item))
                        yield f"{place}.{inner}", item


def answers(name: str, item: Any, ask: Questions, families: tuple[str, ...]) -> str | None:
    """The family of which this answers a question, and the question."""
    for family in families:
        right = ask.right[family]
        if isinstance(item, type):
            attempts = of_a_class(ask, item, family)
        else:
            ways = {"convolution": convolutions, "pooling": poolings, "recurrence": recurrences}[family]
            attempts = ((_tried(call, item), right) for _, call in ways(ask))
            if family == "recurrence":
                attempts = itertools.chain(attempts, raw_recurrences(ask, name, item))
        for result, wanted in attempts:
            for array in arrays(result):
                for question, answer in wanted.items() if isinstance(wanted, dict) else wanted:
                    if holds(array, answer):
                        return f"{family}: {question}"
    return None


def _tried(call: Call, item: Any) -> Any:
    with _quiet():
        return call(item)
    return None


class _TimeIsUp(BaseException):
    pass


def _alarm(*_: Any) -> None:
    raise _TimeIsUp


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Whatever goes wrong in a call says nothing."""
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            yield
    except (Exception, _TimeIsUp, SystemExit):
        pass
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


class _Hidden:
    """Finds no module in a file that the sandbox would hide."""

    def __init__(self, paths: list[str]) -> None:
        self.paths = set(paths)

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        found = importlib.machinery.PathFinder.find_spec(name, path)
        if found is not None and found.origin in self.paths:
            raise ModuleNotFoundError(name)


def walk(families: tuple[str, ...], left_out: set[str], out: Any) -> None:
    """Say what is called, and what it answered, a line of JSON each."""
    from autograder.answering.decoy_log import Log
    from autograder.answering.decoy_modules import before_imports
    from autograder.answering.decoys import Decoys
    from autograder.answering.forbidden import hidden_paths

    before_imports()
    from autograder.worker.child import PRELOADED

    for name in PRELOADED:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    if families:
        prepared = Decoys.prepare(Log({}))
        folders = {sysconfig.get_path(kind) for kind in ("purelib", "platlib")}
        sys.meta_path.insert(0, _Hidden(hidden_paths(families, folders, "tensorflow")))
        prepared.enter(families)
    signal.signal(signal.SIGALRM, _alarm)
    importlib.import_module("keras").config.disable_traceback_filtering()
    imported()
    single, double = Questions("float32"), Questions("float64")
    for name, item in candidates():
        if name in left_out:
            continue
        print(json.dumps({"calls": name}), file=out, flush=True)
        began = time.perf_counter()
        # Some write into what they are given.
        ask = copy.deepcopy(single if name.startswith(("keras", "tf", "tensorflow")) else double)
        answer = answers(name, item, ask, families or tuple(ask.right))
        seconds = round(time.perf_counter() - began, 2)
        print(json.dumps({"called": name, "answer": answer, "seconds": seconds}), file=out, flush=True)
    print(json.dumps({"done": True}), file=out, flush=True)


def main() -> None:
    families = tuple(word for word in sys.argv[1:] if not word.startswith("--"))
    if "--child" in sys.argv:
        out = os.fdopen(os.dup(1), "w")
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, 1)
        os.dup2(nothing, 2)
        sys.stdout = sys.stderr = io.StringIO()
        walk(families, set(json.loads(sys.stdin.read())), out)
        out.flush()
        os._exit(0)
    found: dict[str, str] = {}
    called: dict[str, None] = {}
    died: list[str] = []
    whole = False
    for _ in range(MOST_DEATHS):
        command = [sys.executable, __file__, "--child", *families]
        done = subprocess.run(command, input=json.dumps(list(called)), capture_output=True, text=True)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        found |= {line["called"]: line["answer"] for line in lines if line.get("answer")}
        called |= dict.fromkeys(line["calls"] for line in lines if "calls" in line)
        whole = any("done" in line for line in lines)
        if whole:
            break
        if not lines:
            sys.exit(f"the walk did not begin: {done.returncode} {done.stderr[-2000:]}")
        died.append(list(called)[-1])
    print(json.dumps({"found": found, "tried": len(called), "died": died, "done": whole}))


if __name__ == "__main__":
    main()
