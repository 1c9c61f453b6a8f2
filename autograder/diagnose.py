"""Naming the mistake: which known wrong answer are the student's arrays?

A diagnosis is given only when one wrong oracle reproduces every array that it speaks of, within the tolerance of the
right one, and no other does. Saying nothing is better than naming the wrong cause.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from autograder import compare
from autograder.model import Diagnosis, Sheet, WrongAnswer
from autograder.worker.protocol import Answer, decode_array


def diagnose(sheet: Sheet, answers: Mapping[str, Answer]) -> Diagnosis | None:
    """The one mistake of the sheet that gives exactly these answers, or None."""
    got, right, tolerance = _answered(sheet, answers)
    matching = [wrong for wrong in sheet.wrong if _explains(wrong, got, right, tolerance)]
    if len(matching) != 1:
        return None
    found = matching[0]
    return Diagnosis(found.id, found.title, found.hint, found.gate)


def _answered(
    sheet: Sheet, answers: Mapping[str, Answer]
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray], dict[str, float]]:
    """The student's arrays, the right ones, and the tolerances, by `case.part`; gradients are left out."""
    got, right, tolerance = {}, {}, {}
    for case in sheet.cases:
        answer = answers.get(case.id)
        if answer is None or answer.problem is not None:
            continue
        parts = compare.arrays(compare.case_parts(case, answer))
        for expected in case.expected[0]:
            name = f"{case.id}.{expected.part}"
            value = parts.get(expected.part)
            if value is None or expected.part.startswith("grad.") or value.dtype.kind not in "iuf":
                continue
            got[name] = value.astype(np.float64)
            right[name] = decode_array(expected.value)
            tolerance[name] = expected.tolerance
    return got, right, tolerance


def _explains(
    wrong: WrongAnswer,
    got: Mapping[str, np.ndarray],
    right: Mapping[str, np.ndarray],
    tolerance: Mapping[str, float],
) -> bool:
    """Whether every part the mistake speaks of is as the mistake would give it, and one of them not as it should be."""
    changed = False
    for name, value in got.items():
        if name in wrong.parts:
            mistaken = decode_array(wrong.parts[name])
            if mistaken.shape != value.shape or not _near(value, mistaken, tolerance[name]):
                return False
            changed = (
                changed or mistaken.shape != right[name].shape or not _near(mistaken, right[name], tolerance[name])
            )
    return changed


def _near(a: np.ndarray, b: np.ndarray, tolerance: float) -> bool:
    return bool(np.all(np.abs(a - b) <= tolerance))
