"""Answers that are other ones each time: the same question with another seed tells."""

from __future__ import annotations

import dataclasses

import msgspec
import numpy as np

from autograder.answering.protocol import Answer, Array, CallLayer, Items, TrainModel, Value, decode_array
from autograder.language import words
from autograder.model import CheckResult, Finding, Observation, Sheet, SheetCase

OTHER_SEED = 1


def still_to_ask(sheet: Sheet, failed: CheckResult) -> tuple[SheetCase, ...]:
    """The first case whose value is wrong, to be asked once more with the generators starting elsewhere. A model is
    left out: it is trained, and that draws."""
    base = _base(sheet, failed)
    if base is None or isinstance(base.question, TrainModel):
        return ()
    question = msgspec.structs.replace(base.question, seed=OTHER_SEED)
    return (dataclasses.replace(base, id=_again(base), question=question),)


def finding(sheet: Sheet, observation: Observation, failed: CheckResult) -> Finding | None:
    """What is said of an answer that depends on the seed; None where it does not, or where that was not asked."""
    base = _base(sheet, failed)
    if base is None:
        return None
    one, other = observation.answers.get(base.id), observation.probed.get(_again(base))
    if one is None or other is None or not _differ(one, other):
        return None
    says = words(
        "Asked again with the same inputs, `{name}` gives other numbers: something in it is drawn at random, and the "
        "equations draw nothing.",
        name=sheet.entry_point,
    )
    if isinstance(base.question, CallLayer):
        return Finding((says, words("Weights are drawn once, in `build`.")))
    return Finding((says,))


def _base(sheet: Sheet, failed: CheckResult) -> SheetCase | None:
    wrong = next((part.part.split(".")[0] for part in failed.parts if part.rung in ("value", "finite")), "")
    return next((case for case in sheet.cases if case.id == wrong), None)


def _again(base: SheetCase) -> str:
    return f"{base.id}, with another seed"


def _differ(one: Answer, other: Answer) -> bool:
    pairs = list(zip(_arrays(one.value), _arrays(other.value), strict=False))
    return any(
        a.shape == b.shape and a.dtype == b.dtype and a.dtype.kind == "f" and not np.array_equal(a, b, equal_nan=True)
        for a, b in pairs
    )


def _arrays(value: Value) -> list[np.ndarray]:
    if isinstance(value, Array):
        return [decode_array(value)]
    return [found for item in value.items for found in _arrays(item)] if isinstance(value, Items) else []
