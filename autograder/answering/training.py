"""A model, trained on the data of a question."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from . import backends
from .protocol import (
    Items,
    Training,
    TrainModel,
    Value,
    decode_array,
)
from .state import SEED
from .values import RefusedError, from_value, resolve, to_value


def train_model(question: TrainModel, namespace: Mapping[str, Any], facts: dict[str, Any]) -> None:
    import keras

    backend = backends.current()
    make = resolve(question.entry_point, namespace)
    model = make(*[from_value(value, namespace) for value in question.args])
    if not isinstance(model, keras.Model):
        raise RefusedError(
            "exception",
            f"`{question.entry_point}(...)` gave a {type(model).__name__}; a keras.Model was expected.",
            "TypeError",
        )
    tensor = keras.ops.convert_to_tensor
    inputs = [tensor(decode_array(array)) for array in (question.inputs, *question.inputs_beside)]
    labels = tensor(decode_array(question.labels))
    if isinstance(model, keras.Sequential) and not model.built:
        model.build((None, *inputs[0].shape[1:]))
    facts["training"] = Training(0, question.steps, 0.0)
    facts["value"] = Items((*_of_model(model), None))
    probe = _given([tensor(decode_array(array)) for array in (question.probe, *question.probe_beside)])
    if not question.steps or not _fit(model(_given([array[:1] for array in inputs])), labels):
        # Nothing to be repeated: layers that loop over pixels are traced for longer than they take once.
        facts["value"] = Items((*_of_model(model), to_value(backend.predicted(model, probe))))
        return
    optimizer = keras.optimizers.Adam(question.learning_rate)
    optimizer.build(model.trainable_variables)
    ignored = -1 if np.min(decode_array(question.labels), initial=0) < 0 else None
    loss_of = keras.losses.SparseCategoricalCrossentropy(ignore_class=ignored)

    step = backend.steps(model, optimizer, loss_of, inputs, labels)
    facts["value"] = Items((*_of_model(model), None))
    for done, batch in enumerate(_batches(len(labels), question.batch_size, question.steps), 1):
        step(batch)
        facts["training"] = Training(done, question.steps, 0.0)
    facts["value"] = Items((*_of_model(model), to_value(backend.predicted(model, probe))))


def _given(arrays: list[Any]) -> Any:
    """What a model with so many inputs is called with."""
    return arrays[0] if len(arrays) == 1 else arrays


def _fit(predicted: Any, labels: Any) -> bool:
    """Whether there is one prediction for each label. Where there is not, no loss can be computed, and what the model
    predicts untrained shows why; other results than an array are left to the loss."""
    shape = getattr(predicted, "shape", None)
    return shape is None or tuple(shape[1:-1]) == tuple(labels.shape[1:])


def _of_model(model: Any) -> tuple[Value, int]:
    """The output shape of every layer, and the number of trainable weights."""
    layers = [layer for layer in model.layers if type(layer).__name__ != "InputLayer"]
    weights = sum(int(np.prod(variable.shape)) for variable in model.trainable_variables)
    return Items(tuple(_output_shape(layer) for layer in layers)), weights


def _batches(count: int, size: int, steps: int) -> Iterator[np.ndarray]:
    """Batches of indices: one shuffled pass over the data after another, the same every time."""
    generator = np.random.default_rng(SEED)
    size = min(size, count)
    order = np.empty(0, np.int64)
    for _ in range(steps):
        if len(order) < size:
            order = np.concatenate([order, generator.permutation(count)])
        yield order[:size]
        order = order[size:]


def _output_shape(layer: Any) -> Value:
    """The sizes of a layer's output, 0 for those that are open, or `()` where it has not one output."""
    try:
        return Items(tuple(0 if size is None else int(size) for size in layer.output.shape))
    except Exception:
        return Items(())
