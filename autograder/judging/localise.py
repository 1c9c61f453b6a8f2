"""Where it goes wrong, when no known mistake says why: what the probes of a public sheet tell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from autograder.answering.protocol import Answer, TrainModel
from autograder.judging import compare
from autograder.judging.compare import object_part, subject_part
from autograder.language import Said, Text, words
from autograder.model import CheckResult, Finding, Probe, Sheet

MOST = 3
"""Observations that are told; more would be a list and no hint."""


def probes_of(sheet: Sheet, failed: CheckResult) -> tuple[Probe, ...]:
    """The probes that can say something about a check: those of a case that got a wrong value."""
    bases = {part.part.split(".")[0] for part in failed.parts if part.rung in ("value", "finite")}
    return tuple(probe for probe in sheet.probes if probe.base in bases)


def _right_beside(sheet: Sheet, failed: CheckResult, right: Iterable[str]) -> list[Text]:
    """What the same call gave rightly. Of a model, shapes and weights say nothing of what it has learned."""
    models = {case.id for case in sheet.cases if isinstance(case.question, TrainModel)}
    if not failed.parts or failed.parts[0].rung != "value" or failed.parts[0].part.partition(".")[0] in models:
        return []
    case, _, wrong = failed.parts[0].part.partition(".")
    beside = [part for at, _, part in (name.partition(".") for name in right) if at == case]
    beside = [part for part in beside if not part.startswith(("grad.", "config."))]
    if not beside or wrong.startswith("grad."):
        return []
    return [
        words(
            "{Right} of the same call is right: look at what is done for {wrong} alone.",
            "{Right} of the same call are right: look at what is done for {wrong} alone.",
            n=len(beside),
            Right=(subject_part(beside[0]), *map(object_part, beside[1:])),
            wrong=object_part(wrong),
        )
    ]


def localise(
    sheet: Sheet, probed: Mapping[str, Answer], failed: CheckResult, right: Iterable[str] = ()
) -> Finding | None:
    """What the probes, and the parts that are right, tell about the check that failed; None when they tell nothing
    apart."""
    simpler: dict[bool, list[Probe]] = {True: [], False: []}
    alone: dict[bool, list[Probe]] = {True: [], False: []}
    for probe in probes_of(sheet, failed):
        answer = probed.get(probe.case.id)
        if answer is None or answer.problem is not None:
            continue
        passed = all(result.right for result in compare.compare_case(probe.case, answer, show=False))
        (alone if probe.gate else simpler)[passed].append(probe)
    says = _right_beside(sheet, failed, right)
    one = alone[False][0] if alone[True] and len(alone[False]) == 1 else None
    if one is not None:
        says.append(one.wrong)
    # What makes everything right whatever is taken out tells nothing.
    if simpler[True] and simpler[False]:
        says += [probe.right for probe in simpler[True]]
    if not simpler[True]:
        says += [probe.wrong for probe in simpler[False] if probe.wrong.template]
    if not says or one is None:
        return Finding(tuple(says[:MOST])) if says else None
    gate = sheet.gates[one.gate]
    good = tuple(sheet.gates[probe.gate].spoken for probe in alone[True])
    return Finding(tuple(says[:MOST]), one.gate, gate.name, sheet.picture, gate.spoken, good)


def compared(finding: Finding | None) -> Said:
    """Which line to compare with its equation, where the others are right; `""` where that is not known."""
    if finding is None or not finding.gate or not finding.right:
        return ""
    return words(
        "Each by itself, these are right: {right}. Compare your line of {wrong} with its equation.",
        right=finding.right, wrong=finding.wrong,
    )  # fmt: skip
