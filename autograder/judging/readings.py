"""Weights that can be read in two ways: two accepted layouts of the same names and shapes, rows of x before those of h
or after them. Nothing tells them apart but which of the two makes the answers right, so both are asked.
"""

from __future__ import annotations

import dataclasses

import msgspec

from autograder.answering.protocol import CallLayer, NamedArray
from autograder.model import Observation, Sheet, SheetCase


def another(sheet: Sheet, observation: Observation) -> tuple[int, int] | None:
    """The layout by which the answers read their weights, and another one that fits as well; None if there is none."""
    used = {answer.layout for answer in observation.answers.values() if answer.problem is None} - {None}
    if len(used) != 1 or observation.reading is not None:
        return None
    (layout,) = used
    layouts = next((case.question.layouts for case in sheet.cases if isinstance(case.question, CallLayer)), ())
    if layout is None or not 0 <= layout < len(layouts):
        return None
    fitting = [k for k, other in enumerate(layouts) if k != layout and _names(other) == _names(layouts[layout])]
    return (layout, fitting[0]) if fitting else None


def reread(sheet: Sheet, reading: tuple[int, int]) -> Sheet:
    """The sheet with these two layouts in each other's place, in questions and in what is expected."""
    cases, advice = (tuple(_reread(case, *reading) for case in some) for some in (sheet.cases, sheet.advice))
    return dataclasses.replace(sheet, cases=cases, advice=advice)


def _reread(case: SheetCase, one: int, other: int) -> SheetCase:
    question = case.question
    if not isinstance(question, CallLayer) or max(one, other) >= len(question.layouts):
        return case
    layouts, expected = list(question.layouts), list(case.expected)
    layouts[one], layouts[other] = layouts[other], layouts[one]
    expected[one], expected[other] = expected[other], expected[one]
    asked = msgspec.structs.replace(question, layouts=tuple(layouts))
    return dataclasses.replace(case, question=asked, expected=tuple(expected))


def _names(layout: tuple[NamedArray, ...]) -> tuple[tuple[str, str, tuple[int, ...]], ...]:
    return tuple((named.group, named.name, tuple(named.array.shape)) for named in layout)
