"""Follow-through marks: an exercise whose answer is built on a wrong part, judged by its own work.

It was asked a second time, with stand-ins for these parts (see `answering.stand_ins`). What is right there is right
whatever the parts do, and earns its points; what is wrong there is the exercise's own, and is told.
"""

from __future__ import annotations

import dataclasses

from autograder.language import Said, sentences, words
from autograder.model import CheckResult, Observation, Verdict


def uses_stand_ins(observation: Observation) -> bool:
    """Whether a stand-in was called: whoever does not use the part is judged as it stands."""
    return any(answer.stood_in for answer in observation.answers.values())


def followed_through(verdict: Verdict, apart: Verdict, parts: tuple[str, ...], share: float = 1.0) -> Verdict:
    """The verdict with the points of what is right by itself.

    Args:
        verdict: of the exercise as it stands. apart: with stand-ins for `parts`.
        share: of the points of a check that passes with stand-ins only.

    Returns:
        never fewer points than before.
    """
    if not apart.checks:
        return verdict
    passed = {check.id: check for check in verdict.checks if check.outcome == "passed"}
    checks = tuple(passed.get(check.id) or _with_stand_ins(check, share) for check in apart.checks)
    points = float(sum(check.points for check in checks))
    right = all(check.outcome == "passed" for check in checks)
    status = "passed" if right and points >= verdict.max_points else "partial" if points > 0 else apart.status
    followed = dataclasses.replace(apart, status=status, points=points, checks=checks, stood_in=parts)
    notes = dict.fromkeys((*verdict.notes, *apart.notes, *_explained(followed, share)))
    return dataclasses.replace(followed, notes=tuple(notes))


def _with_stand_ins(check: CheckResult, share: float) -> CheckResult:
    if check.outcome != "passed":
        return check
    said = words("With a stand-in.")
    return dataclasses.replace(check, points=share * check.max_points, message=said, by_stand_in=True)


def _explained(verdict: Verdict, share: float) -> tuple[Said, ...]:
    """What the points are that came this way."""
    if not verdict.follow_through:
        return ()
    parts = tuple(f"`{part}`" for part in verdict.stood_in)
    told = words(
        "{points} of these points are follow-through marks: to see what is right here by itself, something else "
        "that works took the place of {parts}.",
        points=f"{verdict.follow_through:g}", parts=parts,
    )  # fmt: skip
    part = words("Your course gives {share} of the points for that.", share=f"{share:.0%}") if share < 1 else ""
    return (sentences(told, part),)
