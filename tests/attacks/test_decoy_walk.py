"""No callable of the libraries that students have answers a question where its family is a decoy."""

from __future__ import annotations

import functools
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

WALK = Path(__file__).with_name("walk.py")
EXEMPT = (
    (
        r"numpy\..*",
        r".* of vectors",
        "NumPy's convolution of two vectors leaves rows, sheets and channels to the student",
    ),
)
"""What may answer which question, and why. Fourier transforms and windows by strides answer none."""
WELL_KNOWN = {
    "recurrence": (
        "keras.layers.LSTM", "keras.layers.LSTMCell", "keras.layers.GRU", "keras.layers.GRUCell",
        "keras.layers.SimpleRNN", "keras.layers.SimpleRNNCell", "keras.layers.RNN", "keras.layers.StackedRNNCells",
        "keras.layers.ConvLSTM2D", "keras.src.backend.rnn", "tf.raw_ops.LSTMBlockCell", "tf.raw_ops.BlockLSTMV2",
        "tf.raw_ops.GRUBlockCell", "tf.compat.v1.nn.dynamic_rnn", "tf.compat.v1.nn.static_rnn",
    ),
    "convolution": (
        "keras.layers.Conv1D", "keras.layers.Conv2D", "keras.layers.Conv3D", "keras.layers.DepthwiseConv2D",
        "keras.layers.SeparableConv2D", "keras.layers.Conv2DTranspose", "keras.ops.conv", "keras.ops.depthwise_conv",
        "tf.nn.conv2d", "tf.nn.convolution", "tf.raw_ops.Conv2D", "tf.raw_ops.Conv2DBackpropFilter",
        "tf.image.extract_patches", "scipy.signal.correlate2d", "scipy.signal.convolve2d", "scipy.signal.fftconvolve",
        "scipy.ndimage.correlate", "scipy.ndimage.convolve", "scipy.ndimage.generic_filter", "numpy.convolve",
        "scipy.ndimage.vectorized_filter", "tensorflow.python.keras.backend.local_conv",
        "keras.src.ops.nn_test.np_conv2d", "tensorflow.compiler.tf2xla.ops.gen_xla_ops.xla_custom_call",
    ),
    "pooling": (
        "keras.layers.MaxPool2D", "keras.layers.AveragePooling1D", "keras.layers.GlobalMaxPool2D",
        "keras.layers.GlobalAveragePooling1D", "keras.ops.max_pool", "keras.ops.average_pool", "tf.nn.max_pool2d",
        "tf.nn.avg_pool2d", "tf.nn.pool", "tf.raw_ops.MaxPoolWithArgmax", "tf.nn.dilation2d", "tf.image.resize",
        "scipy.ndimage.maximum_filter", "scipy.ndimage.uniform_filter", "PIL.ImageFilter.MaxFilter",
        "keras.src.ops.nn_test.np_maxpool2d", "tf.nn.local_response_normalization", "PIL.ImageMorph.MorphOp",
        "matplotlib._image.resample", "keras.ops.image.scale_and_translate",
    ),
}  # fmt: skip
"""What must be found where nothing is forbidden: else the walk is blind."""


@functools.cache
def walked(*families: str) -> dict[str, str]:
    """Name -> question, of whatever answered one."""
    settings = {"TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "0", "CUDA_VISIBLE_DEVICES": "-1"}
    done = subprocess.run(
        [sys.executable, str(WALK), *families], env={**os.environ, **settings}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]
    said = json.loads(done.stdout)
    assert said["done"], f"operations that end the process when they are called wrongly: {said['died']}"
    assert said["tried"] > 500
    found: dict[str, str] = said["found"]
    return found


def exempt(name: str, question: str) -> bool:
    return any(re.fullmatch(names, name) and re.fullmatch(questions, question) for names, questions, _ in EXEMPT)


@pytest.mark.parametrize("family", list(WELL_KNOWN))
def test_the_walk_sees(family: str) -> None:
    found = walked()
    # Each is found by one name, the first in the alphabet: MaxPool2D is MaxPooling2D.
    assert not [name for name in WELL_KNOWN[family] if not found.get(name, "").startswith(family)]


@pytest.mark.parametrize("families", [("recurrence",), ("convolution", "pooling")], ids=" and ".join)
def test_nothing_answers_beside_decoys(families: tuple[str, ...]) -> None:
    found = walked(*families)
    assert not {name: question for name, question in found.items() if not exempt(name, question)}
