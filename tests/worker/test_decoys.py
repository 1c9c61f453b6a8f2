"""Decoys: they look like the built-ins they stand for, compute something else, and leave no way back to these."""

# ruff: noqa: E501  sources of cells stay on one line

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from autograder.worker.host import Worker, Zygote
from autograder.worker.protocol import CallFunction, decode_array, encode_array

from .questions import CELL, LAYER, LIMITS, array, cell_question, flat, layer_question, lstm_steps, lstm_weights

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
        pytest.skip("This Keras has no adaptive pooling.")
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
    for (_, _, theirs), (_, _, decoys) in zip(right["outputs"], other["outputs"], strict=True):
        assert np.isfinite(decoys).all()
        assert np.abs(np.subtract(theirs, decoys)).max() > 1e-3
