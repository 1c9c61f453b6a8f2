"""Naming the mistake: which known wrong answer are the student's arrays?

A diagnosis is given only when one wrong oracle reproduces the arrays that it speaks of, within the tolerance of the
right ones, and no other does. Saying nothing is better than naming the wrong cause.

Three questions, in this order, until one has exactly one answer:

1. Which mistake gives all the arrays?
2. Which two mistakes, made together, give all the arrays?
3. Which mistake gives the arrays of the first check that failed? Something else is wrong as well, then.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from autograder.answering.protocol import Answer, decode_array
from autograder.judging import compare, marks
from autograder.model import Diagnosis, Sheet, SheetCheck, WrongAnswer

Keep = Callable[[str], bool]


def diagnose(sheet: Sheet, answers: Mapping[str, Answer], first: SheetCheck | None = None) -> Diagnosis | None:
    """The one mistake of the sheet that gives exactly these answers, or None.

    Args:
        first: the first check that failed.
    """
    answered = _Answered(sheet, answers)
    single = answered.single(lambda part: True)
    if single is not None:
        return single
    pair = answered.pair()
    if pair is not None or first is None or any(answer.problem is not None for answer in answers.values()):
        return pair
    found = answered.single(lambda part: any(fnmatch.fnmatchcase(part, pattern) for pattern in first.parts))
    return replace(found, alone=False) if found is not None else None


class _Answered:
    """The student's arrays by their marks."""

    def __init__(self, sheet: Sheet, answers: Mapping[str, Answer]) -> None:
        self.sheet = sheet
        count = len(sheet.marked)
        self.marks = np.full((count, marks.MARKS), np.nan)  # (parts, marks)
        self.allowed = np.zeros((count, marks.MARKS))
        self.right = np.full((count, marks.MARKS), np.nan)
        self.shapes: dict[str, tuple[int, ...]] = {}
        self.right_shapes: dict[str, tuple[int, ...]] = {}
        for case in sheet.cases:
            answer = answers.get(case.id)
            if answer is None or answer.problem is not None:
                continue
            parts = compare.arrays(compare.case_parts(case, answer))
            for expected in case.expected[0]:
                name = f"{case.id}.{expected.part}"
                value = parts.get(expected.part)
                right = decode_array(expected.value)
                numbers = "biuf" if right.dtype.kind == "b" else "iuf"
                if value is None or name not in sheet.marked or value.dtype.kind not in numbers:
                    continue
                at = sheet.marked.index(name)
                self.marks[at] = marks.mark(value)
                self.allowed[at] = marks.allowed(value.size, expected.tolerance, self.marks[at])
                self.right[at] = marks.mark(right)
                self.shapes[name] = value.shape
                self.right_shapes[name] = expected.value.shape

    def single(self, keep: Keep) -> Diagnosis | None:
        """The one mistake that gives all the parts that are kept."""
        kept = [at for at, name in enumerate(self.sheet.marked) if name in self.shapes and keep(name)]
        matching = [wrong for wrong in self.sheet.wrong if self._explains(wrong, kept)]
        return self._named(matching[0]) if len(matching) == 1 else None

    def pair(self) -> Diagnosis | None:
        """The one pair of mistakes that gives everything."""
        pairs = self.sheet.pairs
        if pairs is None or not self.shapes or self.shapes != self.right_shapes:
            return None
        given = decode_array(pairs.marks).astype(np.float64)  # (pairs, parts, marks)
        known = ~np.isnan(self.marks) & ~np.isnan(given)
        near = np.abs(given - self.marks) <= self.allowed
        changed = known & (np.abs(given - self.right) > self.allowed)
        matching = np.flatnonzero((near | ~known).all(axis=(1, 2)) & changed.any(axis=(1, 2)))
        if len(matching) != 1:
            return None
        first, second = (self.sheet.wrong[side[matching[0]]] for side in (pairs.first, pairs.second))
        return replace(self._named(first), second=self._named(second))

    def _named(self, wrong: WrongAnswer) -> Diagnosis:
        gate = self.sheet.gates.get(wrong.gate)
        name, picture = (gate.name, self.sheet.picture) if gate is not None else ("", "")
        return Diagnosis(wrong.id, wrong.title, wrong.hint, wrong.gate, name, picture)

    def _explains(self, wrong: WrongAnswer, kept: list[int]) -> bool:
        """Whether every part the mistake speaks of is as the mistake would give it, and one of them not as it should
        be."""
        given = decode_array(wrong.marks).astype(np.float64)  # (parts, marks)
        changed = False
        for at in kept:
            if np.isnan(given[at]).any():
                continue
            name = self.sheet.marked[at]
            if self.shapes[name] != wrong.shapes.get(name, self.right_shapes[name]):
                return False
            if np.any(np.abs(given[at] - self.marks[at]) > self.allowed[at]):
                return False
            changed = (
                changed or name in wrong.shapes or bool(np.any(np.abs(given[at] - self.right[at]) > self.allowed[at]))
            )
        return changed
