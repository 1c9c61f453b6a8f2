"""One world of a submission: from a fresh worker through its cells in order, with the questions where they stand.

What a submission does to the worker never shows outside as an exception. A cell that hangs, eats the memory
or ends the process costs that cell; the others are replayed without it. Answers that were already given
stand.
"""

from __future__ import annotations

import functools
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import msgspec

from autograder.answering.protocol import Answer, CellDone, Problem, Reached
from autograder.judging.quotes import Quotes
from autograder.judging.readings import reread
from autograder.model import Cell, CellRun, FileBeside, Observation, OrdinaryTest, Sheet, SheetCase, Submission
from autograder.notebooks.demos import without_idle_demos
from autograder.running.asking import Asking
from autograder.running.host import Host
from autograder.running.workers import (
    ZYGOTE_ENDED,
    Limits,
    Worker,
    WorkerDied,
    WorkerError,
    WorkerOutOfMemory,
    WorkerTimeout,
    WorkerVanished,
    ZygoteError,
)
from autograder.syntax import defined_names
from autograder.time_limits import seconds_for

REPLAYS = 2
"""How often a submission is played again because something in it ended its worker; once more for each ordinary test,
since several look at the same answer.
"""
VANISHED = 2
"""How often a submission is played again because its worker was killed from outside."""
MOST_LEFT = 3
"""How many statements of a cell may run out of time beside decoys, and are left for the next one."""
WHOLE_CELL = 10**9
PATIENCE = 3
"""How many times as long as in the open world a cell, and all of them, may take elsewhere: what ended in time there
should not be over the limit because the machine was busy."""


def _names_in(sheet: Sheet) -> frozenset[str]:
    """Weights and settings that a sheet names."""
    parts = (expected.part for case in sheet.cases for layout in case.expected for expected in layout)
    settings = (key for case in sheet.cases for key in case.config_back)
    return frozenset((*(part.removeprefix("grad.") for part in parts), *settings))


OUT_OF_MEMORY = ("MemoryError", "ResourceExhaustedError", "ArrayMemoryError", "_ArrayMemoryError")
"""What Python, TensorFlow and NumPy raise when there is no more memory."""


class WorkerLostError(Exception):
    """The worker is gone. `out_of_time`: so is the time for the submission; there is no replay. `excused`: the
    submission had no part in it, or what gives points had been asked of an exercise by then."""

    def __init__(self, out_of_time: bool, *, excused: bool = False) -> None:
        super().__init__()
        self.out_of_time = out_of_time
        self.excused = excused


@dataclass
class Progress:
    """What has been collected so far, over all replays."""

    runs: dict[str, CellRun] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    """Where cells stopped."""
    endless: dict[str, int] = field(default_factory=dict)
    """The line of cells in which their time was over."""
    observations: dict[str, Observation] = field(default_factory=dict)
    dropped: set[str] = field(default_factory=set)
    wanted: dict[str, Sheet] = field(default_factory=dict)
    """The public sheets that serve as evidence, by grade cell id."""
    doubted: dict[str, Observation] = field(default_factory=dict)
    reached: dict[str, list[Reached]] = field(default_factory=dict)
    """Lines that came to a decoy, by cell id."""
    left_out: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=lambda: {"worker": 0.0, "cells": 0.0, "questions": 0.0})


@dataclass(frozen=True)
class Given:
    """What all worlds of a submission have in common. cells: those that can run."""

    cells: tuple[Cell, ...]
    files: tuple[FileBeside, ...]
    quotes: Quotes

    @classmethod
    def of(cls, submission: Submission) -> Given:
        cells = tuple(cell for cell in without_idle_demos(submission.cells) if cell.is_code)
        return cls(cells, submission.files, Quotes(submission.cells))


class Session:
    """One world: from a fresh worker to the end of the notebook, again without what ended the worker.

    public: the cells as students have them. opened: what came of the open world, where that was before. elsewhere: what
    came of the same sheets beside decoys, or in the open world if this is beside them: the first case that is right in
    the one and wrong in the other tells all, and no more is asked.
    """

    def __init__(
        self,
        zygote: Host,
        given: Given,
        limits: Limits,
        asking: Asking,
        sheets: Mapping[str, Sheet],
        *,
        forbidden: tuple[str, ...] = (),
        opened: Progress | None = None,
        public: bool = False,
        elsewhere: Mapping[str, Observation] | None = None,
    ) -> None:
        self.zygote = zygote
        self.cells = [
            replace(cell, source=cell.shown, handed_out=None) if public and cell.handed_out is not None else cell
            for cell in given.cells
        ]
        self.files = given.files
        self.quotes = given.quotes
        self.sheets = sheets
        self.asking = asking
        self.forbidden = forbidden
        self.opened = opened
        self.public = public
        self.elsewhere = elsewhere or {}
        self.skipped = {cell.id for cell in self.cells if cell.demo and not cell.source.strip()}
        self.progress = Progress()
        if opened is not None:
            # What ended a worker there would end it here.
            self.progress.dropped |= opened.dropped
            self.progress.runs |= {name: run for name, run in opened.runs.items() if name in opened.dropped}
        self.missing: dict[str, Observation] = {}
        spent = sum(run.seconds for run in opened.runs.values()) if opened is not None else 0.0
        self.limits = replace(limits, submission_seconds=max(limits.submission_seconds, PATIENCE * spent))
        self.began = time.monotonic()
        self.deadline = self.began + self.limits.submission_seconds
        """Put off by what it waits for a worker, and by what was lost with one that vanished."""
        self.vanished = 0
        self.seconds = 0.0
        self.gave_up = False
        """The time was over, or too much of the notebook ended its worker."""

    def run(self) -> None:
        """Collect `progress`."""
        started = time.monotonic()
        plays = 0
        most = REPLAYS + sum(cell.is_test for cell in self.cells)
        while not self.gave_up:
            try:
                self._play()
                break
            except WorkerLostError as lost:
                plays += not lost.excused
                self.gave_up = lost.out_of_time or plays > most
        for cell_id, sheet in self.sheets.items():
            if cell_id not in self.progress.observations:
                earlier = self.missing.get(cell_id)
                self.progress.observations[cell_id] = earlier or self._observation(cell_id, sheet, {}, ended="skipped")
        self.seconds = time.monotonic() - started

    def run_of(self, cell: Cell) -> CellRun:
        """What came of a cell."""
        return self.progress.runs.get(cell.id, CellRun(cell.id, "skipped"))

    def with_runs(self, observation: Observation) -> Observation:
        """The observation with what its solution cells said here."""
        runs = tuple(self.progress.runs.get(run.cell_id, run) for run in observation.solution_runs)
        return replace(observation, solution_runs=runs)

    def of_few_words(self, observation: Observation, sheet: Sheet) -> Observation:
        """The observation without words that could hold what other questions told."""
        few = functools.partial(self.quotes.of_few_words, asked=_names_in(sheet))
        answers = {case: few(answer) for case, answer in observation.answers.items()}
        return replace(
            observation, answers=answers, probed={case: few(answer) for case, answer in observation.probed.items()}
        )

    def ordinary_test(self, cell: Cell, graded: Session) -> OrdinaryTest:
        """What came of an ordinary test in the session that grades it, and here."""
        answers = [before for before in self._cells_before(cell.id) if before.role == "solution"]
        unchanged = bool(answers) and all(answer.unchanged for answer in answers)
        return OrdinaryTest(graded.run_of(cell), self.run_of(cell), unchanged=unchanged)

    def reached(self, cell_id: str) -> tuple[Reached, ...]:
        """Lines that came to a decoy: while this was asked first, then those of its cells."""
        cells = [one for cell in self._cells_before(cell_id) for one in self.progress.reached.get(cell.id, ())]
        return self.quotes.reached(dict.fromkeys([*self.progress.reached.get(cell_id, ()), *cells]))

    def reached_while_asked(self, cell_id: str) -> tuple[Reached, ...]:
        """Lines that came to a decoy while this was asked."""
        return self.quotes.reached(dict.fromkeys(self.progress.reached.get(cell_id, ())))

    # ----------------------------------------------------------------------------------------------- one play

    def _play(self) -> None:
        """One run through the notebook, from a fresh worker to its end."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise WorkerLostError(out_of_time=True)
        self.began = began = time.monotonic()
        worker = self.zygote.spawn(replace(self.limits, submission_seconds=left), self.forbidden)
        waited = time.monotonic() - began
        self.progress.seconds["worker"] += waited
        self.deadline += waited
        self.missing.clear()
        with worker:
            self._prepare(worker)
            self._through(worker)

    def _through(self, worker: Worker) -> None:
        """From the first cell to the last, and through what is asked."""
        for cell in self.cells:
            if self._has_all():
                break
            if cell.role == "grade" and not cell.is_test:
                if cell.id in self.sheets and cell.id not in self.progress.observations:
                    self._ask(worker, cell.id, self.sheets[cell.id], asked_at="cell")
            elif cell.id in self.skipped:
                self.progress.runs[cell.id] = CellRun(cell.id, "skipped")
            elif cell.id not in self.progress.dropped:
                self._run_cell(worker, cell)
        self._ask_again(worker)

    def _has_all(self) -> bool:
        """Whether nobody asks what comes of the cells that are left."""
        asked = self.opened is not None and not any(cell.is_test for cell in self.cells)
        return asked and self.sheets.keys() <= self.progress.observations.keys()

    def _prepare(self, worker: Worker) -> None:
        """Put the files beside the notebook."""
        try:
            for file in self.files:
                try:
                    worker.put(file.name, file.place)
                except OSError as error:
                    self.progress.left_out[file.name] = str(error.strerror or error)
        except WorkerError as error:
            self._excuse(error)
            raise WorkerLostError(_how(error)[2]) from None

    def _run_cell(self, worker: Worker, cell: Cell) -> None:
        began = time.monotonic()
        problem: Problem | None = None
        outputs = "[]"
        lost: WorkerLostError | None = None
        ended = "done"
        try:
            done = self._ran(worker, cell)
            problem, outputs = self.quotes.problem(done.problem), done.outputs
            self.progress.lines[cell.id] = done.line if done.problem is not None else WHOLE_CELL
            self.progress.reached.setdefault(cell.id, []).extend(done.reached)
            if problem is not None and problem.type in OUT_OF_MEMORY:
                # What fills the memory may live on in the notebook's names, and the next one would pay for it.
                ended = "out_of_memory"
                self.progress.dropped.add(cell.id)
                lost = WorkerLostError(out_of_time=False)
        except WorkerError as error:
            self._excuse(error)
            ended, alive, out_of_time = _how(error)
            if not alive:
                self.progress.dropped.add(cell.id)
                lost = WorkerLostError(out_of_time)
            elif isinstance(error, WorkerTimeout) and isinstance(error.reply, CellDone):
                self.progress.endless[cell.id] = error.reply.line
        seconds = time.monotonic() - began
        self.progress.seconds["cells"] += seconds
        run = CellRun(cell.id, ended, tuple(json.loads(outputs)), problem, round(seconds, 4))
        self.progress.runs.setdefault(cell.id, run)
        if lost is not None:
            raise lost

    def _ran(self, worker: Worker, cell: Cell) -> CellDone:
        """What a cell gave. In a world with decoys it goes as far as it went in the open one, and in none does it go
        into what did not end there."""
        if self.opened is None:
            return worker.run_cell(cell.id, cell.source)
        until = self.opened.lines.get(cell.id, 0) if self.forbidden else 0
        before = 0 if cell.is_test else self.opened.endless.get(cell.id, 0)
        seconds = PATIENCE * self.opened.runs[cell.id].seconds if cell.id in self.opened.runs else 0.0
        # What it leaves running did no harm there while it was waited for.
        run = functools.partial(worker.run_cell, cell.id, cell.source, until, before, seconds=seconds, aftermath=0.0)
        after = 0
        for _ in range(MOST_LEFT):
            try:
                return run(after)
            except WorkerTimeout as error:
                # "Train Keras's layer until it is good" never ends with a decoy, and ended in the open world.
                if not isinstance(error.reply, CellDone) or not after < error.reply.line < until:
                    raise
                after = error.reply.line
                self.progress.reached.setdefault(cell.id, []).extend(error.reply.reached)
        return run(after)

    def _ask(self, worker: Worker, cell_id: str, sheet: Sheet, *, asked_at: str) -> None:
        """Ask a sheet, keep the observation, and ask what is to follow."""
        observation, error = self._questions(worker, cell_id, sheet, asked_at)
        if asked_at == "cell" and _is_missing(observation, sheet):
            self.missing[cell_id] = observation
            return
        self.progress.observations[cell_id] = observation
        if error is not None:
            # Each exercise can be excused once only: it is not asked again.
            self._after(error, excused=all(case.id in observation.answers for case in sheet.cases))
            return
        self._follow(worker, cell_id, observation)

    def _follow(self, worker: Worker, cell_id: str, observation: Observation) -> None:
        """Ask a case beside decoys of what was wrong, and remember what is to be asked in the open world."""
        more = None if self.public else self.asking.follow_up(cell_id, observation)
        if more is None:
            return
        self.progress.wanted[cell_id] = more
        if any(self.progress.reached.values()):
            # Does it rest on what is forbidden? Then the open world gives another answer.
            answers, failure = self._cases(worker, cell_id, more.cases[:1])
            ended = "done" if failure is None else _how(failure)[0]
            self.progress.doubted[cell_id] = self._observation(cell_id, more, answers, ended=ended)
            if failure is not None:
                self._after(failure)

    @staticmethod
    def _after(error: WorkerError, *, excused: bool = False) -> None:
        _, alive, out_of_time = _how(error)
        if not alive:
            raise WorkerLostError(out_of_time, excused=excused) from None

    def _questions(
        self, worker: Worker, cell_id: str, sheet: Sheet, asked_at: str
    ) -> tuple[Observation, WorkerError | None]:
        """Ask a sheet; where weights can be read in two ways, and the answers are wrong, by the other way too."""
        seen, failure = self._asked_once(worker, cell_id, sheet, asked_at)
        reading = self.asking.reading(sheet, seen) if failure is None else None
        if reading is None:
            return seen, failure
        other, failure = self._asked_once(worker, cell_id, reread(sheet, reading), asked_at)
        return self.asking.better(sheet, seen, replace(other, reading=reading)), failure

    def _asked_once(
        self, worker: Worker, cell_id: str, sheet: Sheet, asked_at: str
    ) -> tuple[Observation, WorkerError | None]:
        began = time.monotonic()
        answers, failure = self._cases(worker, cell_id, sheet.cases, sheet)
        if failure is None and len(answers) == len(sheet.cases):
            asked = self._observation(cell_id, sheet, answers)
            further = [*self.asking.own(sheet, asked)]
            if self.public and not self.forbidden:
                further += self.asking.probing(sheet, asked)
            for case in further:
                more, failure = self._cases(worker, cell_id, [case])
                answers |= more
                if failure is not None:
                    break
        ended = "done" if failure is None else _how(failure)[0]
        seconds = time.monotonic() - began
        self.progress.seconds["questions"] += seconds
        seen = self._observation(cell_id, sheet, answers, ended=ended, asked_at=asked_at, seconds=seconds)
        return seen, failure

    def _cases(
        self, worker: Worker, cell_id: str, cases: Sequence[SheetCase], sheet: Sheet | None = None
    ) -> tuple[dict[str, Answer], WorkerError | None]:
        """The answers, and what ended the worker or the patience with it."""
        answers: dict[str, Answer] = {}
        try:
            for case in cases:
                answer = self._answer(worker, case)
                self.progress.reached.setdefault(cell_id, []).extend(answer.reached)
                answers[case.id] = answer
                if answer.problem is not None and answer.problem.kind == "missing" and len(answers) == 1:
                    # Nobody is there to answer the others either.
                    return {case.id: answer for case in cases}, None
                if sheet is not None and self._rests_on_decoys(cell_id, case, answer, sheet):
                    break
        except WorkerError as error:
            self._excuse(error)
            return answers, error
        return answers, None

    def _rests_on_decoys(self, cell_id: str, case: SheetCase, answer: Answer, sheet: Sheet) -> bool:
        """Whether an answer is right in the open world, and wrong beside decoys."""
        there = self.elsewhere.get(cell_id)
        if there is None or there.ended != "done" or case.id not in there.answers:
            return False
        if not self.forbidden:
            answer = self.quotes.of_few_words(answer, _names_in(sheet))  # as it is judged
        here, other = (self.asking.right(case, one, sheet) for one in (answer, there.answers[case.id]))
        return other and not here if self.forbidden else here and not other

    def _answer(self, worker: Worker, case: SheetCase) -> Answer:
        seconds = seconds_for(case.question, self.limits.question_seconds, case.seconds)
        (answer,) = worker.ask([case.question], seconds).answers
        return msgspec.structs.replace(answer, problem=self.quotes.problem(answer.problem))

    def _excuse(self, error: WorkerError) -> None:
        """Raise where the submission has no part in what happened to its worker: it is played again."""
        if not isinstance(error, WorkerVanished):
            return
        self.vanished += 1
        self.deadline += time.monotonic() - self.began
        if self.vanished <= VANISHED:
            raise WorkerLostError(out_of_time=False, excused=True) from None
        if error.reason == ZYGOTE_ENDED:
            raise ZygoteError(f"The fork server ended {self.vanished} times while one submission ran.")

    def _ask_again(self, worker: Worker) -> None:
        """What was missing at its grade cell may have been defined later."""
        if not self.missing:
            return
        try:
            names = self.quotes.names(worker.names())
        except WorkerError as error:
            self._excuse(error)
            self._after(error)
            return
        for cell_id, observation in list(self.missing.items()):
            sheet = self.sheets[cell_id]
            if sheet.entry_point in names:
                self._ask(worker, cell_id, sheet, asked_at="end")
            else:
                others = {other.entry_point for other in self.asking.secret.values()} - {sheet.entry_point}
                own = tuple(name for name in names if name not in others)
                self.progress.observations[cell_id] = replace(observation, names=own)
                self._follow(worker, cell_id, observation)

    # -------------------------------------------------------------------------------------------- observation

    def _observation(
        self,
        cell_id: str,
        sheet: Sheet,
        answers: Mapping[str, Answer],
        *,
        ended: str = "done",
        asked_at: str = "cell",
        seconds: float = 0.0,
    ) -> Observation:
        before = self._cells_before(cell_id)
        solutions = [cell for cell in before if cell.role == "solution"]
        asked = {case.id for case in sheet.cases}
        return Observation(
            exercise=sheet.exercise,
            answers={case: answer for case, answer in answers.items() if case in asked},
            probed={case: answer for case, answer in answers.items() if case not in asked},
            ended=ended,
            asked_at=asked_at,
            unchanged=bool(solutions)
            and all(cell.unchanged for cell in solutions)
            and not any(sheet.entry_point in defined_names(cell.source) for cell in _below_the_stub(before)),
            solution_runs=tuple(self.progress.runs[cell.id] for cell in solutions if cell.id in self.progress.runs),
            seconds=round(seconds, 4),
        )

    def _cells_before(self, cell_id: str) -> list[Cell]:
        """The cells between the previous test and this one; where no answer is among them, those of the test before
        too."""
        answered: list[Cell] = []
        since: list[Cell] = []
        for cell in self.cells:
            is_answered = any(one.role == "solution" for one in since)
            if cell.id == cell_id:
                return since if is_answered else [*answered, *since]
            if cell.role == "grade":
                answered, since = since if is_answered else answered, []
            else:
                since.append(cell)
        return []


def _below_the_stub(before: Sequence[Cell]) -> list[Cell]:
    """The student's own cells below the last stub, whose definitions take its place."""
    last = max((n for n, cell in enumerate(before) if cell.role == "solution"), default=-1)
    return [cell for cell in before[last + 1 :] if cell.role == "student" and cell.is_code]


def _how(error: WorkerError) -> tuple[str, bool, bool]:
    """How a request ended, whether the worker lives on, and whether the submission's time is used up."""
    if isinstance(error, WorkerTimeout):
        return "timed_out", error.alive, error.submission
    if isinstance(error, WorkerOutOfMemory):
        return "out_of_memory", False, False
    assert isinstance(error, WorkerDied)
    return "died", False, False


def _is_missing(observation: Observation, sheet: Sheet) -> bool:
    problems = [answer.problem for answer in observation.answers.values()]
    return (
        bool(sheet.cases)
        and len(problems) == len(sheet.cases)
        and all(problem is not None and problem.kind == "missing" for problem in problems)
    )
