"""Equations, our layers and stock Keras agree on convolution and pooling: outputs and every gradient."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from witnesses import agree, all_agree, run

import reference
from reference import equations as eq


def answer(output: Any, d_x: Any, *d_weights: Any) -> dict[str, Any]:
    return {"outputs": [output], "x": d_x, "weights": [d for d in d_weights if d is not None], "states": []}


CONV1D = [
    # padding, stride, dilation, groups, length
    ("valid", 1, 1, 1, 7),
    ("valid", 3, 1, 2, 8),
    ("valid", 1, 2, 1, 9),
    ("same", 1, 1, 2, 7),
    ("same", 2, 1, 1, 7),
    ("same", 2, 1, 1, 8),
    ("same", 3, 1, 1, 11),
    ("same", 1, 3, 1, 7),
    ("causal", 1, 1, 1, 7),
    ("causal", 2, 1, 2, 8),
    ("causal", 1, 3, 1, 7),
]


@pytest.mark.parametrize("kernel_size", [3, 4])
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize(("padding", "stride", "dilation", "groups", "length"), CONV1D)
def test_conv1d(
    padding: str,
    stride: int,
    dilation: int,
    groups: int,
    length: int,
    data_format: str,
    kernel_size: int,
    rng: np.random.Generator,
) -> None:
    batch, channels, filters = 2, 2 * groups, 6
    x = rng.normal(size=(batch, length, channels))
    kernel = rng.normal(size=(kernel_size, channels // groups, filters))
    bias = rng.normal(size=filters) if rng.random() < 0.7 else None
    trace = eq.conv1d(x, kernel, bias, stride, padding, dilation, groups)
    d = rng.normal(size=trace.output.shape)
    g = eq.conv1d_backward(trace, d)
    assert trace.output.shape[1] == eq.output_length(length, kernel_size, stride, padding, dilation)

    def given(a: Any) -> Any:
        return a if data_format == "channels_last" else np.moveaxis(a, -1, 1)

    truth = answer(given(trace.output), given(g.x), g.kernel, g.bias)
    weights = [kernel] if bias is None else [kernel, bias]
    for who, module in [("our layer", reference), ("keras", keras.layers)]:
        if who == "keras" and data_format == "channels_first":
            continue  # TensorFlow has no such convolution on a CPU
        layer = module.Conv1D(
            filters,
            kernel_size,
            strides=stride,
            padding=padding,
            data_format=data_format,
            dilation_rate=dilation,
            groups=groups,
            use_bias=bias is not None,
            dtype="float64",
        )
        assert layer.compute_output_shape(given(x).shape) == given(trace.output).shape
        all_agree(run(layer, given(x), weights, [given(d)]), truth, who)


CONV2D = [
    # padding, strides, dilation, groups, (height, width), kernel_size
    ("valid", (1, 1), (1, 1), 1, (7, 5), (3, 2)),
    ("valid", (2, 3), (1, 1), 2, (8, 9), (3, 4)),
    ("valid", (1, 1), (2, 3), 1, (7, 8), (3, 2)),
    ("same", (1, 1), (1, 1), 2, (7, 5), (3, 2)),
    ("same", (2, 2), (1, 1), 1, (8, 7), (3, 2)),
    ("same", (3, 2), (1, 1), 1, (7, 8), (4, 5)),
    ("same", (1, 1), (3, 2), 1, (7, 5), (2, 3)),
    ("same", (5, 4), (1, 1), 1, (7, 6), (2, 3)),
]


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize(("padding", "strides", "dilation", "groups", "space", "kernel_size"), CONV2D)
def test_conv2d(
    padding: str,
    strides: tuple[int, int],
    dilation: tuple[int, int],
    groups: int,
    space: tuple[int, int],
    kernel_size: tuple[int, int],
    data_format: str,
    rng: np.random.Generator,
) -> None:
    batch, channels, filters = 2, 3 * groups, 4
    x = rng.normal(size=(batch, *space, channels))
    kernel = rng.normal(size=(*kernel_size, channels // groups, filters))
    bias = rng.normal(size=filters)
    trace = eq.conv2d(x, kernel, bias, strides, padding, dilation, groups)
    d = rng.normal(size=trace.output.shape)
    g = eq.conv2d_backward(trace, d)

    def given(a: Any) -> Any:
        return a if data_format == "channels_last" else np.moveaxis(a, -1, 1)

    truth = answer(given(trace.output), given(g.x), g.kernel, g.bias)
    for who, module in [("our layer", reference), ("keras", keras.layers)]:
        if who == "keras" and data_format == "channels_first":
            continue  # TensorFlow has no such convolution on a CPU
        layer = module.Conv2D(
            filters,
            kernel_size,
            strides=strides,
            padding=padding,
            data_format=data_format,
            dilation_rate=dilation,
            groups=groups,
            dtype="float64",
        )
        assert layer.compute_output_shape(given(x).shape) == given(trace.output).shape
        all_agree(run(layer, given(x), [kernel, bias], [given(d)]), truth, who)


DEPTHWISE = [
    # padding, strides, dilation, multiplier, (height, width), kernel_size
    ("valid", (1, 1), (1, 1), 1, (7, 5), (3, 2)),
    ("valid", (2, 2), (1, 1), 4, (8, 9), (3, 4)),
    ("valid", (1, 1), (2, 2), 2, (7, 8), (3, 2)),
    ("same", (1, 1), (1, 1), 2, (7, 5), (3, 2)),
    ("same", (2, 2), (1, 1), 4, (8, 7), (3, 2)),
    ("same", (1, 1), (3, 2), 2, (7, 5), (2, 3)),
]


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize(("padding", "strides", "dilation", "multiplier", "space", "kernel_size"), DEPTHWISE)
def test_depthwise_conv2d(
    padding: str,
    strides: tuple[int, int],
    dilation: tuple[int, int],
    multiplier: int,
    space: tuple[int, int],
    kernel_size: tuple[int, int],
    data_format: str,
    rng: np.random.Generator,
) -> None:
    batch, channels = 2, 3
    x = rng.normal(size=(batch, *space, channels))
    kernel = rng.normal(size=(*kernel_size, channels, multiplier))
    bias = rng.normal(size=channels * multiplier)
    trace = eq.depthwise_conv2d(x, kernel, bias, strides, padding, dilation)
    d = rng.normal(size=trace.output.shape)
    g = eq.depthwise_conv2d_backward(trace, d)

    def given(a: Any) -> Any:
        return a if data_format == "channels_last" else np.moveaxis(a, -1, 1)

    truth = answer(given(trace.output), given(g.x), g.kernel, g.bias)
    for who, module in [("our layer", reference), ("keras", keras.layers)]:
        if who == "keras" and data_format == "channels_first":
            continue  # TensorFlow has no such convolution on a CPU
        layer = module.DepthwiseConv2D(
            kernel_size,
            strides=strides,
            padding=padding,
            depth_multiplier=multiplier,
            data_format=data_format,
            dilation_rate=dilation,
            dtype="float64",
        )
        assert layer.compute_output_shape(given(x).shape) == given(trace.output).shape
        all_agree(run(layer, given(x), [kernel, bias], [given(d)]), truth, who)


TRANSPOSED = [
    # padding, strides, output_padding, dilation, (height, width), kernel_size
    ("valid", (1, 1), None, (1, 1), (4, 5), (3, 2)),
    ("valid", (2, 3), None, (1, 1), (4, 3), (3, 2)),
    ("valid", (2, 3), (1, 2), (1, 1), (3, 4), (3, 5)),
    ("valid", (1, 1), None, (2, 3), (4, 5), (3, 2)),
    ("same", (1, 1), None, (1, 1), (4, 5), (3, 2)),
    ("same", (2, 3), None, (1, 1), (4, 3), (3, 4)),
    ("same", (3, 2), None, (1, 1), (3, 4), (2, 5)),
    ("same", (2, 2), (0, 1), (1, 1), (4, 5), (3, 5)),
    ("same", (1, 1), None, (3, 2), (7, 5), (2, 3)),
]


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize(("padding", "strides", "output_padding", "dilation", "space", "kernel_size"), TRANSPOSED)
def test_conv2d_transpose(
    padding: str,
    strides: tuple[int, int],
    output_padding: tuple[int, int] | None,
    dilation: tuple[int, int],
    space: tuple[int, int],
    kernel_size: tuple[int, int],
    data_format: str,
    rng: np.random.Generator,
) -> None:
    batch, channels, filters = 2, 3, 4
    x = rng.normal(size=(batch, *space, channels))
    kernel = rng.normal(size=(*kernel_size, filters, channels))
    bias = rng.normal(size=filters)
    trace = eq.conv2d_transpose(x, kernel, bias, strides, padding, output_padding, dilation)
    d = rng.normal(size=trace.output.shape)
    g = eq.conv2d_transpose_backward(trace, d)

    def given(a: Any) -> Any:
        return a if data_format == "channels_last" else np.moveaxis(a, -1, 1)

    truth = answer(given(trace.output), given(g.x), g.kernel, g.bias)
    for who, module in [("our layer", reference), ("keras", keras.layers)]:
        if who == "keras" and (data_format == "channels_first" or max(dilation) > 1):
            continue  # TensorFlow has no such convolution on a CPU
        layer = module.Conv2DTranspose(
            filters,
            kernel_size,
            strides=strides,
            padding=padding,
            output_padding=output_padding,
            data_format=data_format,
            dilation_rate=dilation,
            dtype="float64",
        )
        assert tuple(layer.compute_output_shape(given(x).shape)) == given(trace.output).shape
        all_agree(run(layer, given(x), [kernel, bias], [given(d)]), truth, who)


@pytest.mark.parametrize("padding", ["valid", "same"])
def test_transposed_is_the_way_back(padding: str, rng: np.random.Generator) -> None:
    """What a convolution's gradient does on its way back to the input."""
    x = rng.normal(size=(2, 8, 9, 3))
    kernel = rng.normal(size=(3, 2, 3, 4))
    forward = eq.conv2d(x, kernel, None, (2, 3), padding)
    d = rng.normal(size=forward.output.shape)
    extra = None if padding == "same" else (1, 1)
    back = eq.conv2d_transpose(d, kernel, None, (2, 3), padding, extra)
    np.testing.assert_allclose(back.output, eq.conv2d_backward(forward, d).x, atol=1e-12)


POOL = [
    # padding, pool_size, strides, (height, width)
    ("valid", (2, 2), None, (7, 5)),
    ("valid", (3, 2), (2, 3), (8, 7)),
    ("same", (2, 2), None, (7, 5)),
    ("same", (3, 2), (1, 1), (6, 5)),
    ("same", (2, 3), (3, 2), (7, 8)),
    ("same", (4, 5), (2, 1), (9, 6)),
]


@pytest.mark.parametrize("ties", [False, True], ids=["no ties", "ties"])
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize(("padding", "pool_size", "strides", "space"), POOL)
@pytest.mark.parametrize("kind", ["Max", "Average"])
def test_pooling(
    kind: str,
    padding: str,
    pool_size: tuple[int, int],
    strides: tuple[int, int] | None,
    space: tuple[int, int],
    data_format: str,
    ties: bool,
    rng: np.random.Generator,
) -> None:
    """In one and two dimensions; all values negative, so that a border of zeros would show."""
    for rank in (1, 2):
        x = -rng.integers(1, 4, size=(2, *space[:rank], 3)) * 1.0 if ties else -rng.random((2, *space[:rank], 3))
        size = pool_size[0] if rank == 1 else pool_size
        step = strides if strides is None or rank == 2 else strides[0]
        forward = getattr(eq, f"{kind.lower()}_pool{rank}d")
        trace = forward(x, size, step, padding)
        d = rng.normal(size=trace.output.shape)
        d_x = getattr(eq, f"{kind.lower()}_pool{rank}d_backward")(trace, d)

        def given(a: Any) -> Any:
            return a if data_format == "channels_last" else np.moveaxis(a, -1, 1)

        truth = answer(given(trace.output), given(d_x))
        for who, module in [("our layer", reference), ("keras", keras.layers)]:
            layer = getattr(module, f"{kind}Pooling{rank}D")(
                size, strides=step, padding=padding, data_format=data_format, dtype="float64"
            )
            assert layer.compute_output_shape(given(x).shape) == given(trace.output).shape
            all_agree(run(layer, given(x), [], [given(d)]), truth, f"{who} {rank}D")


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("rank", [1, 2])
@pytest.mark.parametrize("kind", ["Max", "Average"])
def test_global_pooling(kind: str, rank: int, data_format: str, keepdims: bool, rng: np.random.Generator) -> None:
    x = rng.integers(-3, 3, size=(2, *(7, 5)[:rank], 3)) * 1.0
    trace = getattr(eq, f"global_{kind.lower()}_pool{rank}d")(x)
    d = rng.normal(size=trace.output.shape)
    d_x = getattr(eq, f"global_{kind.lower()}_pool_backward")(trace, d)

    def given(a: Any) -> Any:
        return a if data_format == "channels_last" else np.moveaxis(a, -1, 1)

    def kept(a: Any) -> Any:
        return given(a.reshape(2, *(1,) * rank, 3)) if keepdims else a

    truth = answer(kept(trace.output), given(d_x))
    for who, module in [("our layer", reference), ("keras", keras.layers)]:
        layer = getattr(module, f"Global{kind}Pooling{rank}D")(data_format, keepdims, dtype="float64")
        assert layer.compute_output_shape(given(x).shape) == kept(trace.output).shape
        all_agree(run(layer, given(x), [], [kept(d)]), truth, who)


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_masked_mean(data_format: str, rng: np.random.Generator) -> None:
    x, mask = rng.normal(size=(2, 5, 3)), np.array([[1, 1, 0, 0, 0], [1, 0, 1, 1, 0]], bool)
    trace = eq.global_average_pool1d(x, mask)
    agree(trace.output[0], x[0, :2].mean(axis=0))
    d = rng.normal(size=(2, 3))
    d_x = eq.global_average_pool_backward(trace, d)
    x, d_x = (x, d_x) if data_format == "channels_last" else (x.swapaxes(1, 2), d_x.swapaxes(1, 2))
    for who, module in [("our layer", reference), ("keras", keras.layers)]:
        layer = module.GlobalAveragePooling1D(data_format, dtype="float64")
        all_agree(run(layer, x, [], [d], mask=mask), answer(trace.output, d_x), who)
        assert layer.supports_masking
        assert layer.compute_mask(x, mask) is None


@pytest.mark.parametrize("space", [(7, 5), (8, 6), (9, 11)])
def test_space_may_be_unknown_when_the_model_is_made(space: tuple[int, int], rng: np.random.Generator) -> None:
    """`same` padding with strides depends on the size, which only arrives with the data."""
    x = rng.normal(size=(2, *space, 3))
    image = keras.Input((None, None, 3), dtype="float64")
    conv = reference.Conv2D(4, (3, 2), strides=2, padding="same", dtype="float64")
    pools = [
        pool((2, 3), padding="same", dtype="float64") for pool in (reference.MaxPooling2D, reference.AveragePooling2D)
    ]
    model = keras.Model(image, [pool(conv(image)) for pool in pools])
    assert model.output_shape == [(None, None, None, 4)] * 2
    hidden = eq.conv2d(x, *conv.get_weights(), strides=2, padding="same").output
    biggest, mean = model.predict_on_batch(x)
    agree(biggest, eq.max_pool2d(hidden, (2, 3), padding="same").output)
    agree(mean, eq.average_pool2d(hidden, (2, 3), padding="same").output)


@pytest.mark.parametrize("padding", ["valid", "same"])
def test_a_transposed_convolution_of_any_space(padding: str, rng: np.random.Generator) -> None:
    """A kernel shorter than one stride and longer than the other; the size only arrives with the data."""
    image = keras.Input((None, None, 3), dtype="float64")
    layer = reference.Conv2DTranspose(4, (2, 5), strides=(3, 2), padding=padding, dtype="float64")
    model = keras.Model(image, layer(image))
    for space in [(7, 5), (8, 6)]:
        x = rng.normal(size=(2, *space, 3))
        agree(
            model.predict_on_batch(x),
            eq.conv2d_transpose(x, *layer.get_weights(), strides=(3, 2), padding=padding).output,
        )
