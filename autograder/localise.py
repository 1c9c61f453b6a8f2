"""Where it goes wrong, when no known mistake says why: what the probes of a public sheet tell."""

from __future__ import annotations

from collections.abc import Mapping

from autograder import compare
from autograder.language import Text
from autograder.model import CheckResult, Finding, Probe, Sheet
from autograder.worker.protocol import Answer

MOST = 3
"""Observations that are told; more would be a list and no hint."""


def probes_of(sheet: Sheet, failed: CheckResult) -> tuple[Probe, ...]:
    """The probes that can say something about a check: those of a case that got a wrong value."""
    bases = {part.part.split(".")[0] for part in failed.parts if part.rung in ("value", "finite")}
    return tuple(probe for probe in sheet.probes if probe.base in bases)


def localise(sheet: Sheet, probed: Mapping[str, Answer], failed: CheckResult) -> Finding | None:
    """What the probes tell about the check that failed; None when they tell nothing apart."""
    simpler: dict[bool, list[Probe]] = {True: [], False: []}
    alone: dict[bool, list[Probe]] = {True: [], False: []}
    for probe in probes_of(sheet, failed):
        answer = probed.get(probe.case.id)
        if answer is None or answer.problem is not None:
            continue
        right = all(result.right for result in compare.compare_case(probe.case, answer, show=False))
        (alone if probe.gate else simpler)[right].append(probe)
    gate = ""
    says: list[Text] = []
    if alone[True] and len(alone[False]) == 1:
        says.append(alone[False][0].wrong)
        gate = alone[False][0].gate
    # What makes everything right whatever is taken out tells nothing.
    if simpler[True] and simpler[False]:
        says += [probe.right for probe in simpler[True]]
    if not simpler[True]:
        says += [probe.wrong for probe in simpler[False] if probe.wrong.template]
    return Finding(tuple(says[:MOST]), gate) if says else None
