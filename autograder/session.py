"""Carry one submission through a worker: run its cells in order, ask the questions where they stand.

What a submission does to the worker never shows outside as an exception. A cell that hangs, eats the memory
or ends the process costs that cell; the others are replayed without it. Answers that were already given
stand.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import msgspec

from autograder.demos import without_idle_demos
from autograder.model import Cell, CellRun, Observation, OrdinaryTest, Probe, Sheet, SheetCase, Submission
from autograder.quotes import Quotes
from autograder.scan import Found, scan
from autograder.time_limits import seconds_for
from autograder.worker.host import (
    ZYGOTE_ENDED,
    Limits,
    Worker,
    WorkerDied,
    WorkerError,
    WorkerOutOfMemory,
    WorkerTimeout,
    WorkerVanished,
    Zygote,
    ZygoteError,
)
from autograder.worker.protocol import Answer, Problem

REPLAYS = 2
"""How often a submission is played again because something in it ended its worker; once more for each ordinary test,
since several look at the same answer.
"""
VANISHED = 2
"""How often a submission is played again because its worker was killed from outside."""
FollowUp: TypeAlias = Callable[[str, Observation], Sheet | None]
Probing: TypeAlias = Callable[[Sheet, Observation], Sequence[Probe]]


@dataclass(frozen=True)
class SessionResult:
    """What one submission gave. `observations` has an entry for every sheet; `follow_ups` only where more was
    asked; `tests` has an entry for every ordinary test. seconds: `worker` (forks), `cells`, `questions` and `session`,
    by the wall clock."""

    runs: tuple[CellRun, ...]
    tests: Mapping[str, OrdinaryTest]
    observations: Mapping[str, Observation]
    follow_ups: Mapping[str, Observation]
    left_out: Mapping[str, str]
    """Files that could not be put beside the notebook, and why."""
    sandbox: str
    seconds: Mapping[str, float]


def run_submission(
    zygote: Zygote,
    submission: Submission,
    sheets: Mapping[str, Sheet],
    limits: Limits | None = None,
    follow_up: FollowUp | None = None,
    sealed: Sequence[str] = (),
    probing: Probing | None = None,
) -> SessionResult:
    """Run a submission and ask the sheets' questions, each at its grade cell.

    Args:
        sheets: grade cell id -> what to ask there.
        follow_up: may return a public sheet to ask as well, given the cell's observation. That is done in a worker that
            never saw the other questions, and so are cells that ran after one and had something to say: what they
            print may be published.
        sealed: built-ins that do not exist in the worker.
        probing: which probes of a public sheet to ask when its cases have been answered; none by default.

    Never raises for anything a submission does.
    """
    return _Session(zygote, submission, sheets, limits or Limits(), follow_up, sealed, probing, public=False).run()


ENDED_WELL = ("done", "skipped")
OUT_OF_MEMORY = ("MemoryError", "ResourceExhaustedError", "ArrayMemoryError", "_ArrayMemoryError")
"""What Python, TensorFlow and NumPy raise when there is no more memory."""


class _WorkerLostError(Exception):
    """The worker is gone. `out_of_time`: so is the time for the submission; there is no replay. `vanished`: the
    submission had no part in it."""

    def __init__(self, out_of_time: bool, *, vanished: bool = False) -> None:
        super().__init__()
        self.out_of_time = out_of_time
        self.vanished = vanished


@dataclass
class _Progress:
    """What has been collected so far, over all replays."""

    runs: dict[str, CellRun] = field(default_factory=dict)
    observations: dict[str, Observation] = field(default_factory=dict)
    follow_ups: dict[str, Observation] = field(default_factory=dict)
    dropped: set[str] = field(default_factory=set)
    wanted: dict[str, Sheet] = field(default_factory=dict)
    """The public sheets to ask, by grade cell id."""
    left_out: dict[str, str] = field(default_factory=dict)
    shown: dict[str, CellRun] = field(default_factory=dict)
    """Of ordinary tests that must not be published as they ran, the runs that may be."""
    seconds: dict[str, float] = field(default_factory=lambda: {"worker": 0.0, "cells": 0.0, "questions": 0.0})


class _Session:
    def __init__(
        self,
        zygote: Zygote,
        submission: Submission,
        sheets: Mapping[str, Sheet],
        limits: Limits,
        follow_up: FollowUp | None,
        sealed: Sequence[str],
        probing: Probing | None,
        *,
        public: bool,
    ) -> None:
        self.zygote = zygote
        self.submission = submission
        cells = [cell for cell in without_idle_demos(submission.cells) if cell.is_code]
        self.cells = [replace(cell, source=cell.shown, handed_out=None) for cell in cells] if public else cells
        self.quotes = Quotes(submission.cells)
        self.sheets = sheets
        self.limits = limits
        self.follow_up = follow_up
        self.sealed = sealed
        self.probing = probing
        self.skipped = {cell.id for cell in self.cells if cell.demo and not cell.source.strip()}
        self.progress = _Progress()
        self.missing: dict[str, Observation] = {}
        self.scans: dict[tuple[str, ...], tuple[Found, ...]] = {}
        self.deadline = time.monotonic() + limits.submission_seconds
        self.vanished = 0

    def run(self) -> SessionResult:
        started = time.monotonic()
        plays = 0
        most = REPLAYS + sum(cell.is_test for cell in self.cells)
        while plays <= most:
            try:
                self._play()
                break
            except _WorkerLostError as lost:
                if lost.out_of_time:
                    break
                plays += not lost.vanished
        progress = self.progress
        if self.follow_up is not None:
            self._play_in_public()
        for cell_id, sheet in self.sheets.items():
            if cell_id not in progress.observations:
                earlier = self.missing.get(cell_id)
                progress.observations[cell_id] = earlier or self._observation(cell_id, sheet, {}, ended="skipped")
        runs = tuple(self._run_of(cell) for cell in self.cells if cell.role != "grade")
        tests = {cell.id: self._ordinary_test(cell) for cell in self.cells if cell.is_test}
        progress.seconds["session"] = time.monotonic() - started
        return SessionResult(
            runs,
            tests,
            progress.observations,
            progress.follow_ups,
            progress.left_out,
            self.zygote.level,
            {name: round(seconds, 4) for name, seconds in progress.seconds.items()},
        )

    def _run_of(self, cell: Cell) -> CellRun:
        return self.progress.runs.get(cell.id, CellRun(cell.id, "skipped"))

    def _ordinary_test(self, cell: Cell) -> OrdinaryTest:
        run = self._run_of(cell)
        answers = [before for before in self._cells_before(cell.id) if before.role == "solution"]
        return OrdinaryTest(
            run,
            self.progress.shown.get(cell.id, None if cell.hidden else run),
            unchanged=bool(answers) and all(answer.unchanged for answer in answers),
        )

    def _play_in_public(self) -> None:
        """Replace whatever may be published, and could hold what a question told, by what a worker gives that was
        asked public questions only."""
        progress = self.progress
        said = {identity for identity in self._after_a_question() if self._is_published(progress.runs.get(identity))}
        if not progress.wanted and not said:
            return
        public = _Session(
            self.zygote, self.submission, progress.wanted, self.limits, None, self.sealed, self.probing, public=True
        )
        public.progress.dropped |= {identity for identity, run in progress.runs.items() if run.ended not in ENDED_WELL}
        result = public.run()
        progress.follow_ups.update(result.observations)
        progress.shown = {identity: test.run for identity, test in result.tests.items() if identity in said}
        quiet = {run.cell_id: run for run in result.runs if run.ended == "done"}
        for identity in said - progress.shown.keys():
            run, told = progress.runs[identity], quiet.get(identity)
            problem = told.problem if told else run.problem and Problem(run.problem.kind)
            progress.runs[identity] = replace(run, outputs=told.outputs if told else (), problem=problem)
        for cell_id, observation in progress.observations.items():
            runs = tuple(progress.runs[run.cell_id] for run in observation.solution_runs)
            progress.observations[cell_id] = replace(observation, solution_runs=runs)
        progress.seconds["public"] = result.seconds["session"]

    def _is_published(self, run: CellRun | None) -> bool:
        """Whether a cell said something that anybody will read; nobody reads the outputs of a sealed run."""
        return run is not None and (run.problem is not None or (bool(run.outputs) and not self.sealed))

    def _after_a_question(self) -> list[str]:
        """The cells that run when a question has been asked, or a hidden test was run."""
        asked = False
        after = []
        for cell in self.cells:
            asked = asked or cell.id in self.sheets or cell.hidden
            if asked and (cell.role != "grade" or (cell.is_test and not self.sealed)):
                after.append(cell.id)
        return after

    # ----------------------------------------------------------------------------------------------- one play

    def _play(self) -> None:
        """One run through the notebook, from a fresh worker to its end."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise _WorkerLostError(out_of_time=True)
        began = time.monotonic()
        worker = self.zygote.spawn(replace(self.limits, submission_seconds=left))
        self.progress.seconds["worker"] += time.monotonic() - began
        self.missing.clear()
        with worker:
            self._prepare(worker)
            for cell in self.cells:
                if cell.role == "grade" and not cell.is_test:
                    if cell.id in self.sheets and cell.id not in self.progress.observations:
                        self._ask(worker, cell.id, self.sheets[cell.id], asked_at="cell")
                elif cell.id in self.skipped:
                    self.progress.runs[cell.id] = CellRun(cell.id, "skipped")
                elif cell.id not in self.progress.dropped:
                    self._run_cell(worker, cell)
            self._ask_again(worker)

    def _prepare(self, worker: Worker) -> None:
        """Put the files beside the notebook, and seal what is to be sealed."""
        try:
            for file in self.submission.files:
                try:
                    worker.put(file.name, file.place, module=file.module)
                except OSError as error:
                    self.progress.left_out[file.name] = str(error.strerror or error)
            if self.sealed:
                worker.seal(self.sealed)
        except WorkerError as error:
            self._excuse(error)
            raise _WorkerLostError(_how(error)[2]) from None

    def _run_cell(self, worker: Worker, cell: Cell) -> None:
        began = time.monotonic()
        problem: Problem | None = None
        outputs = "[]"
        refused: tuple[str, ...] = ()
        lost: _WorkerLostError | None = None
        ended = "done"
        try:
            done = worker.run_cell(cell.id, cell.source)
            problem, outputs = self.quotes.problem(done.problem), done.outputs
            refused = self.quotes.refused(done.refused)
            if problem is not None and problem.type in OUT_OF_MEMORY:
                # What fills the memory may live on in the notebook's names, and the next one would pay for it.
                ended = "out_of_memory"
                self.progress.dropped.add(cell.id)
                lost = _WorkerLostError(out_of_time=False)
        except WorkerError as error:
            self._excuse(error)
            ended, alive, out_of_time = _how(error)
            if not alive:
                self.progress.dropped.add(cell.id)
                lost = _WorkerLostError(out_of_time)
        seconds = time.monotonic() - began
        self.progress.seconds["cells"] += seconds
        run = CellRun(cell.id, ended, tuple(json.loads(outputs)), problem, round(seconds, 4), refused)
        self.progress.runs.setdefault(cell.id, run)
        if lost is not None:
            raise lost

    def _ask(self, worker: Worker, cell_id: str, sheet: Sheet, *, asked_at: str) -> None:
        """Ask a sheet, keep the observation, and ask what is to follow."""
        observation, error = self._questions(worker, cell_id, sheet, asked_at)
        if asked_at == "cell" and _is_missing(observation, sheet):
            self.missing[cell_id] = observation
            return
        self.progress.observations[cell_id] = observation
        if error is not None:
            self._after(error)
            return
        more = self.follow_up(cell_id, observation) if self.follow_up is not None else None
        if more is not None:
            self.progress.wanted[cell_id] = more

    @staticmethod
    def _after(error: WorkerError) -> None:
        _, alive, out_of_time = _how(error)
        if not alive:
            raise _WorkerLostError(out_of_time) from None

    def _questions(
        self, worker: Worker, cell_id: str, sheet: Sheet, asked_at: str
    ) -> tuple[Observation, WorkerError | None]:
        began = time.monotonic()
        answers: dict[str, Answer] = {}
        failure: WorkerError | None = None
        ended = "done"
        try:
            for case in sheet.cases:
                answer = self._answer(worker, case, sheet)
                answers[case.id] = answer
                if answer.problem is not None and answer.problem.kind == "missing" and len(answers) == 1:
                    # Nobody is there to answer the others either.
                    answers = {case.id: answer for case in sheet.cases}
                    break
            if sheet.probes and self.probing is not None:
                for probe in self.probing(sheet, self._observation(cell_id, sheet, answers)):
                    answers[probe.case.id] = self._answer(worker, probe.case, sheet)
        except WorkerError as error:
            self._excuse(error)
            failure = error
            ended = _how(error)[0]
        seconds = time.monotonic() - began
        self.progress.seconds["questions"] += seconds
        seen = self._observation(cell_id, sheet, answers, ended=ended, asked_at=asked_at, seconds=seconds)
        return seen, failure

    def _answer(self, worker: Worker, case: SheetCase, sheet: Sheet) -> Answer:
        seconds = seconds_for(case.question, self.limits.question_seconds, case.seconds)
        (answer,) = worker.ask([case.question], sheet.forbidden, seconds).answers
        return msgspec.structs.replace(answer, problem=self.quotes.problem(answer.problem))

    def _excuse(self, error: WorkerError) -> None:
        """Raise where the submission has no part in what happened to its worker: it is played again."""
        if not isinstance(error, WorkerVanished):
            return
        self.vanished += 1
        if self.vanished <= VANISHED:
            raise _WorkerLostError(out_of_time=False, vanished=True) from None
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
                self.progress.observations[cell_id] = replace(observation, names=names)

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
            unchanged=bool(solutions) and all(cell.unchanged for cell in solutions),
            solution_runs=tuple(self.progress.runs[cell.id] for cell in solutions if cell.id in self.progress.runs),
            found=self._found({cell.id for cell in before if cell.role in ("solution", "student")}, sheet.forbidden),
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

    def _found(self, of_cells: set[str], forbidden: Sequence[str]) -> tuple[str, ...]:
        if not forbidden:
            return ()
        return tuple(str(found) for found in self._scanned(tuple(forbidden)) if found.cell_id in of_cells)

    def _scanned(self, forbidden: tuple[str, ...]) -> tuple[Found, ...]:
        """One scan serves all exercises that forbid the same names."""
        if forbidden not in self.scans:
            sources = [(cell.id, cell.source) for cell in self.cells if cell.role != "grade"]
            self.scans[forbidden] = tuple(scan(sources, forbidden))
        return self.scans[forbidden]


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
