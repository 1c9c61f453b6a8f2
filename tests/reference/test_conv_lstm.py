"""Equations, our layer and Keras's agree on the convolutional LSTM: outputs, states and every gradient."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from witnesses import agree, all_agree, run

import reference
from reference import equations as eq

BATCH, TIME, CHANNELS, FILTERS = 2, 3, 3, 4
WINDOWS = [
    # padding, strides, dilation, (height, width), kernel_size
    ("valid", (1, 1), (1, 1), (5, 6), (3, 2)),
    ("valid", (2, 1), (1, 1), (7, 5), (3, 2)),
    ("same", (1, 1), (1, 1), (4, 5), (2, 3)),
    ("same", (2, 3), (1, 1), (5, 7), (3, 2)),
    ("valid", (1, 1), (2, 1), (6, 5), (2, 3)),
]


@pytest.mark.parametrize("with_states", [False, True], ids=["from zeros", "from states"])
@pytest.mark.parametrize("go_backwards", [False, True], ids=["forwards", "backwards"])
@pytest.mark.parametrize(("padding", "strides", "dilation", "space", "kernel_size"), WINDOWS)
def test_three_witnesses_agree(
    padding: str,
    strides: tuple[int, int],
    dilation: tuple[int, int],
    space: tuple[int, int],
    kernel_size: tuple[int, int],
    go_backwards: bool,
    with_states: bool,
    rng: np.random.Generator,
) -> None:
    return_sequences, return_state, use_bias = (bool(one) for one in rng.random(3) < 0.6)
    x = rng.normal(size=(BATCH, TIME, *space, CHANNELS))
    weights = [
        rng.normal(size=(*kernel_size, CHANNELS, 4 * FILTERS)) / 3,
        rng.normal(size=(*kernel_size, FILTERS, 4 * FILTERS)) / 3,
        *([rng.normal(size=4 * FILTERS)] if use_bias else []),
    ]
    window = {"strides": strides, "padding": padding, "dilation": dilation}
    image = eq.conv2d(x[:, 0], weights[0], **window).output.shape[1:3]
    size = (BATCH, *image, FILTERS)
    states = [rng.normal(size=size) for _ in range(2)] if with_states else None
    cotangents = [rng.normal(size=(BATCH, TIME, *size[1:]) if return_sequences else size)]
    cotangents += [rng.normal(size=size) for _ in range(2)] if return_state else []

    trace = eq.conv_lstm2d(x, *weights, **_given(states), **window, go_backwards=go_backwards)
    d_hidden = np.zeros_like(trace.hidden)
    d_hidden[:, slice(None) if return_sequences else -1] += cotangents[0]
    g = eq.conv_lstm2d_backward(trace, d_hidden, *(cotangents[1:] if return_state else ()))
    last = [trace.hidden[:, -1], trace.cell[:, -1]]
    truth = {
        "outputs": [trace.hidden if return_sequences else last[0], *(last if return_state else [])],
        "x": g.x,
        "weights": [g.kernel, g.recurrent_kernel, *([] if g.bias is None else [g.bias])],
        "states": [g.h0, g.c0] if with_states else [],
    }
    for who, module in (("our layer", reference), ("keras", keras.layers)):
        layer = module.ConvLSTM2D(
            FILTERS, kernel_size, strides=strides, padding=padding, dilation_rate=dilation, use_bias=use_bias,
            return_sequences=return_sequences, return_state=return_state, go_backwards=go_backwards, dtype="float64",
        )  # fmt: skip
        all_agree(run(layer, x, weights, cotangents, states), truth, f"{who} and equations")


def _given(states: list[Any] | None) -> dict[str, Any]:
    return {} if states is None else {"h0": states[0], "c0": states[1]}


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("return_state", [False, True])
@pytest.mark.parametrize("return_sequences", [False, True])
def test_shapes_are_foretold(data_format: str, return_sequences: bool, return_state: bool) -> None:
    shape = (BATCH, TIME, 6, 5, CHANNELS) if data_format == "channels_last" else (BATCH, TIME, CHANNELS, 6, 5)
    layer = reference.ConvLSTM2D(
        FILTERS, (3, 2), data_format=data_format, return_sequences=return_sequences, return_state=return_state
    )
    told = layer.compute_output_shape(shape)
    made = layer(np.ones(shape, "float32"))
    assert told == (tuple(tuple(one.shape) for one in made) if return_state else tuple(made.shape))


def test_masks_dropout_and_state_between_batches_are_keras_s(rng: np.random.Generator) -> None:
    x = rng.normal(size=(BATCH, TIME, 5, 6, CHANNELS)).astype("float32")
    mask = np.array([[1, 0, 1], [1, 1, 0]], bool)
    options = {"return_sequences": True, "dropout": 0.4, "recurrent_dropout": 0.3, "seed": 3, "stateful": True}
    answers = []
    for module in (reference, keras.layers):
        keras.utils.clear_session(free_memory=False)
        keras.utils.set_random_seed(5)
        layer = module.ConvLSTM2D(FILTERS, (3, 2), **options)
        model = keras.Sequential([keras.Input(batch_shape=x.shape), layer])
        answers.append([model(x, training=True), model(x), layer(x, mask=mask)])
    for ours, stock in zip(*answers, strict=True):
        agree(ours, stock, tolerance=1e-5)


@pytest.mark.parametrize("name", ["h0", "c0"])
def test_states_of_another_shape_are_refused(name: str) -> None:
    x, kernel, recurrent = np.ones((2, 3, 5, 6, 3)), np.ones((3, 2, 3, 16)), np.ones((3, 2, 4, 16))
    with pytest.raises(ValueError, match=rf"{name} has shape \(2, 5, 6, 4\), expected \(2, 3, 5, 4\)"):
        eq.conv_lstm2d(x, kernel, recurrent, **{name: np.ones((2, 5, 6, 4))})
