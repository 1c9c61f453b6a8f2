"""Ordinary tests: grade cells that ask none of our exercises. They run in the sandbox, and earn what nbgrader means by
their outcome: nothing where they raise, the number that they end with, all points otherwise.

What nbgrader's own steps get wrong is right here: text on stderr costs nothing, and a number that makes no sense as
points waits for a person instead of giving all of them, or none.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from autograder.answering.protocol import Problem
from autograder.language import Said, sentences, words
from autograder.model import Cell, CellRun, OrdinaryTest, Status, Submission, Verdict

_NUMPY = re.compile(r"np\.(?:float|int|uint)\d+\((.+)\)")
"""How NumPy 2 shows the numbers that NumPy 1 showed as such."""
_ENDED: Mapping[str, tuple[Status, Said]] = {
    "timed_out": ("timed_out", words("This test did not finish in time.")),
    "out_of_memory": ("out_of_memory", words("This test needed more memory than a submission may use.")),
    "died": ("error", words("The Python process ended in this test.")),
    "skipped": ("blocked", words("This test could not be run: an earlier cell stopped the notebook.")),
}


def judge(cell: Cell, test: OrdinaryTest, notes: tuple[Said, ...] = ()) -> Verdict:
    """What an ordinary test earned, and why. What is said comes from the run that may be published."""
    run = test.run
    earned = _earned(cell, run)
    verdict = replace(_blank(cell), notes=notes)
    if earned is None:
        # What the graded run ended with may be made of what only that run has seen.
        result = _result(test.shown) if test.shown is not None else ""
        told = words(
            "This test ends with {result}, which is no number from 0 to {points}. A person will decide.",
            result=result[:80] or "…", points=f"{cell.points:g}",
        )  # fmt: skip
        return replace(verdict, status="ungraded", message=told)
    if earned >= cell.points:
        return replace(verdict, status="passed", points=cell.points, message=words("This test passed."))
    if earned > 0:
        said = words("This test gave {points} of {all} points.", points=f"{earned:g}", all=f"{cell.points:g}")
        return replace(verdict, status="partial", points=earned, message=said)
    if test.unchanged:
        return replace(
            verdict, status="not_attempted", message=words("What this test looks at has not been written yet.")
        )
    return _failed(verdict, cell, test)


def unseen(cell: Cell, test: OrdinaryTest) -> tuple[str, ...]:
    """For the instructor alone: what a hidden test raised."""
    problem = test.run.problem
    if problem is None or not cell.hidden:
        return ()
    return (f"Hidden tests ({cell.id}): {problem.type}: {' '.join(problem.message.split())[:200]}".rstrip(": "),)


def unreadable(cell: Cell, why: Said) -> Verdict:
    """No points for a test of a file that cannot be read."""
    return replace(_blank(cell), status="error", message=why)


def grader_fault(cell: Cell, trace: str) -> Verdict:
    """The grader itself failed."""
    said = words("The grader failed here, not you. Your instructor has been told, and it will be graded again.")
    return replace(
        _blank(cell), status="grader_fault", message=said, problem=Problem("exception", "GraderFault", "", trace)
    )


def by_hand(submission: Submission, verdicts: tuple[Verdict, ...]) -> dict[str, float]:
    """The points, by grade id, that a person gives: for answers in words that were written, for tasks, and for what
    could not be judged."""
    if submission.unreadable:
        return {}
    waiting = {
        cell.id: cell.points
        for cell in submission.cells
        if (cell.role == "written" and not (cell.unchanged and not cell.task))
        or (cell.role == "grade" and not cell.is_code)
    }
    open_verdicts = {one.cell_id: one.max_points for one in verdicts if one.status in ("ungraded", "grader_fault")}
    return {name: points for name, points in (waiting | open_verdicts).items() if points > 0}


def _blank(cell: Cell) -> Verdict:
    return Verdict(
        exercise=cell.id, title=f"`{cell.id}`", entry_point="", cell_id=cell.id, status="failed", points=0.0,
        max_points=cell.points, message="",
    )  # fmt: skip


def _earned(cell: Cell, run: CellRun) -> float | None:
    """The points, None where a person must decide."""
    if run.ended != "done" or run.problem is not None:
        return 0.0
    result = _result(run)
    number = _NUMPY.fullmatch(result)
    try:
        earned = float(number[1] if number else result)
    except ValueError:
        return cell.points
    return earned if math.isfinite(earned) and 0 <= earned <= cell.points else None


def _result(run: CellRun) -> str:
    """What the cell ended with, as text; `""` for nothing."""
    for output in run.outputs:
        if output.get("output_type") == "execute_result":
            text: Any = output.get("data", {}).get("text/plain", "")
            return text.strip() if isinstance(text, str) else ""
    return ""


def _failed(verdict: Verdict, cell: Cell, test: OrdinaryTest) -> Verdict:
    if test.run.ended in _ENDED:
        status, said = _ENDED[test.run.ended]
        return replace(verdict, status=status, message=said)
    problem = test.shown.problem if test.shown is not None else None
    if problem is None:
        said = words("This test did not pass.")
        if cell.hidden and test.run.problem is not None:
            said = words("What you see of this test passes. A part of it that is not shown does not.")
        return replace(verdict, message=said)
    found: Status = "failed" if problem.type == "AssertionError" else "error"
    said = words("This test did not pass.")
    if found == "error":
        said = words("This test stopped with {type}.", type=problem.type)
    line = problem.line.strip()
    if not line or line not in map(str.strip, cell.shown.splitlines()):
        return replace(verdict, status=found, message=said, problem=problem)
    # It is the test's own line: there is none of the student's to show.
    where = words("It stopped at `{line}`.", line=line[:200])
    told = words("Python says: {what}", what=problem.message.strip()[:500]) if problem.message.strip() else ""
    return replace(verdict, status=found, message=sentences(said, where, told))
