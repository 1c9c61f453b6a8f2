"""The static scan: what is a use of a forbidden name, and what is not."""

from __future__ import annotations

import pytest

from autograder.scan import scan

FORBIDDEN = ("keras.layers.LSTM", "tensorflow.nn.conv2d")


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("import keras\nx = keras.layers.LSTM(4)", [2]),
        ("import keras as k\nk.layers.LSTM", [2]),
        ("from keras import layers as L\nL.LSTM(3)", [2]),
        ("from keras.layers import LSTM as Own\nOwn(3)", [2]),
        ("import tensorflow as tf\ntf.keras.layers.LSTM(3)\ntf.nn.conv2d(1)", [2, 3]),
        ("from tensorflow.keras.layers import *\nLSTM(3)", [2]),
        ("import keras\na = keras.layers\nb = a.LSTM\nb(3)", [3, 4]),
        ("import keras\ngetattr(keras.layers, 'LSTM')(3)", [2]),
        ("import keras\nclass A(keras.layers.LSTM): pass", [2]),
        ("import keras.layers\nkeras.layers.LSTM", [2]),
        ("from keras.src.layers.rnn.lstm import LSTM\nLSTM(1)", [2]),
        ("%matplotlib inline\nimport keras\n!ls\nkeras.layers.LSTM", [4]),
        ("import keras\nclass LSTM(keras.layers.Layer): pass\nLSTM(3)", []),
        ("from keras.layers import LSTM\nclass LSTM: pass\nLSTM(3)", []),
        ("import keras\n# keras.layers.LSTM\n'keras.layers.LSTM'", []),
        ("import keras\nkeras.layers.Dense(3)", []),
        ("def f(keras):\n    return keras.layers.LSTM", []),
        ("%%time\nimport keras\nkeras.layers.LSTM(3)", [3]),
        ("from tensorflow.python.keras.layers import LSTM as O\nO(3)", [2]),
        ("import tensorflow as tf\ntf.compat.v1.nn.conv2d(1)", [2]),
        ("this is no Python", []),
        ("%%bash\nkeras.layers.LSTM", []),
    ],
)  # fmt: skip
def test_uses(source, lines):
    found = scan([("cell", source)], FORBIDDEN)
    assert [item.line for item in found] == lines
    for item in found:
        assert item.source == source.splitlines()[item.line - 1].strip()


def test_bindings_live_on_in_later_cells():
    found = scan([("a", "from keras import layers as K"), ("b", "def f():\n    return K.LSTM(3)")], FORBIDDEN)
    assert [(item.cell_id, item.line, item.name) for item in found] == [("b", 2, "keras.layers.LSTM")]
