"""Outputs and gradients of a weighted sum of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from .protocol import (
    CallLayer,
    decode_array,
)
from .values import to_value
from .weights import Operands, Weight, layout_names, raw


def evaluate(
    question: CallLayer,
    target: Callable[[Operands], Any],
    operands: Operands,
    weights: Callable[[], Sequence[Weight]],
    facts: dict[str, Any],
) -> None:
    """weights: those that the question sets, in the order of the layout; asked for after the call, which may make
    them."""
    import tensorflow as tf

    cotangents = None
    if question.cotangents is not None:
        cotangents = [tf.constant(decode_array(array)) for array in question.cotangents]

    def compute(inputs: Any, states: list[Any]) -> tuple[Any, list[Any] | None]:
        given = operands.with_tensors(inputs, states)
        if cotangents is None:
            result = target(given)
            weights()
            return result, None
        with tf.GradientTape() as tape:
            tape.watch([inputs, *states])
            result = target(given)
            loss = _weighted_sum(result, cotangents, tf)
        wanted = [inputs, *states, *(raw(weight.variable) for weight in weights())]
        if loss is None:
            return result, [None] * len(wanted)
        try:
            found = tape.gradient(loss, wanted)
        except Exception:
            # An operation without a gradient, say: that says nothing about the values.
            facts["gradients_failed"] = True
            found = [None] * len(wanted)
        return result, [None if gradient is None else tf.convert_to_tensor(gradient) for gradient in found]

    states = list(operands.states or ())
    if question.route == "function":
        traced = tf.function(compute).get_concrete_function(operands.inputs, states)
        result, gradients = traced(operands.inputs, states)
    else:
        result, gradients = compute(operands.inputs, states)
    facts["value"] = to_value(result)
    if gradients is not None:
        names = layout_names(question.layouts[facts["layout"]]) if facts["layout"] is not None else []
        keys = ["inputs", *(f"state.{index}" for index in range(len(states))), *names]
        facts["gradients"] = {key: to_value(gradient) for key, gradient in zip(keys, gradients, strict=False)}


def _weighted_sum(result: Any, cotangents: Sequence[Any], tf: Any) -> Any:
    """`sum(output * cotangent)`, or None where the outputs do not fit the cotangents (the host will say
    how)."""
    parts = list(_tensors_in(result))
    if len(parts) < len(cotangents):
        return None
    terms = []
    for part, cotangent in zip(parts, cotangents, strict=False):
        if not tf.is_tensor(part) or not part.dtype.is_floating or not part.shape.is_compatible_with(cotangent.shape):
            return None
        terms.append(tf.reduce_sum(part * tf.cast(cotangent, part.dtype)))
    return tf.add_n([tf.cast(term, terms[0].dtype) for term in terms])


def _tensors_in(result: Any) -> Iterator[Any]:
    if isinstance(result, (list, tuple)):
        for item in result:
            yield from _tensors_in(item)
    else:
        yield result
