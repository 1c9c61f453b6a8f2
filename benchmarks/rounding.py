"""What a GPU's arithmetic does to products of matrices and to convolutions, on a CPU.

Tensor cores take float32 numbers as TF32 does, with 10 bits behind the point instead of 23, or as bfloat16 does, with
7; they add up in float32. A GPU without them adds up in an order of its own. Here the functions by which TensorFlow
makes its operations are replaced by some that do so first, also where it makes those of gradients. It counts for a
whole process and for what is traced meanwhile: only for benchmarks.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

BITS: Mapping[str, tuple[int, bool]] = {
    "tf32": (10, False),
    "tf32 cut off": (10, True),
    "bfloat16": (7, False),
}
"""Bits of the mantissa that stay, and whether the others are cut off instead of rounded, as hardware does that is
handed float32 numbers as they are."""
PRECISIONS = ("float32", "other order", *BITS)


@contextlib.contextmanager
def computing_in(precision: str, seed: int = 0) -> Iterator[None]:
    """Products and convolutions of float32 as one of `PRECISIONS` has them: rounded first, or added up in another order
    and in two parts."""
    from tensorflow.python.ops import gen_linalg_ops, gen_math_ops, gen_nn_ops

    if precision == "float32":
        yield
        return
    places = {
        gen_math_ops: ("mat_mul", "batch_mat_mul", "batch_mat_mul_v2", "batch_mat_mul_v3"),
        gen_linalg_ops: ("einsum",),
        gen_nn_ops: tuple(name for name in vars(gen_nn_ops) if _is_convolution(name)),
    }
    rng = np.random.default_rng(seed)
    changed = _in_another_order(rng) if precision == "other order" else functools.partial(_on_rounded, precision)
    with contextlib.ExitStack() as stack:
        for module, names in places.items():
            for name in names:
                original = getattr(module, name)
                stack.callback(setattr, module, name, original)
                setattr(module, name, changed(original))
        yield


def _is_convolution(name: str) -> bool:
    return name.startswith(("conv2d", "conv3d", "depthwise_conv2d")) and not name.endswith("_eager_fallback")


def rounded(values: Any, precision: str) -> Any:
    """A float32 tensor as the operands of a product are in this precision; its gradient is that of the tensor."""
    import tensorflow as tf

    bits, cut_off = BITS[precision]
    dropped = 23 - bits
    raw = tf.bitcast(values, tf.uint32)
    if not cut_off:  # half to even: what is added is half of the last bit that stays, less one where that is even
        last = tf.bitwise.bitwise_and(tf.bitwise.right_shift(raw, np.uint32(dropped)), np.uint32(1))
        raw += np.uint32((1 << (dropped - 1)) - 1) + last
    raw = tf.bitwise.bitwise_and(raw, np.uint32((0xFFFFFFFF << dropped) & 0xFFFFFFFF))
    return values + tf.stop_gradient(tf.bitcast(raw, tf.float32) - values)


def _is_real(value: Any) -> bool:
    """Whether it is an array, a tensor or a variable of float32."""
    dtype = getattr(value, "dtype", None)
    return hasattr(value, "shape") and getattr(dtype, "name", dtype) == "float32"


def _on_rounded(precision: str, original: Callable[..., Any]) -> Callable[..., Any]:
    import tensorflow as tf

    def each(value: Any) -> Any:
        if isinstance(value, list | tuple) and any(map(_is_real, value)):
            return [each(item) for item in value]
        return rounded(tf.convert_to_tensor(value), precision) if _is_real(value) else value

    @functools.wraps(original)
    def on_rounded(*arguments: Any, **options: Any) -> Any:
        return original(*map(each, arguments), **{name: each(value) for name, value in options.items()})

    return on_rounded


def _in_another_order(rng: np.random.Generator) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    import tensorflow as tf

    def changed(original: Callable[..., Any]) -> Callable[..., Any]:
        signature = inspect.signature(original)

        @functools.wraps(original)
        def in_parts(*arguments: Any, **options: Any) -> Any:
            given = signature.bind(*arguments, **options).arguments
            (left, first), (right, second) = list(given.items())[:2]
            axes = _summed_axes(original.__name__, given)
            real = _is_real(first) and _is_real(second)
            length = first.shape[axes[0]] if axes is not None and real else None
            if axes is None or length is None or length < 2:
                return original(*arguments, **options)
            order = rng.permutation(length)
            cut = int(rng.integers(1, length))
            parts = []
            for some in (order[:cut], order[cut:]):
                gathered = {left: tf.gather(first, some, axis=axes[0]), right: tf.gather(second, some, axis=axes[1])}
                parts.append(original(**{**given, **gathered, "name": None}))  # a graph has a name once
            return parts[0] + parts[1]

        return in_parts

    return changed


def _summed_axes(name: str, given: Mapping[str, Any]) -> tuple[int, int] | None:
    """The axis of each operand over which a product is added up; None where it is left as it is."""
    if name == "mat_mul":
        return (0 if given.get("transpose_a") else 1), (1 if given.get("transpose_b") else 0)
    if name.startswith("batch_mat_mul"):
        return (-2 if given.get("adj_x") else -1), (-1 if given.get("adj_y") else -2)
    if name == "conv2d" and given.get("data_format") in (None, "NHWC"):
        return -1, -2
    return None
