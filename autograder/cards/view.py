"""What a card says, whether as HTML or as text: which check, case and part it shows, and in which words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

from autograder.answering.protocol import CallLine, Problem
from autograder.cards import evidence, templating
from autograder.cards.exceptions import explain
from autograder.cards.shapes import sizes_said
from autograder.cards.status import LOOKS, Look, Tone
from autograder.cards.text import one_line, out_of, points
from autograder.judging.axis_words import subject_part
from autograder.language import NOTHING, Said, Text, sentences, text_of, words
from autograder.model import CheckResult, Diagnosis, PartResult, Progress, Verdict

ANSI: dict[Tone | str, str] = {
    "good": "32", "part": "36", "wrong": "31", "quiet": "2", "person": "35", "strong": "1", "worst": "1;7",
}  # fmt: skip
OPEN_PARTS = 4
NO_VALUE = ("exception", "weights", "time")


def resting(verdict: Verdict) -> Verdict:
    """What rests on something wrong is shown without what came of that: it is told where it has to be repaired."""
    if not verdict.roots or verdict.stood_in:
        return verdict
    checks = tuple(
        replace(check, message="", parts=()) if check.outcome == "failed" else check for check in verdict.checks
    )
    return replace(verdict, problem=None, checks=checks)


@dataclass(frozen=True)
class View:
    """A verdict with what the template would otherwise have to work out."""

    verdict: Verdict
    look: Look
    right: bool
    """Whether there is something to celebrate."""
    problem: bool
    raw: bool
    """Whether Python's own words are worth showing; what is forbidden is said in better ones above."""
    explained: Said
    stopped_at: str
    """The expression that was being computed, where the line holds more than that."""
    callers: tuple[CallLine, ...]
    sizes: Said
    """What the numbers in the shapes are the sizes of."""
    checks: tuple[CheckResult, ...]
    """Those with a line of their own."""
    waiting: tuple[CheckResult, ...]
    """Several that wait for others; they share a line."""
    shown: PartResult | None
    gate: str
    """The gate to point at in the picture; `""` where no gate is concerned, or there is no picture."""
    picture: str
    progress: Progress | None
    done: int
    """Exercises of the assignment that are right."""


def view_of(verdict: Verdict, progress: Progress | None = None) -> View:
    problem = verdict.problem
    if problem is not None and (problem.kind == "not_implemented" or verdict.status == "not_attempted"):
        problem = None  # a stub that says it is not done needs no explanation
    waiting = tuple(check for check in verdict.checks if check.outcome == "waiting")
    waiting = waiting if len(waiting) > 1 else ()
    found = verdict.diagnosis or verdict.finding
    return View(
        verdict=verdict,
        look=LOOKS[verdict.status],
        right=verdict.status == "passed",
        problem=problem is not None and tells(problem, verdict.message),
        raw=problem is not None and problem.kind != "forbidden" and bool(problem.type or problem.message),
        explained=explain(problem, verdict.sizes) if problem is not None else "",
        stopped_at=stopped_at(problem) if problem is not None else "",
        callers=callers(problem) if problem is not None else (),
        sizes=sizes_said(problem, verdict.sizes) if problem is not None else "",
        checks=tuple(check for check in verdict.checks if check not in waiting),
        waiting=waiting,
        shown=most_telling(verdict),
        gate=found.gate if found is not None and found.picture in pictures() else "",
        picture=found.picture if found is not None else "",
        progress=progress if progress is not None and len(progress.steps) > 1 else None,
        done=sum(step.status == "passed" for step in progress.steps) if progress is not None else 0,
    )


def tells(problem: Problem, message: Said) -> bool:
    """Whether a problem has more to tell than the message above it."""
    if problem.kind == "weights":
        return False
    if problem.kind == "forbidden":
        return bool(problem.line) and problem.line.strip() not in str(message)
    return any((problem.type, problem.message, problem.line, problem.traceback))


def stopped_at(problem: Problem) -> str:
    """The expression that was being computed, unless it is all there is in the line."""
    piece, line = one_line(problem.piece), one_line(problem.line.partition("#")[0])
    return "" if not piece or piece in (line, line.removeprefix("return ")) else templating.shorten(piece, 200)


def callers(problem: Problem) -> tuple[CallLine, ...]:
    """The nearest two, the nearest first, without the shapes that a line before has told."""
    told = set(problem.shapes)
    callers = []
    for call in problem.callers[:-3:-1]:
        new = tuple(shape for shape in call.shapes if shape not in told)
        callers.append(CallLine(call.line, call.function, new))
        told.update(new)
    return tuple(callers)


def shapes_of(shapes: tuple[tuple[str, str], ...]) -> Said:
    seen = tuple(words("`{name}` has shape {shape}", name=name, shape=shape) for name, shape in shapes[:8])
    return words("{facts}.", facts=seen) if seen else ""


def how_far(view: View) -> Said:
    """How far the student has come, in a sentence."""
    assert view.progress is not None
    total, name = len(view.progress.steps), view.progress.assignment
    if view.done == total:
        return words("{assignment}: all {n} exercises are right. You built it.", assignment=name, n=total)
    said = words("{assignment}: {done} of {n} exercises are right.", assignment=name, done=view.done, n=total)
    if view.progress.gained:
        return sentences(said, words("{points} points more than last time.", points=points(view.progress.gained)))
    return said


def mistakes_of(verdict: Verdict) -> list[Diagnosis]:
    first = verdict.diagnosis
    return [one for one in (first, first.second if first is not None else None) if one is not None]


def both_in(verdict: Verdict) -> Text:
    return words("Two likely mistakes, both in `{name}`:", name=verdict.entry_point)


def rest_of(verdict: Verdict) -> Said:
    failed = [check for check in verdict.checks if check.outcome == "failed"]
    if verdict.diagnosis is None or verdict.diagnosis.alone or len(failed) < 2:
        return ""
    return words("That explains the first check that failed; of the others it is not known.")


def most_telling(verdict: Verdict) -> PartResult | None:
    """The first wrong part that has something to look at."""
    parts = [part for check in verdict.checks if check.outcome == "failed" for part in check.parts]
    for part in parts:
        if evidence.shapes(part) or evidence.bare_shapes(part) or evidence.arrange(part):
            return part
    return next((part for part in parts if evidence.sentences(part)), None)


def other_parts(check: CheckResult, shown: PartResult | None) -> list[PartResult]:
    # Why there are no values is told once, for all of them; so is what a layer was made again without.
    without = check.parts[0].part.partition(".")[0] if check.parts and check.parts[0].rung == "config" else None
    return [
        part for part in check.parts
        if part is not shown and part.rung not in NO_VALUE
        and (part.rung == "config" or part.part.partition(".")[0] != without)
    ][:OPEN_PARTS]  # fmt: skip


def row_message(verdict: Verdict, check: CheckResult) -> Said:
    """What a check has to say that is not in the card's message, or in an earlier check, already."""
    told = str(check.message)
    if told in str(verdict.message):
        return ""
    failed = [one for one in verdict.checks if one.outcome == "failed"]
    if check.parts and tells_no_more(verdict, check, check.parts[0]):
        return ""
    if check.parts and check.parts[0].rung in NO_VALUE:
        said_above = failed and failed[0].parts and failed[0].parts[0].rung == check.parts[0].rung
        before = next((one for one in failed if str(one.message) == told), check)
        return "" if said_above or before is not check else check.message
    return check.message


def part_message(check: CheckResult, part: PartResult) -> Said:
    """What a part says that its check has not said."""
    return "" if str(part.message) == str(check.message) else part.message


def part_title(verdict: Verdict, check: CheckResult, part: PartResult) -> Said:
    """A part that can be opened: what it says, or its name."""
    return _of_example(verdict, part, part_message(check, part) or subject_part(name_in_case(part)))


def _of_example(verdict: Verdict, part: PartResult, said: Said) -> Said:
    """What is said of a part, and that it is of another example than the one whose sizes are told."""
    if not verdict.case or of_case_told(verdict, part):
        return said
    return words("Another example: {what}", what=text_of(said))


def name_in_case(part: PartResult) -> str:
    return part.part.partition(".")[2]


def first_failed(verdict: Verdict) -> CheckResult | None:
    return next((check for check in verdict.checks if check.outcome == "failed"), None)


def tells_no_more(verdict: Verdict, check: CheckResult, part: PartResult) -> bool:
    """Whether all there is to say of a part is that it is wrong from end to end, as what was told before is."""
    return check is not first_failed(verdict) and part.rung == "value" and part.wrong_entries == part.entries


def place_of(verdict: Verdict, part: PartResult, name: Said) -> Said:
    """A part by its name, with the sizes of its case, or the check that it belongs to."""
    owner = next((check for check in verdict.checks if part in check.parts), None)
    first = first_failed(verdict)
    if owner is not None and owner is not first:
        return words("{part}, in “{check}”", part=text_of(name), check=text_of(owner.title))
    if not verdict.case:
        return name
    if not of_case_told(verdict, part):
        return words("{part} (another example than the one above)", part=text_of(name))
    return words("{part} (example: {case})", part=text_of(name), case=verdict.case)


def of_case_told(verdict: Verdict, part: PartResult) -> bool:
    """Whether the verdict tells the sizes of the part's case."""
    first = first_failed(verdict)
    told = first.parts[0].part.partition(".")[0] if first is not None and first.parts else None
    return bool(verdict.case) and part.part.partition(".")[0] == told


def other_places(verdict: Verdict, check: CheckResult, shown: PartResult | None) -> list[Said]:
    """In words, the other parts of a check; parts of one name that are wrong in the same way are told once."""
    said: dict[tuple[str, str, tuple[str, ...]], Said]
    said = dict.fromkeys([_kind(part) for part in check.parts[:1] if check.message], NOTHING)
    for part in other_parts(check, shown):
        if tells_no_more(verdict, check, part):
            continue
        where = evidence.where_sentence(part) if part.wrong_entries < part.entries else ""
        own = part_message(check, part)
        about = sentences(own, where)
        if about and (_kind(part) not in said or part is check.parts[0]):
            name = text_of(subject_part(name_in_case(part)))
            about = about if own else words("{part}: {what}", part=name, what=about)
            said[_kind(part)] = _of_example(verdict, part, about)
    return [text for text in said.values() if text != NOTHING]


def _kind(part: PartResult) -> tuple[str, str, tuple[str, ...]]:
    """What is wrong with a part, in whichever case."""
    return name_in_case(part), part.rung, tuple(sorted(part.wrong_where))


def waiting_line(waiting: tuple[CheckResult, ...]) -> Text:
    titles = tuple(words("“{title}”", title=text_of(check.title)) for check in waiting)
    return words("Checked as soon as the checks above are right: {titles}.", titles=titles)


def points_together(checks: tuple[CheckResult, ...]) -> Said:
    possible = sum(check.max_points for check in checks)
    return out_of(0.0, possible) if possible else words("no points")


def points_of(verdict: Verdict) -> Text:
    earned = {"points": points(verdict.points), "possible": points(verdict.max_points)}
    return words("{points} of {possible} points", **earned)


def axes_of(arranged: evidence.Evidence) -> Said:
    """What rows and columns are."""
    across: Said = arranged.across
    if arranged.across and arranged.block:
        across = words("{axis} in blocks of {size}", axis=arranged.across, size=arranged.block)
    if arranged.cropped:
        across = words("{axis} (only those round the worst entry)", axis=across)
    if arranged.down:
        return words("Down: {down}, across: {across}.", down=arranged.down, across=across)
    return words("Across: {across}.", across=across) if arranged.across else ""


@cache
def pictures() -> frozenset[str]:
    return frozenset(path.stem for path in templating.FOLDER.glob("*.svg"))
