"""One root cause: of exercises that are wrong because of another one, which to repair first."""

from __future__ import annotations

import dataclasses
import dis
import types
from collections.abc import Container, Iterable, Iterator, Mapping
from typing import Any

from autograder.language import Said, sentences, words
from autograder.model import CheckResult, Submission, Verdict
from autograder.syntax import defined_names, needed_names

OWN_AFFAIR = ("config", "time")
"""Rungs that nothing else suffers from; nor from a gradient alone."""


def gives_wrong(verdict: Verdict) -> bool:
    """Whether all that uses it gets wrong values from it: the first thing that is looked at is wrong."""
    if verdict.status in ("timed_out", "out_of_memory"):
        return True
    if verdict.status not in ("failed", "partial", "error") and not verdict.stood_in:
        return False
    return not verdict.checks or _gives_wrong(verdict.checks[0])


def may_give_wrong(verdict: Verdict) -> bool:
    """Whether something that uses it may get wrong values from it."""
    return gives_wrong(verdict) or any(_gives_wrong(check, ("value", "finite", "shape")) for check in verdict.checks)


def _gives_wrong(check: CheckResult, rungs: Container[str] | None = None) -> bool:
    if check.outcome != "failed":
        return check.by_stand_in
    return not check.parts or any(
        (part.rung in rungs if rungs is not None else part.rung not in OWN_AFFAIR)
        and not part.part.partition(".")[2].startswith("grad.")
        for part in check.parts
    )


def _all_passed(verdict: Verdict) -> bool:
    return all(check.outcome == "passed" for check in verdict.checks)


def roots_of(used: Iterable[str], wrong: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The entry points to repair first.

    Args:
        used: names that the code uses.
        wrong: entry point that gives wrong values -> the roots that it has itself.
    """
    found = [wrong[name] or (name,) for name in sorted(used) if name in wrong]
    return tuple(dict.fromkeys(name for names in found for name in names))


def resting(verdict: Verdict, roots: tuple[str, ...]) -> Verdict:
    """The verdict of what uses something that is wrong: it says that, and nothing that may come from it."""
    if not roots:
        return verdict
    shown = tuple(f"`{root}`" for root in roots)
    names: dict[str, Any] = {"n": len(roots), "name": verdict.entry_point, "roots": shown}
    if verdict.stood_in:
        # What a stand-in took the place of is named, too, where it only passes on what is wrong.
        if not set(verdict.stood_in) & set(roots):
            names["through"] = tuple(f"`{part}`" for part in verdict.stood_in)
        return dataclasses.replace(verdict, message=_by_itself(verdict, names), roots=roots)
    message = words(
        "`{name}` uses {roots}, which is not right yet. Repair that first.",
        "`{name}` uses {roots}, which are not right yet. Repair those first.", **names,
    )  # fmt: skip
    return dataclasses.replace(verdict, message=message, look_at="", diagnosis=None, finding=None, roots=roots)


def _by_itself(verdict: Verdict, names: Mapping[str, Any]) -> Said:
    """What is told of an exercise that was judged apart from what it uses."""
    if _all_passed(verdict):
        if verdict.earlier:
            return words(
                "`{name}` is right. It was asked with something else in the place of {roots}, because that is missing "
                "or not right in the notebook {earlier}; it costs nothing here.",
                name=verdict.entry_point, roots=names["roots"],
                earlier=tuple(f"`{assignment}`" for assignment in verdict.earlier),
            )  # fmt: skip
        if "through" in names:
            return words(
                "`{name}` is right by itself. By way of {through} it uses {roots}, which is not right yet: repair "
                "that, and all are green.",
                "`{name}` is right by itself. By way of {through} it uses {roots}, which are not right yet: repair "
                "those, and all are green.", **names,
            )  # fmt: skip
        return words(
            "`{name}` is right by itself. It uses {roots}, which is not right yet: repair that, and both are green.",
            "`{name}` is right by itself. It uses {roots}, which are not right yet: repair those, and all are green.",
            **names,
        )  # fmt: skip
    if verdict.earlier:
        return verdict.message
    if "through" in names:
        apart = words(
            "By way of {through} it also uses {roots}, which is not right yet; this was found apart from that.",
            "By way of {through} it also uses {roots}, which are not right yet; this was found apart from those.",
            **names,
        )  # fmt: skip
    else:
        apart = words(
            "It also uses {roots}, which is not right yet; this was found apart from that.",
            "It also uses {roots}, which are not right yet; this was found apart from those.", **names,
        )  # fmt: skip
    return sentences(verdict.message, apart)


def doubting(verdict: Verdict, doubtful: Iterable[str]) -> Verdict:
    """The verdict of what uses something that is wrong in part: that need not be the reason."""
    names = tuple(f"`{name}`" for name in sorted(doubtful))
    if not names:
        return verdict
    note = words(
        "`{name}` uses {others}, which has not passed all of its own checks.",
        "`{name}` uses {others}, which have not passed all of their own checks.",
        n=len(names), name=verdict.entry_point, others=names,
    )  # fmt: skip
    return dataclasses.replace(verdict, message=sentences(verdict.message, note))


def used_in(target: Any, ends: Container[str] = ()) -> dict[str, Any]:
    """What a function or class uses of the notebook it was written in, by name; through its helpers, too, and not
    through what has a name of `ends`."""
    found: dict[str, Any] = {}
    waiting = [target]
    while waiting:
        for function in _functions(waiting.pop()):
            for name in _names(function.__code__) & function.__globals__.keys() - found.keys():
                found[name] = function.__globals__[name]
                if name not in ends and getattr(found[name], "__module__", None) == function.__module__:
                    waiting.append(found[name])
    return found


def _functions(target: Any) -> Iterator[types.FunctionType]:
    for item in (target, *(vars(target).values() if isinstance(target, type) else ())):
        plain = item.fget if isinstance(item, property) else getattr(item, "__func__", item)
        plain = getattr(plain, "__wrapped__", plain)
        if isinstance(plain, types.FunctionType):
            yield plain


def _names(code: types.CodeType) -> set[str]:
    inner = (_names(constant) for constant in code.co_consts if isinstance(constant, types.CodeType))
    taken = {step.argval for step in dis.get_instructions(code) if step.opname in ("LOAD_GLOBAL", "LOAD_NAME")}
    return taken.union(*inner)


def used_by(submission: Submission) -> dict[str, frozenset[str]]:
    """Grade cell id -> the names that the cells of its exercise take from elsewhere."""
    found = {}
    names: frozenset[str] = frozenset()
    for cell in submission.cells:
        if cell.role == "grade":
            found[cell.id], names = names, frozenset()
        elif cell.is_code and not cell.demo and cell.role != "locked":
            names |= needed_names(cell.source)
    return found


def reached_by(submission: Submission, used: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    """Grade cell id -> the names that its cells take from elsewhere, and those that these need in turn.

    used: see `used_by`.
    """
    needs: dict[str, frozenset[str]] = {}
    for cell in submission.cells:
        if cell.is_code and not cell.demo and cell.role != "grade":
            needs |= dict.fromkeys(defined_names(cell.source), needed_names(cell.source))
    found = {}
    for cell_id, names in used.items():
        known: set[str] = set()
        waiting = set(names)
        while waiting:
            known |= waiting
            waiting = {other for name in waiting for other in needs.get(name, ())} - known
        found[cell_id] = frozenset(known)
    return found


def with_roots(submission: Submission, verdicts: Iterable[Verdict]) -> tuple[Verdict, ...]:
    """The verdicts of a submission, in the order of its exercises."""
    used = used_by(submission)
    wrong: dict[str, tuple[str, ...]] = {}
    doubtful: set[str] = set()
    found = []
    for verdict in verdicts:
        uses = used.get(verdict.cell_id, frozenset())
        if may_give_wrong(verdict):
            doubtful.add(verdict.entry_point)
        if gives_wrong(verdict):
            wrong[verdict.entry_point] = roots_of(uses, wrong) or (
                verdict.stood_in if verdict.earlier and _all_passed(verdict) else ()
            )
            doubts = uses & doubtful - {verdict.entry_point}
            roots = wrong[verdict.entry_point]
            if not verdict.stood_in:
                verdict = resting(verdict, roots) if roots else doubting(verdict, doubts)
        if verdict.stood_in:
            roots = roots_of(verdict.stood_in, wrong)
            if verdict.earlier or not roots:
                roots = tuple(dict.fromkeys((*roots, *(part for part in verdict.stood_in if part not in wrong))))
            verdict = resting(verdict, roots)
        found.append(verdict)
    return tuple(found)
