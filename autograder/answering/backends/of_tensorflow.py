"""Keras on TensorFlow: gradients come from a tape, a graph is a `tf.function`."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import Any

from ..keras_internals import tensorflow_seed
from ..weights import Operands, Weight, raw
from . import Evaluated
from .weighted import weighted_sum

IN_ONE_RUN = True


def evaluated(
    target: Callable[[Operands], Any],
    operands: Operands,
    cotangents: Sequence[Any] | None,
    weights: Callable[[], Sequence[Weight]],
    *,
    graph: bool,
) -> Evaluated:
    import tensorflow as tf

    asked = None if cotangents is None else [tf.constant(cotangent) for cotangent in cotangents]
    failed = []

    def compute(inputs: Any, states: list[Any]) -> tuple[Any, list[Any] | None]:
        given = operands.with_tensors(inputs, states)
        if asked is None:
            result = target(given)
            weights()
            return result, None
        with tf.GradientTape() as tape:
            tape.watch([inputs, *states])
            result = target(given)
            loss = weighted_sum(result, asked)
        wanted = [inputs, *states, *(raw(weight.variable) for weight in weights())]
        if loss is None:
            return result, [None] * len(wanted)
        try:
            found = tape.gradient(loss, wanted)
        except Exception:
            # An operation without a gradient, say: that says nothing about the values.
            failed.append(True)
            found = [None] * len(wanted)
        return result, [None if gradient is None else tf.convert_to_tensor(gradient) for gradient in found]

    states = list(operands.states or ())
    if graph:
        traced = tf.function(compute).get_concrete_function(operands.inputs, states)
        result, gradients = traced(operands.inputs, states)
    else:
        result, gradients = compute(operands.inputs, states)
    return Evaluated(result, gradients, bool(failed))


def steps(
    model: Any, optimizer: Any, loss_of: Callable[[Any, Any], Any], inputs: Sequence[Any], labels: Any
) -> Callable[[Any], None]:
    import tensorflow as tf

    variables = [raw(variable) for variable in model.trainable_variables]

    @tf.function(autograph=False)
    def step(batch: Any) -> None:
        with tf.GradientTape() as tape:
            given = [tf.gather(array, batch) for array in inputs]
            predicted = model(given[0] if len(given) == 1 else given, training=True)
            loss = loss_of(tf.gather(labels, batch), predicted) + sum(model.losses)
        optimizer.apply(tape.gradient(loss, variables), model.trainable_variables)

    return lambda batch: step(tf.constant(batch))


def predicted(model: Any, given: Any) -> Any:
    return model(given, training=False)


def plain_variable(held: Any) -> tuple[str, tuple[int, ...]] | None:
    import tensorflow as tf

    if not isinstance(held, tf.Variable) or not held.dtype.is_floating or not held.shape.is_fully_defined():
        return None
    return held.name, tuple(held.shape.as_list())


def attributes(part: Any) -> Mapping[str, Any]:
    return vars(part)


def refuses_arrays(error: TypeError) -> bool:
    return False


def seed(seed: int) -> None:
    keras = sys.modules.get("keras")
    # Setting TensorFlow's seed also throws away every compiled operation: 20 ms for the next step of an LSTM.
    if hasattr(keras, "utils") and tensorflow_seed() != (seed, random.Random(seed).getstate()):
        sys.modules["keras"].utils.set_random_seed(seed)


def reset() -> None:
    import tensorflow as tf

    if tf.config.functions_run_eagerly():
        tf.config.run_functions_eagerly(False)


def as_usual(stack: ExitStack, dtype: str) -> None:
    import tensorflow as tf

    stack.callback(tf.config.run_functions_eagerly, tf.config.functions_run_eagerly())
    if not tf.executing_eagerly():
        from tensorflow.python.eager import context

        stack.enter_context(context.eager_mode())
