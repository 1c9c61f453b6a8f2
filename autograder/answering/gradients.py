"""Outputs and gradients of a weighted sum of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from . import backends
from .protocol import (
    CallLayer,
    decode_array,
)
from .values import to_value
from .weights import Operands, Weight, layout_names


def evaluate(
    question: CallLayer,
    target: Callable[[Operands], Any],
    operands: Operands,
    weights: Callable[[], Sequence[Weight]],
    facts: dict[str, Any],
) -> None:
    """weights: those that the question sets, in the order of the layout; asked for after the call, which may make
    them."""
    cotangents = None if question.cotangents is None else [decode_array(array) for array in question.cotangents]
    answered = backends.current().evaluated(target, operands, cotangents, weights, graph=question.route == "function")
    facts["value"] = to_value(answered.value)
    if answered.failed:
        facts["gradients_failed"] = True
    if answered.gradients is not None:
        names = layout_names(question.layouts[facts["layout"]]) if facts["layout"] is not None else []
        keys = ["inputs", *(f"state.{index}" for index in range(len(operands.states or ()))), *names]
        facts["gradients"] = {key: to_value(gradient) for key, gradient in zip(keys, answered.gradients, strict=False)}
