"""The arithmetic of a GPU on a CPU, and what tolerances say to it; `python -m benchmarks.gpu --emulate` asks more."""

from __future__ import annotations

import dataclasses
import functools

import ml_dtypes
import numpy as np
import pytest
import tensorflow as tf

from benchmarks import calibrations, gpu
from benchmarks.calibrations import ERROR, LOSING, NEAREST, Ways
from benchmarks.rounding import PRECISIONS, computing_in, rounded


def numbers(seed: int, *shape: int) -> np.ndarray:
    """Float32 numbers of all magnitudes."""
    rng = np.random.default_rng(seed)
    return (rng.normal(size=shape) * 10.0 ** rng.integers(-30, 30, shape)).astype(np.float32)


def tf32(values: np.ndarray, to_integer: np.ufunc) -> np.ndarray:
    """By mantissa and exponent."""
    mantissa, exponent = np.frexp(values.astype(np.float64))
    return np.ldexp(to_integer(mantissa * 2**11), exponent - 11).astype(np.float32)


def test_rounding_is_that_of_the_formats():
    values = numbers(1, 5000)
    np.testing.assert_array_equal(rounded(tf.constant(values), "tf32"), tf32(values, np.rint))
    np.testing.assert_array_equal(rounded(tf.constant(values), "tf32 cut off"), tf32(values, np.trunc))
    as_bfloat16 = values.astype(ml_dtypes.bfloat16).astype(np.float32)
    np.testing.assert_array_equal(rounded(tf.constant(values), "bfloat16"), as_bfloat16)
    halves = np.float32([1 + 2**-11, 1 + 3 * 2**-11, -1 - 2**-11])  # to the even neighbour
    np.testing.assert_array_equal(rounded(tf.constant(halves), "tf32"), np.float32([1, 1 + 2**-9, -1]))


@pytest.mark.parametrize("in_graph", [False, True])
@pytest.mark.parametrize("precision", ["tf32", "bfloat16"])
def test_products_and_their_gradients_take_rounded_operands(precision, in_graph):
    rng = np.random.default_rng(2)
    left, right, above = (rng.normal(size=shape).astype(np.float32) for shape in ((4, 6), (6, 3), (4, 3)))
    with computing_in(precision):

        def product(one, other):
            with tf.GradientTape() as tape:
                tape.watch([one, other])
                found = one @ other
                weighted = tf.reduce_sum(found * above)
            return found, *tape.gradient(weighted, [one, other])

        asked = tf.function(product) if in_graph else product
        found, by_left, by_right = asked(tf.constant(left), tf.constant(right))
    a, b, g = (rounded(tf.constant(value), precision).numpy().astype(np.float64) for value in (left, right, above))
    plain = left @ right, above @ right.T, left.T @ above
    for got, exact, unrounded in zip((found, by_left, by_right), (a @ b, g @ b.T, a.T @ g), plain, strict=True):
        np.testing.assert_allclose(got, exact, rtol=0, atol=2e-6)
        assert np.max(np.abs(got - unrounded)) > 1e-4


@pytest.mark.parametrize("precision", PRECISIONS)
def test_convolutions_and_sums_of_products_too(precision):
    rng = np.random.default_rng(3)
    image, kernel = (rng.normal(size=shape).astype(np.float32) for shape in ((2, 7, 5, 4), (3, 2, 4, 6)))
    plain = tf.nn.conv2d(image, kernel, 1, "VALID").numpy()
    with computing_in(precision):
        found = tf.nn.conv2d(image, kernel, 1, "VALID").numpy()
        summed = tf.einsum("nhwc,cf->nhwf", image, kernel[0, 0]).numpy()
    # Of each operand it is at most so much of itself that goes.
    unit = {"float32": 0, "other order": 0, "tf32": 2**-11, "tf32 cut off": 2**-10, "bfloat16": 2**-8}[precision]
    most = tf.nn.conv2d(np.abs(image), np.abs(kernel), 1, "VALID").numpy()
    off = np.abs(found - plain)
    assert np.all(off <= most * (2.01 * unit + 1e-6))
    exact = np.einsum("nhwc,cf->nhwf", image.astype(np.float64), kernel[0, 0].astype(np.float64))
    most = np.einsum("nhwc,cf->nhwf", np.abs(image), np.abs(kernel[0, 0]))
    assert np.all(np.abs(summed - exact) <= most * (2.01 * unit + 1e-6))
    if precision != "float32":
        assert off.max() > max(unit, 1e-7)
    if unit:
        assert np.max(np.abs(summed - exact)) > unit / 2
    np.testing.assert_array_equal(tf.nn.conv2d(image, kernel, 1, "VALID"), plain)  # as it was


@pytest.mark.parametrize("exercise", ["forget_gate", "flatten_dense", "simple_rnn_cell"])
def test_another_order_is_within_tolerances_and_tf32_is_not(exercise):
    each = {precision: functools.partial(computing_in, precision) for precision in ("float32", "other order", "tf32")}
    answerers = dict(calibrations.right_answers(styles=3))[exercise]
    found = calibrations.measured(Ways(each, ("float32", "tf32")), exercise, answerers, draws=1, every=1000)
    right = found[calibrations.RIGHT]
    assert right >= 4
    lost = found[LOSING]["float32"]
    assert lost["float32"] == lost["other order"] == 0
    assert right - 2 <= lost["tf32"] <= right  # what NumPy computes is not rounded
    assert found[ERROR]["float32"]["other order"] <= 0.5
    assert found[ERROR]["float32"]["tf32"] > 50
    assert found[calibrations.FREE] == {"float32": 0, "tf32": 0}
    assert found[NEAREST]["float32"] > 1e4


def test_verdicts_are_compared_by_what_is_said_and_not_by_digits(verdict, make_record):
    def differing(**changes: object) -> list[str]:
        other = make_record(verdicts=(dataclasses.replace(verdict, **changes),))
        return gpu.differences(make_record(verdicts=(verdict,)), other)

    assert differing() == []
    assert differing(message="The output differs by 0.1234.", notes=()) == []
    assert verdict.diagnosis is not None
    second = dataclasses.replace(verdict.diagnosis, second=dataclasses.replace(verdict.diagnosis, mistake="another"))
    checks = (dataclasses.replace(verdict.checks[0], outcome="passed"), *verdict.checks[1:])
    for changes in (
        {"points": 2.0},
        {"status": "passed"},
        {"diagnosis": None},
        {"diagnosis": second},
        {"checks": checks},
    ):
        (said,) = differing(**changes)
        assert said.startswith("cell-lstm: ")
    unread = make_record(verdicts=(), status="unreadable")
    assert gpu.differences(make_record(verdicts=(verdict,)), unread) == ["graded here, unreadable there"]
