"""Follow-through marks: an exercise whose answer is built on a wrong part, judged by its own work.

It was asked a second time, with stand-ins for these parts (see `answering.stand_ins`). What is right there is right
whatever the parts do, and earns its points; what is wrong there is the exercise's own, and is told.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence

import msgspec

from autograder.answering.protocol import StandIn
from autograder.language import Said, sentences, text_of, words
from autograder.model import CheckResult, Observation, Sheet, Verdict


def uses_stand_ins(observation: Observation) -> bool:
    """Whether a stand-in was called: whoever does not use the part is judged as it stands."""
    return any(answer.stood_in for answer in observation.answers.values())


def followed_through(verdict: Verdict, apart: Verdict, parts: Sequence[StandIn], share: float = 1.0) -> Verdict:
    """The verdict with the points of what is right by itself.

    Args:
        verdict: of the exercise as it stands. apart: with `parts` in the place of what is wrong.
        share: of the points of a check that passes with stand-ins only.

    Returns:
        never fewer points than before.
    """
    if not apart.checks:
        return verdict
    before = {check.id: check for check in verdict.checks}
    checks = _told_once(parts, (_merged(before.get(check.id), check, share) for check in apart.checks))
    points = float(sum(check.points for check in checks))
    right = all(check.outcome == "passed" for check in checks if check.max_points)
    told = apart
    if right or _tells_of_the_stand_in(verdict, apart):
        if not any(check.by_stand_in for check in checks):
            return verdict
        told = dataclasses.replace(
            apart, problem=None, diagnosis=None, finding=None, look_at="", case="", sizes={}, message=_first_of(checks)
        )
    status = "passed" if right and points >= verdict.max_points else "partial" if points > 0 else told.status
    owed = [part.assignment for part in parts]
    followed = dataclasses.replace(
        told, status=status, points=points, checks=checks, stood_in=tuple(part.name for part in parts),
        earlier=tuple(dict.fromkeys(owed)) if all(owed) else (),
    )  # fmt: skip
    notes = dict.fromkeys((*verdict.notes, *apart.notes, *_explained(followed, share)))
    return dataclasses.replace(followed, notes=tuple(notes))


def with_others(sheet: Sheet, parts: Sequence[StandIn]) -> Sheet:
    """The same questions with something else that works in the place of parts: what is right stays what it is."""
    cases = tuple(
        dataclasses.replace(case, question=msgspec.structs.replace(case.question, stand_ins=tuple(parts)))
        for case in sheet.cases
    )
    return dataclasses.replace(sheet, cases=cases, stand_ins=tuple(parts), advice=(), probes=(), standing=())


def owed_to_earlier(parts: Sequence[StandIn], before: Sequence[Verdict]) -> tuple[StandIn, ...]:
    """The parts, with the earlier assignment that they owe it to where they do not work: what is right but for that
    has no slip of this notebook in it.

    before: the verdicts of the exercises that come first.
    """
    owed = {
        verdict.entry_point: verdict.earlier[0]
        for verdict in before
        if verdict.earlier and all(check.outcome == "passed" for check in verdict.checks)
    }
    return tuple(
        msgspec.structs.replace(part, assignment=part.assignment or owed.get(part.of or part.name, ""))
        for part in parts
    )


def _told_once(parts: Sequence[StandIn], checks: Iterable[CheckResult]) -> tuple[CheckResult, ...]:
    """The checks, of which the first that passed with stand-ins says what these are."""
    told = list(checks)
    first = next((place for place, check in enumerate(told) if check.by_stand_in), None)
    if first is not None:
        names = tuple(f"`{part.name}`" for part in parts)
        said = words("With a stand-in: something else that works took the place of {parts}.", parts=names)
        told[first] = dataclasses.replace(told[first], message=said)
    return tuple(told)


def _first_of(checks: tuple[CheckResult, ...]) -> Said:
    """What the first check that failed says."""
    failed = next((check for check in checks if check.outcome == "failed"), None)
    return words("{check}: {what}", check=text_of(failed.title), what=failed.message) if failed is not None else ""


def _merged(before: CheckResult | None, apart: CheckResult, share: float) -> CheckResult:
    """One check of an answer as it stands, None where it had none, and with stand-ins."""
    if before is not None and (before.outcome == "passed" or _stopped(apart)):
        return before
    return _with_stand_ins(apart, share)


def _stopped(check: CheckResult) -> bool:
    return bool(check.parts) and check.parts[0].rung in ("exception", "weights")


def _tells_of_the_stand_in(verdict: Verdict, apart: Verdict) -> bool:
    """Whether what is wrong with stand-ins may be theirs: they lack what the part has besides, such as another argument
    or a method of its own; or it is known of a check alone that is right as it stands."""
    first = next((check for check in apart.checks if check.outcome == "failed"), None)
    if first is None:
        return False
    before = next((check for check in verdict.checks if check.id == first.id), None)
    return before is not None and (before.outcome == "passed" or (_stopped(first) and not _stopped(before)))


def _with_stand_ins(check: CheckResult, share: float) -> CheckResult:
    if check.outcome != "passed":
        return check
    said = words("With a stand-in.")
    return dataclasses.replace(check, points=share * check.max_points, message=said, by_stand_in=True)


def _explained(verdict: Verdict, share: float) -> tuple[Said, ...]:
    """What the points are that came this way."""
    if not verdict.follow_through:
        return ()
    if verdict.earlier and share == 1:
        return ()  # it is told in the verdict's message, and nothing follows from a slip of this notebook
    parts = tuple(f"`{part}`" for part in verdict.stood_in)
    told = words(
        "{points} of these points are follow-through marks: to see what is right here by itself, something else "
        "that works took the place of {parts}.",
        points=f"{verdict.follow_through:g}", parts=parts,
    )  # fmt: skip
    part = words("Your course gives {share} of the points for that.", share=f"{share:.0%}") if share < 1 else ""
    return (sentences(told, part),)
