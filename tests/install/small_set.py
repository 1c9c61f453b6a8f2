"""Run by the interpreter of an installation: whether what Gatebook needs of Keras and TensorFlow is as it should be.

Prints the largest difference of each reference layer from the layer of Keras that it stands for, and the names that
these libraries do not publish, that Gatebook uses, and that are not there; as JSON.
"""

from __future__ import annotations

import json
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf

import reference
from autograder.answering import decoys, keras_internals, state

keras_internals.run_operations_directly()
CASES = (
    ("SimpleRNN", {"units": 3, "return_sequences": True}, (2, 5, 4)),
    ("LSTM", {"units": 3, "return_sequences": True, "dropout": 0.2}, (2, 5, 4)),
    ("GRU", {"units": 3, "reset_after": True}, (2, 5, 4)),
    ("GRU", {"units": 3, "reset_after": False}, (2, 5, 4)),
    ("Conv1D", {"filters": 3, "kernel_size": 2, "padding": "causal", "dilation_rate": 2}, (2, 7, 4)),
    ("Conv2D", {"filters": 3, "kernel_size": (3, 2), "strides": 2, "padding": "same"}, (2, 6, 5, 4)),
    ("MaxPooling2D", {"pool_size": 2, "strides": 1, "padding": "same"}, (2, 6, 5, 3)),
    ("AveragePooling2D", {"pool_size": (2, 3), "padding": "same"}, (2, 6, 5, 3)),
)


def difference(name: str, config: dict[str, object], shape: tuple[int, ...]) -> float:
    inputs = np.random.default_rng(1).normal(size=shape).astype("float32")
    ours, theirs = getattr(reference, name)(**config), getattr(keras.layers, name)(**config)
    for layer in (ours, theirs):
        layer(inputs)
    ours.set_weights(theirs.get_weights())
    return float(np.abs(np.asarray(ours(inputs)) - np.asarray(theirs(inputs))).max())


def drawn() -> list[float]:
    """The same numbers twice, if the generators are set as they should be."""
    numbers = []
    for _ in range(2):
        state.reseed()
        numbers.append(float(keras.random.uniform(())) + float(tf.random.uniform(())))
    return numbers


def refused() -> str:
    """What an operation says that does not run; one that is made a function of first names that."""
    try:
        tf.matmul(tf.zeros((2, 3)), tf.zeros((2, 3)))
    except tf.errors.InvalidArgumentError as error:
        return str(error)
    return "it ran: function_node"


print(
    json.dumps(
        {
            "apart": {f"{name} {config}": difference(name, config, shape) for name, config, shape in CASES},
            "not found": decoys.not_found(),
            "drawn": drawn(),
            "directly": "function_node" not in refused(),
            "seed": keras_internals.tensorflow_seed()[0] == state.SEED,
            "variable": isinstance(keras.layers.Dense(1).add_weight(shape=(1,)), keras_internals.variable_type()),
        }
    )
)
