"""Advice: checks that give no points. They ask what Keras's users expect of a layer beside its numbers, where all that
gives points is right, and nothing follows from them but a sentence.
"""

from __future__ import annotations

import dataclasses
import fnmatch
from collections.abc import Iterator

from autograder.judging import compare
from autograder.judging.outcomes import outcome_of
from autograder.language import sentences
from autograder.model import CheckResult, Observation, Sheet, SheetCase

SLOW = 3.0
"""Seconds after which an answer is asked no more than what it gets points for."""


def to_ask(sheet: Sheet, observation: Observation) -> tuple[SheetCase, ...]:
    """The questions of an answer that is right."""
    taken = sum(answer.seconds for answer in observation.answers.values())
    return sheet.advice if taken < SLOW else ()


def without_its_end(sheet: Sheet, observation: Observation) -> Observation:
    """The observation as if it had come to its end, where only advice was left to ask."""
    if observation.ended == "done" or not sheet.advice:
        return observation
    right = all(
        case.id in observation.answers
        and all(part.right for part in compare.compare_case(case, observation.answers[case.id], show=False))
        for case in sheet.cases
    )
    return dataclasses.replace(observation, ended="done") if right else observation


def given(sheet: Sheet, observation: Observation) -> Iterator[CheckResult]:
    """What came of the checks that are about nothing else; those that were not asked are left out."""
    parts = [
        result
        for case in sheet.advice
        if case.id in observation.probed
        for result in compare.compare_case(case, observation.probed[case.id], show=True)
    ]
    for check in sheet.checks:
        mine = [part for part in parts if any(fnmatch.fnmatchcase(part.part, pattern) for pattern in check.parts)]
        if mine and not check.points:
            yield as_advice(sheet, outcome_of(check, mine))


def as_advice(sheet: Sheet, outcome: CheckResult) -> CheckResult:
    """What is told of a check without points; of a secret sheet no more than its title."""
    if outcome.outcome != "failed" or outcome.max_points:
        return outcome
    hint = next(check.hint for check in sheet.checks if check.id == outcome.id)
    said = sentences(outcome.message, hint) if sheet.seed == "public" else ""
    return dataclasses.replace(outcome, outcome="advised", message=said, parts=())
