"""What came of each check of a sheet, from the parts of its answers."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping, Sequence

from autograder.judging import by_itself
from autograder.language import text_of, words
from autograder.model import CheckResult, Observation, PartResult, Sheet, SheetCheck


def outcomes_of(sheet: Sheet, parts: Mapping[str, PartResult], observation: Observation) -> tuple[CheckResult, ...]:
    """Points for each check: all of them when every part is right, none otherwise. One that is not right, and needs
    another that is not, is held against the answer's own, if that was asked, and else `waiting` without a word."""
    outcomes: dict[str, CheckResult] = {}
    for check in sheet.checks:
        mine = [result for name, result in parts.items() if any(fnmatch.fnmatchcase(name, p) for p in check.parts)]
        if not mine and not check.points:
            continue  # advice, asked apart
        outcome = outcome_of(check, mine)
        missed = [outcomes[need] for need in check.needs if outcomes[need].outcome != "passed"]
        if missed and outcome.outcome != "passed":
            own = by_itself.results(sheet, check, observation) if observation.probed else ()
            outcome = outcome_of(check, own) if own else _waiting(check, missed)
        outcomes[check.id] = outcome
    return tuple(outcomes.values())


def _waiting(check: SheetCheck, missed: Sequence[CheckResult]) -> CheckResult:
    titles = tuple(words("“{title}”", title=text_of(one.title)) for one in missed)
    said = words("Checked as soon as {titles} is right.", titles=titles)
    return CheckResult(check.id, check.title, "waiting", 0.0, check.points, said)


def outcome_of(check: SheetCheck, results: Sequence[PartResult]) -> CheckResult:
    wrong = sorted((result for result in results if not result.right), key=_telling)
    if not results:
        return CheckResult(check.id, check.title, "failed", 0.0, check.points, words("There was nothing to compare."))
    if not wrong:
        return CheckResult(check.id, check.title, "passed", float(check.points), check.points)
    return CheckResult(check.id, check.title, "failed", 0.0, check.points, wrong[0].message, tuple(wrong))


_RUNGS = ("weights", "exception", "config", "kind", "missing", "shape", "dtype", "finite", "value", "time")
"""What comes first can be repaired first: a layer that is made again from too little answers wrongly in other ways."""


def _telling(result: PartResult) -> tuple[int, int]:
    return _RUNGS.index(result.rung) if result.rung in _RUNGS else len(_RUNGS), result.entries
