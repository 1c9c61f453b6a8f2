"""Checks that do not depend on values, where the values are wrong: held against the answer's own.

A second call is held against a first one, a layer made again from its settings and a model of open batch size against
the layer as it stands, and gradients against what the answer changes by when everything is moved a little.
"""

from __future__ import annotations

import dataclasses
import fnmatch
from collections.abc import Iterable, Iterator, Mapping

import msgspec
import numpy as np

from autograder.answering.protocol import Answer, Array, CallLayer, decode_array, encode_array
from autograder.judging import compare
from autograder.language import words
from autograder.model import Expected, Observation, PartResult, Sheet, SheetCase, SheetCheck

MOVED = 0.01
"""The share of themselves by which inputs and weights are moved; the error of a central difference is its square."""
_MOVES = {"inputs": 1.0, "states": -0.7, "weights": 0.5}
"""How far each of these is moved in comparison, so that none makes up for another."""
AGREE = 0.02
"""How far gradients may be from that difference, as a share of all that they tell together."""
MOST_SCALE = 1e3
"""How many times as large as the right ones values may be for their rounding to count as that much larger."""
ROUNDING = 4.0
"""How many times as far as from the truth two answers of the same layer may be apart."""


def still_to_ask(sheet: Sheet, waiting: Iterable[SheetCheck]) -> tuple[SheetCase, ...]:
    """The questions whose answers the waiting checks are to be held against."""
    return tuple(case for _, cases in _measures(sheet, waiting) for case in cases)


def results(sheet: Sheet, check: SheetCheck, observation: Observation) -> tuple[PartResult, ...]:
    """The parts of a check, held against the answer's own; none where that was not asked, or gave no values."""
    found: list[PartResult] = []
    for case, plain in _measures(sheet, [check]):
        own = [observation.probed.get(one.id) for one in plain]
        answer = observation.answers.get(case.id)
        if answer is None or any(one is None or one.problem is not None for one in own):
            return ()
        there = [one for one in own if one is not None]
        parts = _gradients(case, answer, there) if len(there) > 1 else _as_it_stands(case, answer, there[0])
        if not parts:
            return ()
        found += [part for part in parts if _concerns(check, part.part)]
    return tuple(found)


def _measures(sheet: Sheet, checks: Iterable[SheetCheck]) -> Iterator[tuple[SheetCase, tuple[SheetCase, ...]]]:
    """(case, what its answer is held against) for each case of these checks that has such a thing."""
    for check in checks:
        for case in sheet.cases:
            parts = [f"{case.id}.{expected.part}" for expected in case.expected[0]]
            mine = [part for part in parts if _concerns(check, part)]
            question = case.question
            if not mine or not isinstance(question, CallLayer):
                continue
            if question.route != "eager":
                yield case, (_asked(case, "as it stands", question),)
            elif all(part.startswith(f"{case.id}.grad.") for part in mine):
                yield case, tuple(_asked(case, name, _moved(question, share))
                                  for name, share in (("moved up", MOVED), ("moved down", -MOVED)))  # fmt: skip


def _concerns(check: SheetCheck, part: str) -> bool:
    return any(fnmatch.fnmatchcase(part, pattern) for pattern in check.parts)


def _asked(case: SheetCase, name: str, question: CallLayer) -> SheetCase:
    plain = msgspec.structs.replace(question, route="eager", cotangents=None)
    return dataclasses.replace(case, id=f"{case.id}, {name}", question=plain)


def _moved(question: CallLayer, share: float) -> CallLayer:
    def moved(array: Array, kind: str) -> Array:
        value = decode_array(array)
        return encode_array((value * (1 + share * _MOVES[kind])).astype(value.dtype))

    return msgspec.structs.replace(
        question,
        inputs=moved(question.inputs, "inputs"),
        states=None if question.states is None else tuple(moved(state, "states") for state in question.states),
        layouts=tuple(
            tuple(msgspec.structs.replace(named, array=moved(named.array, "weights")) for named in layout)
            for layout in question.layouts
        ),
    )


# ------------------------------------------------------------------------------------------- another way to the same


def _as_it_stands(case: SheetCase, answer: Answer, plain: Answer) -> tuple[PartResult, ...]:
    """The answer held against that of the same layer, called at once."""
    values = _numbers(case, plain)
    if all(value.ndim == 0 or value.size == 0 or np.ptp(value, axis=0).max() == 0 for value in values.values()):
        return ()  # what says the same of every sample has nothing to remember
    layout = answer.layout if answer.layout is not None and 0 <= answer.layout < len(case.expected) else 0
    expected = [
        _own(one, values[one.part]) for one in case.expected[layout] if one.part in values and values[one.part].size
    ]
    if len(expected) != len(case.expected[layout]):
        return ()
    held = dataclasses.replace(case, expected=(tuple(expected),) * len(case.expected))
    return tuple(
        part if part.right or part.rung in ("config", "exception", "weights")
        else dataclasses.replace(part, message=words(
            "Held against its own answer to a plain call: {what}", what=part.message))
        for part in compare.compare_case(held, answer, show=False)
    )  # fmt: skip


def _numbers(case: SheetCase, answer: Answer) -> dict[str, np.ndarray]:
    """The parts that hold real numbers, all of them finite."""
    parts = compare.arrays(compare.case_parts(case, answer))
    real = {part: value.astype(np.float64) for part, value in parts.items() if value.dtype.kind in "iuf"}
    return {part: value for part, value in real.items() if np.all(np.isfinite(value))}


def _own(expected: Expected, value: np.ndarray) -> Expected:
    """What is expected where this value is the right one."""
    right = float(np.max(np.abs(decode_array(expected.value)), initial=0.0))
    scale = min(max(1.0, float(np.max(np.abs(value), initial=0.0)) / max(right, 1e-6)), MOST_SCALE)
    axes = expected.axes if value.ndim == len(expected.axes) else tuple(f"axis {k}" for k in range(value.ndim))
    tolerance = ROUNDING * scale * expected.tolerance
    return dataclasses.replace(expected, axes=axes, value=encode_array(value), tolerance=tolerance)


# -------------------------------------------------------------------------------------------------------- gradients


def _gradients(case: SheetCase, answer: Answer, moved: list[Answer]) -> tuple[PartResult, ...]:
    """Gradients held against what the answer changes by."""
    question = case.question
    assert isinstance(question, CallLayer)
    layout = answer.layout if answer.layout is not None and 0 <= answer.layout < len(case.expected) else 0
    wanted = [one for one in case.expected[layout] if one.part.startswith("grad.")]
    above, below = (_summed(case, question, one) for one in moved)
    if answer.problem is not None or above is None or below is None:
        return ()
    # Whether each is there, and has its shape, is told as ever.
    results = {
        result.part: result
        for result in compare.compare_case(case, answer, show=False)
        if result.part.partition(".")[2].startswith("grad.")
    }
    found = compare.arrays({f"grad.{name}": value for name, value in answer.gradients.items()})
    if any(result.rung not in ("right", "value") for result in results.values()):
        return tuple(results.values())
    operands = _operands(question, layout)
    told = [
        float(np.sum(found[one.part] * array)) * _MOVES[kind]
        for one in wanted
        for kind, array in [operands[one.part.removeprefix("grad.")]]
    ]
    difference = (above - below) / (2 * MOVED)
    if any(np.any(decode_array(one.value)) and not np.any(found[one.part]) for one in wanted):
        said = words("Some gradients are zero everywhere: what they belong to makes no difference to the result.")
        return tuple(PartResult(name, "value", said) for name in results)
    agree = abs(sum(told) - difference) <= AGREE * (sum(map(abs, told)) + abs(difference)) / 2
    if agree:
        return tuple(PartResult(name, "right") for name in results)
    said = words(
        "When inputs and weights are moved by one percent, the result changes by {seen}; the gradients say {told}.",
        **_told_apart(seen=float(difference) * MOVED, told=sum(told) * MOVED),
    )  # fmt: skip
    return tuple(PartResult(name, "value", said) for name in results)


def _told_apart(**numbers: float) -> dict[str, str]:
    """The numbers in as few digits as show that they differ."""
    for digits in range(2, 10):
        shown = {name: f"{number:.{digits}g}" for name, number in numbers.items()}
        if len(set(shown.values())) == len(shown):
            break
    return shown


def _operands(question: CallLayer, layout: int) -> Mapping[str, tuple[str, np.ndarray]]:
    """By the name of the gradient: of which kind it is, and its value."""
    states = {f"state.{k}": ("states", decode_array(state)) for k, state in enumerate(question.states or ())}
    weights = {
        f"{named.group}/{named.name}" if named.group else named.name: ("weights", decode_array(named.array))
        for named in question.layouts[layout]
    }
    return {"inputs": ("inputs", decode_array(question.inputs)), **states, **weights}


def _summed(case: SheetCase, question: CallLayer, answer: Answer) -> float | None:
    """The sum whose gradients are asked."""
    values = _numbers(case, answer)
    total = 0.0
    for part, cotangent in zip(case.returns, question.cotangents or (), strict=True):
        weights = decode_array(cotangent).astype(np.float64)
        if part not in values or values[part].shape != weights.shape:
            return None
        total += float(np.sum(values[part] * weights))
    return total
