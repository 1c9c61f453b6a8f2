"""From observations to verdicts: statuses, root causes, and the only arithmetic on points."""

from __future__ import annotations

import dataclasses
import difflib
import math
import re
from collections.abc import Callable, Sequence

from autograder.answering.protocol import Answer, Problem, Reached, TrainModel
from autograder.judging import advice, by_itself, compare, drawn, weights
from autograder.judging.axis_words import axis_word, sizes_of, spoken_case
from autograder.judging.diagnose import diagnose
from autograder.judging.localise import compared, localise, probes_of
from autograder.judging.outcomes import outcomes_of
from autograder.judging.publishing import published
from autograder.judging.readings import another, reread
from autograder.language import Said, sentences, text_of, words
from autograder.model import (
    CheckResult,
    Diagnosis,
    Finding,
    Observation,
    Sheet,
    SheetCase,
    Status,
    Verdict,
)

PUBLIC = "public"


def judge(
    sheet: Sheet,
    observation: Observation,
    cell_id: str,
    *,
    public: tuple[Sheet, Observation] | None = None,
    notes: tuple[Said, ...] = (),
) -> Verdict:
    """Decide what one exercise earned, and why.

    Args:
        sheet, observation: what was asked and answered; secret cases when grading.
        public: the public sheet with its own answers, asked for when the secret ones are not all right. All evidence
            comes from it, so that a report never shows a secret input or anything computed from one.
    """
    verdict = _decide(sheet, observation, cell_id, notes)
    if sheet.seed == PUBLIC or verdict.status in ("passed", "not_attempted"):
        return verdict
    shown = _decide(*public, cell_id, notes) if public is not None else None
    return published(verdict, shown)


def still_to_ask(sheet: Sheet, observation: Observation) -> tuple[SheetCase, ...]:
    """The questions that may say more and are worth their time: none where the answers are right, or say by themselves
    what is wrong."""
    if observation.ended != "done" or observation.probed:
        return ()
    verdict = _decide(sheet, observation, "", ())
    if verdict.diagnosis is not None:
        return ()
    failed = next((check for check in verdict.checks if check.outcome == "failed"), None)
    if failed is None:
        return ()
    return (*(probe.case for probe in probes_of(sheet, failed)), *drawn.still_to_ask(sheet, failed))


def other_reading(sheet: Sheet, observation: Observation) -> tuple[int, int] | None:
    """The reading of its weights to ask once more by, where the answers are wrong and there is another one."""
    if observation.ended != "done" or any(case.id not in observation.answers for case in sheet.cases):
        return None
    reading = another(sheet, observation)
    if reading is None or all(case_right(case, observation.answers[case.id], sheet) for case in sheet.cases):
        return None
    return reading


def better(sheet: Sheet, one: Observation, other: Observation) -> Observation:
    """Which of two observations of a sheet earns more; the first where they earn the same."""
    return max((one, other), key=lambda seen: _decide(sheet, seen, "", ()).points)


def own_to_ask(sheet: Sheet, observation: Observation) -> tuple[SheetCase, ...]:
    """The questions by which checks that do not depend on values are judged where the values are wrong; where all is
    right, those that give no points."""
    if observation.ended != "done" or all(answer.problem is not None for answer in observation.answers.values()):
        return ()
    verdict = _decide(sheet, observation, "", ())
    if observation.reading is not None:
        sheet = reread(sheet, observation.reading)
    if verdict.status == "passed":
        return advice.to_ask(sheet, observation)
    waiting = {check.id for check in verdict.checks if check.outcome == "waiting"}
    return by_itself.still_to_ask(sheet, (check for check in sheet.checks if check.id in waiting))


def case_right(case: SheetCase, answer: Answer, sheet: Sheet) -> bool:
    """Whether the answer to one question is right."""
    return all(part.right for part in compare.compare_case(case, answer, show=sheet.seed == PUBLIC))


def delegated(
    verdict: Verdict, sheet: Sheet, opened: Observation, in_decoys: Observation, reached: Sequence[Reached]
) -> Verdict:
    """The verdict of an answer that is wrong where the forbidden built-ins compute something else: `forbidden` where
    that is why.

    Args:
        sheet: the public one. opened, in_decoys: what it gave in the open world, and beside decoys. Where one case is
            right in the one and wrong in the other, the answer rests on a built-in.
        reached: lines that came to a decoy, the nearest first.
    """
    if opened.ended != "done" or in_decoys.ended != "done":
        return verdict
    rests = any(
        case.id in opened.answers
        and case.id in in_decoys.answers
        and case_right(case, opened.answers[case.id], sheet)
        and not case_right(case, in_decoys.answers[case.id], sheet)
        for case in sheet.cases
    )
    if not rests:
        return verdict
    near = next(iter(reached), Reached("", ""))
    what = words("`{name}`", name=near.built_in) if near.built_in else words("a built-in of a library")
    problems = [answer.problem for answer in in_decoys.answers.values()]
    if all(problem is not None and problem.kind == "missing" for problem in problems):
        return dataclasses.replace(verdict, message=_left_to_a_comparison(sheet, near, what), problem=None, look_at="")
    problem = Problem("forbidden", "ForbiddenError", near.built_in, line=near.line, raised_in=near.function)
    return dataclasses.replace(
        verdict, status="forbidden", points=0.0, checks=(), diagnosis=None, finding=None, case="", sizes={},
        message=_forbidden(sheet, problem, what), problem=problem, look_at="",
    )  # fmt: skip


def total(verdicts: tuple[Verdict, ...]) -> tuple[float, float]:
    """(points, possible points) of a submission."""
    return sum(verdict.points for verdict in verdicts), sum(verdict.max_points for verdict in verdicts)


def unreadable(sheet: Sheet, cell_id: str, why: Said) -> Verdict:
    """No points for an exercise of a file that cannot be read."""
    return dataclasses.replace(_blank(sheet, cell_id), status="error", message=why, look_at="")


def grader_fault(sheet: Sheet, cell_id: str, trace: str) -> Verdict:
    """The grader itself failed: nobody's answer was judged, a person has to look."""
    return dataclasses.replace(
        _blank(sheet, cell_id), status="grader_fault", look_at="",
        message=words(
            "The grader failed here, not you. Your instructor has been told, and it will be graded again."
        ),
        problem=Problem("exception", "GraderFault", "", trace),
    )  # fmt: skip


# ----------------------------------------------------------------------------------------------------------- deciding


def _blank(sheet: Sheet, cell_id: str, notes: tuple[Said, ...] = ()) -> Verdict:
    return Verdict(
        exercise=sheet.exercise, title=sheet.title, entry_point=sheet.entry_point, cell_id=cell_id,
        status="failed", points=0.0, max_points=sheet.points, message="", look_at=sheet.hint, notes=notes,
    )  # fmt: skip


def _decide(sheet: Sheet, observation: Observation, cell_id: str, notes: tuple[Said, ...]) -> Verdict:
    if observation.reading is not None:
        sheet = reread(sheet, observation.reading)
    blank = _blank(sheet, cell_id, notes)
    if observation.asked_at == "end":
        late = words(
            "`{name}` is defined only after this cell; it was graded at the end of the notebook.",
            name=sheet.entry_point,
        )
        blank = dataclasses.replace(blank, notes=(*notes, late))
    if any(answer.inputs_changed for answer in observation.answers.values()):
        in_place = words(
            "`{name}` changes the arrays that it is given. That costs nothing here, but whoever calls it goes on with "
            "other numbers: work on a copy.",
            name=sheet.entry_point,
        )  # fmt: skip
        blank = dataclasses.replace(blank, notes=(*blank.notes, in_place))
    observation = advice.without_its_end(sheet, observation)
    stopped = _stopped(sheet, observation)
    if stopped is not None:
        status, message, problem = stopped
        return dataclasses.replace(blank, status=status, message=message, problem=problem)

    parts = {
        result.part: result
        for case in sheet.cases
        for result in compare.compare_case(
            case, observation.answers.get(case.id, _NOT_ANSWERED), show=sheet.seed == PUBLIC
        )
    }
    checks = outcomes_of(sheet, parts, observation)
    points = float(sum(check.points for check in checks))
    failed = [check for check in checks if check.outcome == "failed"]
    if not any(check.max_points for check in failed):
        return dataclasses.replace(
            blank,
            status="passed",
            points=points,
            checks=(*(advice.as_advice(sheet, check) for check in checks), *advice.given(sheet, observation)),
            message=words("`{name}` is right.", name=sheet.entry_point),
            look_at="",
        )
    first = next(check for check in sheet.checks if check.id == failed[0].id)
    problem = _problem_of(failed[0], observation)
    diagnosis = None if problem is not None else diagnose(sheet, observation.answers, first)
    case = _case_named(sheet, _first_case(failed[0]))
    stopped_in = case
    if problem is None and failed[0].parts and failed[0].parts[0].rung != "value":
        elsewhere, problem = _first_problem(observation)
        stopped_in = _case_named(sheet, elsewhere)
    stopped_in = stopped_in if problem is not None else None
    right = [name for name, part in parts.items() if part.right]
    finding = None
    if diagnosis is None:
        finding = drawn.finding(sheet, observation, failed[0]) or localise(sheet, observation.probed, failed[0], right)
    earned: Status = "partial" if points > 0 else "error" if problem and problem.kind == "exception" else "failed"
    told = diagnosis is not None or _problem_of(failed[0], observation) is not None or _explains(failed[0], finding)
    return dataclasses.replace(
        blank, status=earned, points=points, checks=checks, diagnosis=diagnosis, problem=problem, finding=finding,
        message=_root_cause(sheet, failed[0], observation, diagnosis, finding), look_at="" if told else first.hint,
        case=spoken_case(case) if case is not None else "",
        sizes=sizes_of(stopped_in) if stopped_in is not None and sheet.seed == PUBLIC else {},
    )  # fmt: skip


_NOT_ANSWERED = Answer(problem=Problem("exception", "", "There was no answer to this question."))


def _stopped(sheet: Sheet, observation: Observation) -> tuple[Status, Said, Problem | None] | None:
    """The status of an exercise that could not be asked, or that gave no arrays at all."""
    name = sheet.entry_point
    ended = {
        "timed_out": (
            "timed_out",
            _too_late(sheet, observation),
        ),
        "out_of_memory": (
            "out_of_memory",
            words("`{name}` needed more memory than a submission may use.", name=name),
        ),
        "died": (
            "error",
            words("The Python process ended while `{name}` was running, and so did everything in it.", name=name),
        ),
        "skipped": (
            "blocked",
            words("`{name}` could not be asked: an earlier cell stopped the notebook.", name=name),
        ),
    }
    if observation.ended in ended:
        if observation.unchanged:
            return "not_attempted", _unwritten(name), None
        status, message = ended[observation.ended]
        return status, message, None  # type: ignore[return-value]
    problems = [answer.problem for answer in observation.answers.values() if answer.problem is not None]
    kinds = {problem.kind for problem in problems}
    if "forbidden" in kinds:
        first = next(problem for problem in problems if problem.kind == "forbidden")
        built_in = re.match(r"`[^`]*`", first.message)
        return "forbidden", _forbidden(sheet, first, built_in[0] if built_in else first.message), first
    if observation.unchanged and problems and len(problems) == len(observation.answers):
        return "not_attempted", _unwritten(name), None
    if "missing" in kinds:
        return _missing(sheet, observation)
    unwritten = [problem for problem in problems if problem.kind == "not_implemented"]
    if unwritten and len(problems) == len(observation.answers):
        first = unwritten[0]
        if first.raised_in and first.raised_in.split(".")[0] not in (
            name,
            "",
            "<module>",
            "__init__",
            "call",
            "build",
        ):
            return (
                "blocked",
                words(
                    "`{name}` calls `{other}`, which has not been written yet. Write that one first.",
                    name=name,
                    other=first.raised_in,
                ),
                first,
            )
        return "not_attempted", words("`{name}` still raises NotImplementedError.", name=name), None
    return None


def _too_late(sheet: Sheet, observation: Observation) -> Said:
    late = words("`{name}` did not finish in time. Is there a loop that never ends?", name=sheet.entry_point)
    asked = next((case.question for case in sheet.cases if case.id not in observation.answers), None)
    if not isinstance(asked, TrainModel):
        return late
    return words(
        "`{name}` did not finish in time: there was no model yet that could be trained. Is there a loop that never "
        "ends, or a loop in Python over every pixel?",
        name=sheet.entry_point,
    )  # fmt: skip


def _unwritten(name: str) -> Said:
    return words("`{name}` has not been written yet.", name=name)


def _missing(sheet: Sheet, observation: Observation) -> tuple[Status, Said, Problem | None]:
    name = sheet.entry_point
    for run in observation.solution_runs:
        if run.problem is not None:
            return (
                "error",
                words("The cell that should define `{name}` stopped with {type}.", name=name, type=run.problem.type),
                run.problem,
            )
        if run.ended == "timed_out":
            return "timed_out", words("The cell that should define `{name}` did not finish in time.", name=name), None
        if run.ended == "out_of_memory":
            return (
                "out_of_memory",
                words("The cell that should define `{name}` needed too much memory.", name=name),
                None,
            )
        if run.ended == "died":
            return (
                "error",
                words("The Python process ended in the cell that should define `{name}`.", name=name),
                None,
            )
    near = difflib.get_close_matches(name, observation.names, n=1, cutoff=0.6) or [
        other for other in observation.names if other.lower() == name.lower()
    ]
    meant = words("There is a `{other}`: was that meant?", other=near[0]) if near else ""
    nothing = words("Nothing with the name `{name}` was defined, so there was nothing to check.", name=name)
    return "failed", sentences(nothing, meant), None


def _left_to_a_comparison(sheet: Sheet, near: Reached, what: Said) -> Said:
    where = words("The line is: `{line}`", line=near.line.strip()) if near.line else ""
    said = words(
        "Whether `{name}` is defined depends here on a comparison with {what}, which computes something else while the "
        "notebook is graded. Define it in any case, and compare beside it.",
        name=sheet.entry_point, what=what,
    )  # fmt: skip
    return sentences(said, where)


def _forbidden(sheet: Sheet, problem: Problem, what: Said) -> Said:
    where = words("The line is: `{line}`", line=problem.line.strip()) if problem.line else ""
    used = words(
        "`{name}` uses a built-in that this exercise asks you to write yourself ({what}).",
        name=sheet.entry_point, what=what,
    )  # fmt: skip
    return sentences(used, where)


# ------------------------------------------------------------------------------------------------------------ causes


def _first_problem(observation: Observation) -> tuple[str, Problem | None]:
    """The case that stopped first, and why."""
    return next(
        ((case, answer.problem) for case, answer in observation.answers.items() if answer.problem is not None),
        ("", None),
    )


def _problem_of(check: CheckResult, observation: Observation) -> Problem | None:
    """Why the check got no values, where that is the reason."""
    if not check.parts or check.parts[0].rung not in ("exception", "weights"):
        return None
    answer = observation.answers.get(_first_case(check))
    return answer.problem if answer is not None else None


def _explains(check: CheckResult, finding: Finding | None) -> bool:
    """Whether a sentence says what went wrong, so that a hint of how to begin would lead away from it."""
    if not check.parts or check.parts[0].rung == "dtype":
        return False
    if check.parts[0].rung in ("value", "finite", "shape"):
        return bool(finding or check.parts[0].moved or _pattern(check))
    return True


def _root_cause(
    sheet: Sheet,
    check: CheckResult,
    observation: Observation,
    diagnosis: Diagnosis | None,
    finding: Finding | None,
) -> Said:
    problem = _problem_of(check, observation)
    if problem is not None and problem.kind == "weights":
        other = words("`{name}` does not have the weights that it should have.", name=sheet.entry_point)
        return sentences(other, _of_weights(sheet, check, observation, weights.misfit))
    if problem is not None and problem.kind == "exception" and problem.type:
        stopped = words("`{name}` stopped with {type} when it was called.", name=sheet.entry_point, type=problem.type)
        if _only_by_route("from_config", sheet, check, observation):
            stopped = words(
                "`{name}` stopped with {type} when it was made again from its `get_config`.",
                name=sheet.entry_point, type=problem.type,
            )  # fmt: skip
        if _only_by_route("symbolic", sheet, check, observation):
            stopped = words(
                "`{name}` stopped with {type} when Keras made a model of it, without any numbers.",
                name=sheet.entry_point, type=problem.type,
            )  # fmt: skip
        return sentences(stopped, _of_weights(sheet, check, observation, weights.wrong_shapes))
    if check.parts and check.parts[0].rung == "time":
        return check.message
    if check.parts and check.parts[0].rung == "config":
        return check.message  # it names what is to be repaired; a check may ask for more than that
    pattern = "" if diagnosis is not None else _pattern(check)
    # Lengths of another shape agree by chance; a name says what is behind them.
    by_chance = diagnosis is not None and bool(check.parts) and check.parts[0].rung == "shape"
    moved = check.parts[0].moved if check.parts and not by_chance else ""
    return words(
        "{check}: {what}", check=text_of(check.title),
        what=sentences(check.message, moved, pattern, compared(finding)),
    )  # fmt: skip


def _only_by_route(route: str, sheet: Sheet, check: CheckResult, observation: Observation) -> bool:
    """Whether a layer that stopped on this way of being called could be called plainly."""
    routes = {case.id: getattr(case.question, "route", "") for case in sheet.cases}
    plain = [name for name, route in routes.items() if route == "eager" and name in observation.answers]
    return (
        routes.get(_first_case(check)) == route
        and bool(plain)
        and all(observation.answers[name].problem is None for name in plain)
    )


def _of_weights(
    sheet: Sheet, check: CheckResult, observation: Observation, tell: Callable[[Sheet, SheetCase, Answer], Said]
) -> Said:
    """What is to be said of the weights of the check's first case; nothing of a secret one."""
    case = _case_named(sheet, _first_case(check))
    if sheet.seed != PUBLIC or case is None or case.id not in observation.answers:
        return ""
    return tell(sheet, case, observation.answers[case.id])


def _pattern(check: CheckResult) -> Said:
    """What the places of the wrong entries have in common."""
    if not check.parts or check.parts[0].rung != "value" or check.parts[0].moved:
        return ""
    where = check.parts[0].wrong_where
    if "time" in where:
        steps = where["time"]
        if 0 not in steps and steps == tuple(range(steps[0], steps[-1] + 1)):
            return words(
                "Everything before timestep {step} is right, so look at what one step hands to the next.",
                step=steps[0],
            )
        return words("Only timestep {which} is wrong.", "Only timesteps {which} are wrong.", **_list(steps))
    if "batch" in where:
        return words(
            "Only batch item {which} is wrong.", "Only batch items {which} are wrong.", **_list(where["batch"])
        )
    if where:
        axis, indices = min(where.items(), key=lambda one: len(one[1]))
        return words("Only {axis} {which} is wrong.", "Only {axis} {which} are wrong.",
                     axis=axis_word(axis, many=len(indices) > 1), **_list(indices))  # fmt: skip
    return ""


def _list(indices: tuple[int, ...]) -> dict[str, int | tuple[str, ...]]:
    shown = tuple(map(str, indices[:8])) + (("...",) if len(indices) > 8 else ())
    return {"n": len(indices), "which": shown}


def _first_case(check: CheckResult) -> str:
    """The id of the case of a check's most telling part, `""` where it has none."""
    return check.parts[0].part.split(".")[0] if check.parts else ""


def _case_named(sheet: Sheet, name: str) -> SheetCase | None:
    return next((case for case in sheet.cases if case.id == name), None)


def graded_points(possible: float, verdict: Verdict | None) -> float | None:
    """What a test earned, within 0 and its points in the notebook; None when a person must decide."""
    if verdict is None or verdict.status in ("grader_fault", "ungraded") or math.isnan(verdict.points):
        return None
    points = float(verdict.points)
    if verdict.max_points > 0 and verdict.max_points != possible:
        points *= possible / verdict.max_points
    return min(max(points, 0.0), possible)
