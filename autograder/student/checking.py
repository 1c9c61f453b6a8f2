"""`check`: the student's side. Asks an exercise's public questions of what the student wrote, and shows a card.

Nothing here decides a grade: it runs in the student's own process with public cases. `autograder grade` asks others.
"""

from __future__ import annotations

import contextlib
import dataclasses
import difflib
import functools
import importlib.util
import re
import sys
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from autograder import language, versions
from autograder.answering import answers, decoys
from autograder.answering.protocol import Answer, Problem
from autograder.judging import policy, roots
from autograder.judging import sheet_files as sheets
from autograder.judging.follow_through import followed_through, uses_stand_ins, with_others
from autograder.judging.readings import reread
from autograder.language import sentences, words
from autograder.model import CellRun, Observation, Progress, Sheet, SheetCase, Verdict
from autograder.quiet import quiet_stderr
from autograder.student.progress import advanced
from autograder.syntax import defined_names
from autograder.time_limits import LastResort, Watch, limited, seconds_for


class Checked:
    """What `check` returns: a card in a notebook, text elsewhere, and a number to nbgrader.

    `points` and `verdict` are for programs; `float(checked)` is the number of points.
    """

    def __init__(
        self, verdict: Verdict, spoken: language.Language = language.ENGLISH, progress: Progress | None = None
    ) -> None:
        self.verdict = verdict
        self.language = spoken
        self.progress = progress

    @property
    def points(self) -> float:
        return self.verdict.points

    def __float__(self) -> float:
        return self.verdict.points

    def __bool__(self) -> bool:
        return self.verdict.status == "passed"

    def __repr__(self) -> str:
        from autograder.cards.card_text import card_text

        return card_text(self.verdict, language=self.language, progress=self.progress)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        # nbgrader reads partial credit from the text of a grade cell's last result: it must be the bare number.
        if not _in_notebook():
            return {"text/plain": repr(self)}
        from autograder.cards.card import card_html

        return {
            "text/plain": f"{self.verdict.points:g}",
            "text/html": card_html(self.verdict, self.language, self.progress),
        }


_BY_NAME = object()


def check(exercise: Any, target: Any = _BY_NAME) -> Checked:
    """Check what you wrote for an exercise with its public cases.

    Args:
        exercise: the id of the exercise, as the notebook names it, e.g. `"forget_gate"`; the name of what it asks for,
            `"LSTMCell"`, or that itself, `LSTMCell`, will do.
        target: your function or layer class, e.g. `forget_gate` (without parentheses). Left out, it is looked up by the
            name that the exercise asks for; where there is none, the card says so.

    Raises:
        LookupError: no such exercise, or the file with its public cases is not beside the notebook.
        autograder.judging.sheet_files.SheetError: that file is damaged, or of another version.
        autograder.versions.VersionError: a library is too old; that says nothing about what you wrote.
    """
    if not isinstance(exercise, str):
        target = exercise if target is _BY_NAME else target
        exercise = getattr(exercise, "__name__", type(exercise).__name__)
    with _told_in_a_sentence():
        versions.require()
        sheet, beside, folder = _find(exercise, Path.cwd())
    names = sys._getframe(1).f_globals if target is _BY_NAME else {sheet.entry_point: target}
    if sheet.entry_point in names:
        verdict = check_sheet(sheet, names[sheet.entry_point], beside)
    else:
        verdict = undefined(sheet, names, beside)
    progress = advanced(folder, beside, verdict) if folder is not None else None
    return Checked(verdict, language.preferred(sheet.language), progress)


language.explain(check, words("Check what you wrote for an exercise with its public cases."))


@contextlib.contextmanager
def _told_in_a_sentence() -> Iterator[None]:
    """Let a notebook show what such an error says, and not where in here it was raised. It stays an error: a grade
    cell of nbgrader's that ends without one earns all points."""
    try:
        yield
    except (LookupError, sheets.SheetError, versions.VersionError) as error:
        said = f"{type(error).__name__}: {error}"
        setattr(error, "_render_traceback_", lambda: [said])  # noqa: B010 - IPython asks for it
        raise


def undefined(
    sheet: Sheet, names: Mapping[str, Any], beside: tuple[Sheet, ...] = (), runs: tuple[CellRun, ...] = ()
) -> Verdict:
    """The verdict where nothing has the name that is asked for.

    names: what the notebook has defined instead. beside: sheets of the same assignment, whose names are no slip of the
    pen. runs: how the cells of the answer ended, where that is known.
    """
    missing = Answer(problem=Problem("missing", "NameError", f"`{sheet.entry_point}` is not defined."))
    others = {other.entry_point for other in beside}
    own = tuple(name for name in names if not name.startswith("_") and name not in others)
    given = {case.id: missing for case in sheet.cases}
    observation = Observation(sheet.exercise, given, names=own, solution_runs=runs)
    verdict = policy.judge(sheet, observation, f"{sheet.exercise}_check")
    return dataclasses.replace(verdict, message=sentences(verdict.message, _kept_to_itself(sheet.entry_point, names)))


def _kept_to_itself(name: str, names: Mapping[str, Any]) -> language.Said:
    """What is said of a cell that defines the name where nobody else sees it. names: with `_i1`, `_i2`, ..., the
    cells that IPython ran."""
    ran = [source for key, source in names.items() if _CELL_RAN.fullmatch(key) and isinstance(source, str)]
    if any(source.lstrip().startswith("%%timeit") and name in defined_names(source) for source in ran):
        return words("Your cell defines it under `%%timeit`, which keeps nothing of what it runs: take that line out.")
    return ""


_CELL_RAN = re.compile(r"_i\d+")


@dataclasses.dataclass(frozen=True)
class Limit:
    """How long a question may take in this process."""

    question_seconds: float
    stuck: LastResort


def check_sheet(sheet: Sheet, target: Any, beside: tuple[Sheet, ...] = (), limit: Limit | None = None) -> Verdict:
    """Ask and judge one public sheet in this process.

    Args:
        beside: sheets of the same assignment. What the target uses of them is looked at when it is wrong.
        limit: None where a person is there to stop what never ends.
    """
    cell = f"{sheet.exercise}_check"
    observation = _read(sheet, target, limit)
    probes = policy.still_to_ask(sheet, observation)
    observation = _also(sheet, target, observation, policy.own_to_ask(sheet, observation), limit)
    verdict = _with_time(sheet, observation, policy.judge(sheet, observation, cell))
    others = {other.entry_point: other for other in beside if other.entry_point != sheet.entry_point}
    known: dict[str, _Known] = {}
    if roots.may_give_wrong(verdict) or verdict.status == "blocked" or _rests_on_earlier(sheet, verdict):
        found = _roots(target, others, known, limit)
        apart = _apart(sheet, target, verdict, others, known, limit)
        if apart.stood_in or (found and roots.gives_wrong(verdict)):
            return roots.resting(apart, found or apart.stood_in)
    doubts = {name for name in roots.used_in(target, others.keys()) if name in known and known[name].doubtful}
    if probes:
        observation = _also(sheet, target, observation, probes, limit)
        verdict = _with_time(sheet, observation, policy.judge(sheet, observation, cell))
    return roots.doubting(verdict, doubts)


def _rests_on_earlier(sheet: Sheet, verdict: Verdict) -> bool:
    """Whether it is not right and may be built on another notebook, where Keras's own may stand for what is missing."""
    earlier = any(stand_in.assignment for apart in sheet.standing for stand_in in apart.stand_ins)
    return earlier and verdict.status not in ("passed", "not_attempted")


def _apart(
    sheet: Sheet,
    target: Any,
    verdict: Verdict,
    others: Mapping[str, Sheet],
    known: dict[str, _Known],
    limit: Limit | None,
) -> Verdict:
    """The verdict with what is right by itself, asked with stand-ins for the wrong parts that the target uses."""
    used = roots.used_in(target, others.keys())
    reached = roots.used_in(target)
    wrong = set()
    for stand_in in (one for apart in sheet.standing for one in apart.stand_ins):
        owner = stand_in.of or stand_in.name
        if stand_in.name in reached and stand_in.assignment:
            wrong.add(stand_in.name)  # it is another notebook's, and not asked here
        elif stand_in.name in used and owner in others:
            place = used[stand_in.name]
            entry = place if owner == stand_in.name else getattr(place, "__globals__", {}).get(owner)
            _learn(owner, entry, others, known, limit)
            wrong |= {stand_in.name} if known[owner].wrong else set()
    earlier = {one.name for apart in sheet.standing for one in apart.stand_ins if one.assignment}
    followed = verdict
    # What is wrong of this notebook may be so because of another one.
    for names in filter(None, dict.fromkeys((frozenset(wrong & earlier), frozenset(wrong)))):
        followed = _with_others(sheet, target, verdict, names, limit)
        if followed.status == "passed":
            break
    return followed


def _with_others(sheet: Sheet, target: Any, verdict: Verdict, wrong: Collection[str], limit: Limit | None) -> Verdict:
    """The verdict with what is right where stand-ins take the place of these parts."""
    fitting = [one for one in sheet.standing if not set(one.replaced).isdisjoint(wrong)]
    apart = min(fitting, key=lambda one: (len({*wrong} - {*one.replaced}), len(one.replaced)), default=None)
    if apart is None:
        return verdict
    if not apart.cases:
        apart = with_others(sheet, [stand_in for stand_in in apart.stand_ins if stand_in.name in wrong])
    observation = _read(apart, target, limit)
    observation = _also(apart, target, observation, policy.own_to_ask(apart, observation), limit)
    if not uses_stand_ins(observation):
        return verdict
    by_itself = policy.judge(apart, observation, verdict.cell_id)
    return followed_through(verdict, by_itself, apart.stand_ins)


@dataclasses.dataclass(frozen=True)
class _Known:
    """Of another exercise: its own roots where it is wrong, None where it is not; and whether it is wrong in part."""

    roots: tuple[str, ...] | None = None
    doubtful: bool = False
    wrong: bool = False
    """Not all of it is right; perhaps it has not been written."""


def _with_time(sheet: Sheet, observation: Observation, verdict: Verdict) -> Verdict:
    """The verdict with a note where an answer took longer than it may take in grading."""
    for case in sheet.cases:
        allowed = seconds_for(case.question, sheet.question_seconds)
        taken = observation.answers[case.id].seconds if case.id in observation.answers else 0.0
        if taken > allowed:
            slow = words(
                "`{name}` took {taken} seconds for one question here. When your work is graded, it is stopped after "
                "{allowed} seconds: make it faster, or it may earn less there than here.",
                name=sheet.entry_point, taken=f"{taken:.2g}" if taken < 10 else f"{taken:.0f}", allowed=f"{allowed:g}",
            )  # fmt: skip
            return dataclasses.replace(verdict, notes=(*verdict.notes, slow))
    return verdict


def _roots(target: Any, others: Mapping[str, Sheet], known: dict[str, _Known], limit: Limit | None) -> tuple[str, ...]:
    """Entry points of other exercises that the target uses and that are wrong themselves; `known` is filled."""
    used = roots.used_in(target, others.keys())
    for name in sorted(used.keys() & others.keys()):
        _learn(name, used[name], others, known, limit)
    return roots.roots_of(used, {name: one.roots for name, one in known.items() if one.roots is not None})


def _learn(name: str, target: Any, others: Mapping[str, Sheet], known: dict[str, _Known], limit: Limit | None) -> None:
    """Ask another exercise of the assignment, unless it was asked before; the result goes into `known`."""
    if name in known:
        return
    known[name] = _Known()
    observation = _read(others[name], target, limit)
    verdict = policy.judge(others[name], observation, name)
    own = _roots(target, others, known, limit) if roots.gives_wrong(verdict) else None
    known[name] = _Known(own, roots.may_give_wrong(verdict), verdict.status != "passed")


def _read(sheet: Sheet, target: Any, limit: Limit | None) -> Observation:
    """Ask a sheet; where weights can be read in two ways, and the answers are wrong, by the other way too."""
    seen = _ask(sheet, target, sheet.cases, limit)
    reading = policy.other_reading(sheet, seen)
    if reading is None:
        return seen
    other = _ask(sheet, target, reread(sheet, reading).cases, limit)
    return policy.better(sheet, seen, dataclasses.replace(other, reading=reading))


def _ask(sheet: Sheet, target: Any, cases: tuple[SheetCase, ...], limit: Limit | None) -> Observation:
    answered: dict[str, Answer] = {}
    for case in cases:
        answer = _answer(sheet, target, case, limit)
        if answer is None:
            return Observation(sheet.exercise, answered, ended="timed_out")
        answered[case.id] = answer
    return Observation(sheet.exercise, answered)


def _also(
    sheet: Sheet, target: Any, observation: Observation, cases: tuple[SheetCase, ...], limit: Limit | None
) -> Observation:
    """The observation with what came of more questions."""
    more = _ask(sheet, target, cases, limit).answers
    return dataclasses.replace(observation, probed={**observation.probed, **more})


def _answer(sheet: Sheet, target: Any, case: SheetCase, limit: Limit | None) -> Answer | None:
    """The answer to one question; None when its time was up, and nothing is known."""
    watch = Watch(0.0)
    try:
        # What TensorFlow logs beside an answer would cost marks under stock nbgrader, which counts text on stderr.
        with contextlib.ExitStack() as stack:
            stack.enter_context(quiet_stderr())
            if limit is not None:
                seconds = seconds_for(case.question, limit.question_seconds)
                watch = stack.enter_context(limited(seconds, limit.stuck))
            answer = _without_delegating(sheet, target, case)
    except KeyboardInterrupt as interrupt:
        if not watch.over:
            raise
        return interrupt.known if isinstance(interrupt, answers.Interrupted) else None
    return answer


@functools.cache
def _decoys() -> decoys.Decoys:
    """Found once: to look for copies of functions takes as long as some questions."""
    return decoys.Decoys(decoys.Log({}))


def _without_delegating(sheet: Sheet, target: Any, case: SheetCase) -> Answer:
    """The answer, or, where a forbidden built-in makes a difference to it, the line that called it."""
    namespace = {sheet.entry_point: target}
    stand_ins = _decoys()
    log = stand_ins.log
    log.namespace = namespace
    with stand_ins.meanwhile(sheet.forbidden):
        answer = answers.answer(case.question, namespace)
    reached = log.taken()
    if not reached:
        return answer
    opened = answers.answer(case.question, namespace)
    if policy.case_right(case, opened, sheet) and not policy.case_right(case, answer, sheet):
        message = f"`{reached[0].built_in}` is what this exercise asks you to write; it may not be used to answer it."
        return Answer(problem=Problem("forbidden", "ForbiddenError", message, line=reached[0].line))
    return opened


def find_sheet(exercise: str, start: Path | None = None) -> tuple[Sheet, tuple[Sheet, ...]]:
    """The public sheet of an exercise, and all of its assignment: from the `.checks` file beside the notebook or in a
    folder above, or, where the full distribution is installed, made anew (then it is alone).

    Raises:
        LookupError: there is none; the message says what to do.
    """
    return _find(exercise, start or Path.cwd())[:2]


def _find(exercise: str, start: Path) -> tuple[Sheet, tuple[Sheet, ...], Path | None]:
    """The sheet, those of the same file, and the folder of the file (None where it was made anew)."""
    start = start.resolve()
    known: list[str] = []
    for folder in (start, *start.parents[:3]):
        for path in sorted(folder.glob(f"*{sheets.SUFFIX}")):
            found = sheets.read(path)
            of_that_name = (sheet for sheet in found.values() if sheet.entry_point == exercise)
            sheet = found.get(exercise) or next(of_that_name, None)
            if sheet is not None:
                return sheet, tuple(found.values()), folder
            known += found
    if importlib.util.find_spec("reference") and importlib.util.find_spec("autograder.exercises"):
        from autograder import exercises
        from autograder.sheets.release import public_sheet

        if exercise in exercises.ids():
            made = public_sheet(exercise)
            return made, (made,), None
        known += exercises.ids()
    if known:
        near = difflib.get_close_matches(exercise, known, n=1)
        meant = f" Did you mean {near[0]!r}?" if near else f" There are: {', '.join(sorted(set(known)))}."
        raise LookupError(f"There is no exercise {exercise!r} here.{meant}")
    raise LookupError(
        f"No file of public cases (*{sheets.SUFFIX}) in {start} or the folders above. It came with the notebook: put "
        "the two side by side, and start Jupyter in that folder."
    )


def _in_notebook() -> bool:
    try:
        from IPython import get_ipython
    except ImportError:
        return False
    shell = get_ipython()
    return shell is not None and shell.__class__.__name__ != "TerminalInteractiveShell"
