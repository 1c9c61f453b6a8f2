"""What must hold of any convolution and any pooling, whatever the sizes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from witnesses import agree

from reference import equations as eq

sizes = st.integers(1, 5)
seeds = st.integers(0, 2**32 - 1)


@settings(max_examples=300)
@given(st.integers(0, 30), sizes, sizes, sizes)
def test_output_length_counts_the_places_that_fit(length: int, kernel: int, stride: int, dilation: int) -> None:
    span = dilation * (kernel - 1) + 1
    places = [start for start in range(0, length, stride) if start + span <= length]
    assert eq.output_length(length, kernel, stride, "valid", dilation) == len(places)


@settings(max_examples=300)
@given(st.integers(1, 30), sizes, sizes, sizes, st.sampled_from(["same", "causal"]))
def test_padding_makes_as_many_places_as_strides(
    length: int, kernel: int, stride: int, dilation: int, padding: str
) -> None:
    starts = len(range(0, length, stride))
    before, after = eq.pad_amounts(length, kernel, stride, padding, dilation)
    assert eq.output_length(length, kernel, stride, padding, dilation) == starts
    assert eq.output_length(before + length + after, kernel, stride, "valid", dilation) == starts
    if padding == "same":
        assert after - before in (0, 1)
        total = before + after
        assert not total or eq.output_length(length + total - 1, kernel, stride, "valid", dilation) < starts
    else:
        assert (before, after) == (dilation * (kernel - 1), 0)


def image_and_kernels(draw: Any) -> tuple[Any, Any, Any, dict[str, Any]]:
    rng = np.random.default_rng(draw(seeds))
    height, width, kernel_height, kernel_width = (
        draw(st.integers(4, 7)),
        draw(st.integers(4, 7)),
        draw(sizes),
        2,
    )
    strides, dilation = draw(st.tuples(sizes, sizes)), draw(st.tuples(st.integers(1, 2), st.integers(1, 2)))
    groups, padding = draw(st.integers(1, 2)), draw(st.sampled_from(["valid", "same"]))
    assume(padding == "same" or dilation[0] * (kernel_height - 1) < height)
    x = rng.normal(size=(2, height, width, 2 * groups))
    first, second = rng.normal(size=(2, kernel_height, kernel_width, 2, 3 * groups))
    options = {"strides": strides, "padding": padding, "dilation": dilation, "groups": groups}
    return x, first, second, options


images = st.composite(image_and_kernels)()


@settings(deadline=None, max_examples=50)
@given(images)
def test_convolution_is_linear(given: tuple[Any, Any, Any, dict[str, Any]]) -> None:
    """In the image and in the kernel."""
    x, first, second, options = given
    both = eq.conv2d(x, 2 * first - 3 * second, **options).output
    agree(both, 2 * eq.conv2d(x, first, **options).output - 3 * eq.conv2d(x, second, **options).output)
    agree(eq.conv2d(x[::-1] + x, first, **options).output[0], eq.conv2d(x, first, **options).output.sum(axis=0))


@settings(deadline=None, max_examples=50)
@given(images, seeds)
def test_backward_is_the_transpose(given: tuple[Any, Any, Any, dict[str, Any]], seed: int) -> None:
    """Convolution being linear in x and in k, ⟨conv(x, k), d⟩ = ⟨x, dx⟩ = ⟨k, dk⟩."""
    x, kernel, _, options = given
    trace = eq.conv2d(x, kernel, np.zeros(kernel.shape[-1]), **options)
    d = np.random.default_rng(seed).normal(size=trace.output.shape)
    g = eq.conv2d_backward(trace, d)
    agree((trace.output * d).sum(), (x * g.x).sum())
    agree((trace.output * d).sum(), (kernel * g.kernel).sum())
    agree(d.sum(axis=(0, 1, 2)), g.bias)


@settings(deadline=None, max_examples=50)
@given(images)
def test_groups_are_convolutions_side_by_side(given: tuple[Any, Any, Any, dict[str, Any]]) -> None:
    x, kernel, _, options = given
    groups = options.pop("groups")
    parts = [
        eq.conv2d(x[..., 2 * g : 2 * g + 2], kernel[..., 3 * g : 3 * g + 3], **options).output for g in range(groups)
    ]
    agree(eq.conv2d(x, kernel, groups=groups, **options).output, np.concatenate(parts, axis=-1))


@settings(deadline=None, max_examples=50)
@given(seeds, st.integers(1, 8), sizes, sizes, sizes, st.sampled_from(["valid", "same"]))
def test_one_dimension_is_two_with_one_row(
    seed: int, time: int, kernel_size: int, stride: int, dilation: int, padding: str
) -> None:
    assume(padding == "same" or dilation * (kernel_size - 1) < time)
    rng = np.random.default_rng(seed)
    x, kernel = rng.normal(size=(2, time, 3)), rng.normal(size=(kernel_size, 3, 4))
    flat = eq.conv2d(x[:, None], kernel[None], None, (1, stride), padding, (1, dilation)).output
    agree(eq.conv1d(x, kernel, None, stride, padding, dilation).output, flat[:, 0])


@settings(deadline=None, max_examples=50)
@given(seeds, st.integers(1, 8), sizes, sizes, sizes)
def test_causal_outputs_never_see_what_comes_after(
    seed: int, time: int, kernel_size: int, stride: int, dilation: int
) -> None:
    rng = np.random.default_rng(seed)
    x, kernel = rng.normal(size=(2, time, 3)), rng.normal(size=(kernel_size, 3, 4))
    whole = eq.conv1d(x, kernel, None, stride, "causal", dilation).output
    for place in range(whole.shape[1]):
        past = eq.conv1d(x[:, : place * stride + 1], kernel, None, stride, "causal", dilation).output
        agree(past[:, -1], whole[:, place])


@settings(deadline=None, max_examples=30)
@given(seeds, sizes, sizes)
def test_an_impulse_shows_the_kernel_turned_round(seed: int, height: int, width: int) -> None:
    """Correlation with a single 1 gives the kernel upside down; a flipped kernel would give it upright."""
    kernel = np.random.default_rng(seed).normal(size=(height, width))
    impulse = np.zeros((2 * height - 1, 2 * width - 1))
    impulse[height - 1, width - 1] = 1
    agree(eq.correlate2d(impulse, kernel), kernel[::-1, ::-1])
    x, k = impulse[None, :, :, None], kernel[:, :, None, None]
    agree(eq.conv2d(x, k).output[0, :, :, 0], kernel[::-1, ::-1])


@settings(deadline=None, max_examples=50)
@given(seeds, sizes, sizes, sizes, sizes, st.sampled_from(["valid", "same"]))
def test_pooling_stays_between_least_and_largest(
    seed: int, pool_height: int, pool_width: int, down: int, across: int, padding: str
) -> None:
    x = np.random.default_rng(seed).normal(size=(2, 6, 7, 3)) - 10
    arguments = ((pool_height, pool_width), (down, across), padding)
    biggest, mean = eq.max_pool2d(x, *arguments).output, eq.average_pool2d(x, *arguments).output
    least = -eq.max_pool2d(-x, *arguments).output
    assert np.all(least <= mean + 1e-12)
    assert np.all(mean <= biggest + 1e-12)
    assert biggest.max() < 0
    agree(eq.average_pool2d(np.full_like(x, 5.0), *arguments).output, np.full_like(mean, 5.0))
    d = np.ones_like(biggest)
    agree(eq.max_pool2d_backward(eq.max_pool2d(x, *arguments), d).sum(), d.sum())
    agree(eq.average_pool2d_backward(eq.average_pool2d(x, *arguments), d).sum(), d.sum())


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_the_dtype_stays(dtype: Any) -> None:
    x, kernel = np.ones((2, 7, 5, 3), dtype), np.ones((3, 2, 3, 4), dtype)
    conv = eq.conv2d(x, kernel, np.ones(4, dtype), 2, "same")
    pools = [eq.max_pool2d(x, 2, padding="same"), eq.average_pool2d(x, 2, padding="same")]
    whole = [eq.global_max_pool2d(x), eq.global_average_pool2d(x)]
    assert {trace.output.dtype for trace in (conv, *pools, *whole)} == {np.dtype(dtype)}
    gradients = [
        *eq.conv2d_backward(conv, np.ones_like(conv.output)),
        eq.max_pool2d_backward(pools[0], np.ones_like(pools[0].output)),
        eq.average_pool2d_backward(pools[1], np.ones_like(pools[1].output)),
        eq.global_max_pool_backward(whole[0], np.ones_like(whole[0].output)),
        eq.global_average_pool_backward(whole[1], np.ones_like(whole[1].output)),
    ]
    assert {np.asarray(g).dtype for g in gradients} == {np.dtype(dtype)}


def test_what_does_not_fit_is_named() -> None:
    x = np.zeros((2, 7, 5, 3))
    with pytest.raises(ValueError, match=r"kernel has shape \(3, 2, 4, 6\), expected \(3, 2, 3, 6\)"):
        eq.conv2d(x, np.zeros((3, 2, 4, 6)))
    with pytest.raises(ValueError, match="2 groups must divide the 3 channels"):
        eq.conv2d(x, np.zeros((3, 2, 1, 6)), groups=2)
    with pytest.raises(ValueError, match="9 cells of kernel do not fit on height 7"):
        eq.conv2d(x, np.zeros((9, 2, 3, 6)))
    with pytest.raises(ValueError, match="expected 'valid' or 'same'"):
        eq.conv2d(x, np.zeros((3, 2, 3, 6)), padding="causal")
    with pytest.raises(ValueError, match="stride is 0, expected at least 1"):
        eq.output_length(7, 3, 0)
    with pytest.raises(ValueError, match="a window of 8 does not fit on time 7"):
        eq.max_pool1d(x[:, :, 0], 8)
    with pytest.raises(ValueError, match=r"x has shape \(2, 7, 5\), expected \(batch, height, width, channels\)"):
        eq.max_pool2d(x[..., 0])
