"""A verdict as it may be shown: nothing that came from a secret case is left in it."""

from __future__ import annotations

import dataclasses

import msgspec

from autograder.judging.quotes import type_that_tells_nothing
from autograder.language import Said, sentences, words
from autograder.model import CheckResult, Verdict


def published(verdict: Verdict, shown: Verdict | None) -> Verdict:
    """The verdict with every word and number that came from a secret case replaced by the public case's."""
    by_id = {check.id: check for check in shown.checks} if shown is not None else {}
    checks = tuple(_published_check(check, by_id.get(check.id)) for check in verdict.checks)
    silent = verdict.problem and msgspec.structs.replace(
        verdict.problem,
        type=type_that_tells_nothing(verdict.problem.type), message="", traceback="", shapes=(), callers=(),
    )  # fmt: skip
    if verdict.status == "grader_fault":
        return verdict
    if verdict.status in ("timed_out", "out_of_memory", "blocked"):
        return dataclasses.replace(verdict, checks=checks, problem=silent)
    if shown is None:
        message = verdict.message if not verdict.checks else _unshown(verdict)
        return dataclasses.replace(verdict, checks=checks, problem=silent, message=message, case="")
    if not verdict.checks and shown.status == verdict.status:
        return dataclasses.replace(verdict, message=shown.message, problem=shown.problem)
    if shown.status == "passed":
        return dataclasses.replace(verdict, checks=checks, problem=None, message=_unshown(verdict), case="")
    return dataclasses.replace(
        verdict, checks=checks, problem=shown.problem, message=shown.message, case=shown.case,
        diagnosis=shown.diagnosis, finding=shown.finding, sizes=shown.sizes, look_at=shown.look_at,
    )  # fmt: skip


def _published_check(check: CheckResult, shown: CheckResult | None) -> CheckResult:
    if check.outcome != "failed":
        return check
    if shown is not None and shown.outcome == "failed":
        return dataclasses.replace(check, message=shown.message, parts=shown.parts)
    if check.parts and check.parts[0].rung == "time":
        return dataclasses.replace(check, parts=(), message=_SLOW)
    return dataclasses.replace(
        check, parts=(), message=words("Right for the example that `check` uses, wrong for other sizes or values.")
    )


_SLOW = words("The training was too slow: it did not end in the time that grading gives it.")


def _unshown(verdict: Verdict) -> Said:
    asked = words("Is a size or a value of the example written into the code?")
    if verdict.problem is not None and verdict.problem.type:
        stopped = words(
            "`{name}` stopped with {type} for other inputs than the example's.",
            name=verdict.entry_point, type=type_that_tells_nothing(verdict.problem.type),
        )  # fmt: skip
        return sentences(stopped, asked)
    failed = [check for check in verdict.checks if check.outcome == "failed"]
    if failed and failed[0].parts and failed[0].parts[0].rung == "time":
        return _SLOW
    wrong = words(
        "`{name}` is right for the example that `check` uses, and wrong for other inputs.", name=verdict.entry_point
    )
    return sentences(wrong, asked)
