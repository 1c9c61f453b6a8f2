"""The order of the stages for one submission and for a class.

    submission -> worker -> observation -> verdict -> record -> gradebook, reports

Student code runs in the workers alone. One thread per worker carries a submission through; the gradebook has a single
writer. Whatever goes wrong with one submission, the next one is graded.
"""

from __future__ import annotations

import atexit
import copy
import datetime
import functools
import threading
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Literal, TypeAlias

from autograder import versions
from autograder.cards.card import card_html
from autograder.course.completed import completed_record
from autograder.course.draws import expect, pool_size, present_epoch
from autograder.course.folder import Course, files_of, open_course
from autograder.course.handed_in import handed_in
from autograder.course.settings import Settings
from autograder.grading.questions import Questions
from autograder.integrity.copies import copied
from autograder.integrity.flags import called, flags_of
from autograder.judging import elsewhere, policy, roots
from autograder.judging.follow_through import followed_through, owed_to_earlier
from autograder.language import Language, find, words
from autograder.model import RECORD_VERSION, CellRun, FileBeside, Record, Sheet, Submission, Verdict
from autograder.notebooks.beside import digest, earlier_notebooks
from autograder.notebooks.release import Release
from autograder.notebooks.submission import UNREAD, hash_of, read_submission, unread
from autograder.quiet import quiet_stderr
from autograder.running import devices, ordinary
from autograder.running.asking import Asking, SessionResult
from autograder.running.host import Host, Zygote
from autograder.running.workers import Limits, NoWorkersError
from autograder.running.worlds import run_submission
from autograder.sheets import fingerprints, release, seeds, standing
from autograder.sheets.maker import SheetMaker
from autograder.sheets.seeds import FIRST, Draw

_Status: TypeAlias = Literal["graded", "unreadable", "grader_fault"]
ROUND = "1"


@dataclass(frozen=True)
class Options:
    """How to grade. workers: processes that run submissions at the same time; None: as many as the host has room for.
    pool: how many draws of secret cases there are, at most. device, gpu_memory, follow_through: see `Settings`."""

    workers: int | None = None
    sandbox: str = "full"
    limits: Limits = Limits()  # noqa: RUF009 - frozen
    grading_round: str = ROUND
    device: str = Settings.device
    gpu_memory: float = Settings.gpu_memory
    pool: int = Settings.pool
    follow_through: float = Settings.follow_through
    backend: str = Settings.backend

    @classmethod
    def of(cls, settings: Settings) -> Options:
        """As a course's settings say."""
        return cls(
            settings.workers,
            settings.sandbox,
            settings.limits(),
            device=settings.device,
            gpu_memory=settings.gpu_memory,
            pool=settings.pool,
            follow_through=settings.follow_through,
            backend=settings.backend,
        )

    def zygote(self, private: Sequence[Path]) -> Zygote:
        """The fork server that this needs, not started yet.

        Raises:
            autograder.running.devices.DeviceError: the device cannot be had here.
        """
        gpu, memory = devices.find(self.device), round(self.gpu_memory * 2**30)
        return Zygote(self.sandbox, backend=self.backend, private=private, gpu=gpu, gpu_memory=memory)


@dataclass(frozen=True)
class Graded:
    """A submission with its record and what its cells printed. `cards`: grade cell id -> HTML."""

    submission: Submission
    record: Record
    runs: tuple[CellRun, ...]
    cards: Mapping[str, str]


class Grader:
    """Everything that is made once for a class and a notebook: the release, the sheets, the warm fork server (one that
    serves several assignments may be given, and a maker of sheets too; it starts when it is first needed).

    notebook: by default the one of the assignment's name.

    Raises (on construction):
        autograder.notebooks.release.ReleaseError: the assignment has no source notebook, or no release.
        autograder.sheets.oracle.GraderFault: the witnesses disagree; where sheets are made later, grading raises it.
        autograder.running.sandbox.SandboxError: the wanted sandbox cannot be had here.
        autograder.running.devices.DeviceError: nor can the device.
        autograder.versions.VersionError: a library has a version that does not work.
    """

    def __init__(
        self,
        course: Course,
        assignment: str,
        options: Options | None = None,
        zygote: Host | None = None,
        maker: SheetMaker | None = None,
        *,
        notebook: str | None = None,
    ) -> None:
        versions.require()
        self.course = course
        self.language = find(course.language)
        self.assignment = assignment
        self.options = options or Options.of(course.settings)
        self.release: Release = course.release(assignment, notebook)
        self._earlier = standing.earlier(self.release.exercises)
        self._own_zygote = zygote is None
        self._maker = maker
        self._secret: Mapping[str, Sheet] = {}
        self._draw = FIRST
        self._expected: Mapping[str, tuple[str, int]] = {}
        self._secret_of: dict[Draw, Future[Mapping[str, Sheet]]] = {}
        self._choosing, self._making = threading.Lock(), threading.Lock()
        self._standing: dict[tuple[str, tuple[str, ...], Draw], Sheet] = {}
        self._standing_lock = threading.Lock()
        self._zygote: Host = zygote or self.options.zygote(course.private)
        try:
            self._course_secret = seeds.read_secret(course.root)
            self._epoch = present_epoch(course, assignment)
            self._pool = pool_size(course, assignment, self.options.pool)
            with ThreadPoolExecutor(1) as starter:
                # A fork server of its own imports its libraries on one core while sheets are made on the other.
                started = starter.submit(self.start) if zygote is None else None
                if maker is None and self._pool == 1:
                    self._sheets_of(Draw(self._epoch))
            if started is not None:
                started.result()
            public = release.public_sheets(course.path("source", ".", assignment), assignment, self.release.exercises)
            # Evidence is of what costs points.
            self._public = {name: replace(sheet, advice=()) for name, sheet in public.items()}
        except BaseException:
            self.close()
            raise
        made_by = {"sheets": fingerprints.sheets()[:16], "judging": fingerprints.judging()[:16]}
        self.versions = fingerprints.versions() | fingerprints.version_of(self.options.backend) | made_by
        self._asked = {cell.id: cell.exercise for cell in self.release.cells if cell.exercise}

    def __enter__(self) -> Grader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> None:
        """Start the fork server, if it does not run.

        Raises:
            autograder.running.sandbox.SandboxError: the wanted sandbox cannot be had here.
            autograder.running.devices.DeviceError: workers cannot compute on the GPU.
            autograder.running.workers.ZygoteError: the process did not start.
        """
        self._zygote.start()

    def close(self) -> None:
        """End the fork server, unless it was given by the caller."""
        if self._own_zygote:
            self._zygote.close()

    # ------------------------------------------------------------------------------------------------ secret sheets

    def sheets_for(self, student: str, sha256: str) -> tuple[Draw, Mapping[str, Sheet]]:
        """Which of the secret cases a submission is asked: the draw, and its sheets by exercise. The very same
        submission is asked the same again; after any change, mostly others. They are made when they are first needed.

        Raises:
            autograder.sheets.oracle.GraderFault: the witnesses disagree, or the process that makes sheets ended.
        """
        record = completed_record(self.course, self.assignment, student, self.release.notebook)
        if record is not None and record.sha256 == sha256 and record.seed == self.seed_of(record):
            draw = Draw(record.epoch, record.index)
        else:
            known, since = self._expected.get(student, ("", 0))
            epoch = since if known == sha256 else self._epoch
            draw = seeds.drawn_for(self._course_secret, self.assignment, student, sha256, epoch=epoch, pool=self._pool)
        return draw, self._sheets_of(draw)

    def expect(self, handed_in: Mapping[str, str]) -> None:
        """Note what is to be graded in this run, student -> hash of the submission, see `draws.expect`."""
        self._expected = expect(self.course.root, self.assignment, self.release.notebook, handed_in, self._epoch)

    def seed_of(self, record: Record) -> str:
        """The commitment that a record of its draw has."""
        if not self.release.exercises:
            return ""
        return seeds.commitment(self._course_secret, self.options.grading_round, Draw(record.epoch, record.index))

    def look_for_feedback(self) -> None:
        """Ask from a new pool from now on, if feedback was published since."""
        self._epoch = present_epoch(self.course, self.assignment)

    def _sheets_of(self, draw: Draw) -> Mapping[str, Sheet]:
        with self._choosing:
            known = self._secret_of.get(draw)
            made = known or self._secret_of.setdefault(draw, Future())
        if known is None:
            try:
                made.set_result(self._made(draw))
            except BaseException as error:
                with self._choosing:
                    del self._secret_of[draw]  # who asks next tries again
                made.set_exception(error)
        return made.result()

    def _made(self, draw: Draw) -> dict[str, Sheet]:
        wanted = (self.course.root, self.assignment, self.release.exercises, self.options.grading_round, draw)
        if self._maker is not None:
            self._maker.make(*wanted).result()
            return release.secret_sheets(*wanted)
        with self._making, quiet_stderr():  # Keras keeps settings for the whole process
            return release.secret_sheets(*wanted)

    def _apart(self, exercise: str, names: tuple[str, ...]) -> Sheet:
        """The secret sheet of this draw with stand-ins for these parts; made when it is first needed."""
        model = standing.trained_again(self._secret[exercise], names)
        if model is not None:
            return model
        wanted = exercise, names, self._draw
        with self._standing_lock:
            if wanted not in self._standing:
                self._standing[wanted] = standing.secret_sheet(
                    exercise, names, self._course_secret, self.options.grading_round, self._draw
                )
            return self._standing[wanted]

    def _apart_in_public(self, sheet: Sheet) -> Sheet:
        """The public sheet with stand-ins for the same parts."""
        model = standing.trained_again(self._public[sheet.exercise], sheet.replaced)
        if model is not None:
            return model
        with self._standing_lock:
            return standing.public_sheet(sheet.exercise, sheet.replaced)

    def _asking(self, draw: Draw, sheets: Mapping[str, Sheet]) -> Grader:
        """This grader as it asks one submission."""
        asking = copy.copy(self)
        asking._draw, asking._secret = draw, sheets
        return asking

    @property
    def _seed(self) -> str:
        return next((sheet.seed for sheet in self._secret.values()), "")

    # ------------------------------------------------------------------------------------------------------ grading

    def grade(self, path: Path, student: str) -> Graded:
        """Grade one notebook. Never raises for what a submission does; a fault of the grader becomes a record that
        says so.

        Raises:
            autograder.sheets.oracle.GraderFault: there is nothing to ask, see `sheets_for`.
            autograder.running.workers.NoWorkersError: there is nowhere to run it.
        """
        started = time.monotonic()
        stamp = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        submission, fault = self.read_or_fault(path, student)
        asking = self._asking(*self.sheets_for(student, submission.sha256))
        try:
            if fault is not None:
                raise fault
            graded = asking._graded(submission, stamp)
        except NoWorkersError:
            raise
        except Exception as error:
            verdicts = asking._faults(submission, error)
            record = asking._record(submission, stamp, verdicts, "grader_fault", self.options.sandbox)
            graded = Graded(submission, record, (), _cards(verdicts, self.language))
        seconds = {**graded.record.seconds, "total": round(time.monotonic() - started, 3)}
        found = handed_in(self.course.path("submitted", student, self.assignment))
        return replace(graded, record=replace(graded.record, seconds=seconds, flags=graded.record.flags + found.flags))

    def _graded(self, submission: Submission, stamp: str) -> Graded:
        result = self._run(submission)
        verdicts = self._verdicts(submission, result)
        if not submission.unreadable:
            verdicts = elsewhere.told(submission, roots.with_roots(submission, verdicts))
        verdicts = self._in_order(verdicts, self._tests(submission, result))
        status: _Status = "unreadable" if submission.unreadable else "graded"
        record = self._record(submission, stamp, verdicts, status, result.sandbox)
        tested = (cell for cell in submission.cells if cell.id in result.tests)
        unseen = tuple(line for cell in tested for line in ordinary.unseen(cell, result.tests[cell.id]))
        missing = tuple(
            words("{file} could not be put beside the notebook: {why}", file=name, why=why)
            for name, why in result.left_out.items()
        )
        record = replace(record, notes=(*record.notes, *missing))
        record = replace(
            record, seconds=dict(result.seconds),
            flags=(
                *flags_of(submission), *copied(submission), *unseen,
                *called(verdicts, result.reached_while_asked, self._public),
            ),
        )  # fmt: skip
        shown = tuple(test.shown for test in result.tests.values() if test.shown is not None)
        return Graded(submission, record, (*result.runs, *shown), _cards(verdicts, self.language))

    def _record(
        self, submission: Submission, stamp: str, verdicts: tuple[Verdict, ...], status: _Status, sandbox: str
    ) -> Record:
        points, possible = policy.total(verdicts)
        return Record(
            version=RECORD_VERSION,
            assignment=self.assignment,
            student=submission.student,
            notebook=submission.notebook,
            status=status,
            points=points,
            max_points=possible,
            verdicts=verdicts,
            notes=((submission.unreadable,) if submission.unreadable else ()) + submission.notes,
            sha256=submission.sha256,
            seed=self._seed,
            epoch=self._draw.epoch,
            index=self._draw.index,
            sandbox=sandbox,
            device=self.options.device,
            backend=self.options.backend,
            versions=self.versions,
            started=stamp,
            seconds={},
            by_hand=ordinary.by_hand(submission, verdicts),
        )

    def _tests(self, submission: Submission, result: SessionResult) -> tuple[Verdict, ...]:
        """The verdicts of the ordinary tests."""
        found = []
        for cell in submission.cells:
            notes = tuple(submission.cell_notes.get(cell.id, ()))
            if cell.is_test and submission.unreadable:
                found.append(ordinary.unreadable(cell, submission.unreadable))
            elif cell.is_test:
                found.append(ordinary.judge(cell, result.tests[cell.id], notes))
        return tuple(found)

    def _in_order(self, *verdicts: tuple[Verdict, ...]) -> tuple[Verdict, ...]:
        """Verdicts in the order of the release."""
        places = {cell.id: place for place, cell in enumerate(self.release.cells)}
        return tuple(sorted((one for some in verdicts for one in some), key=lambda one: places[one.cell_id]))

    def grade_class(self, submissions: Mapping[str, Path]) -> Iterator[Graded]:
        """Grade student -> notebook, several at a time; yields each as it is done. Raises what `grade` does."""
        for student, path in submissions.items():
            # What is wrong with the sheets is said before anybody is graded.
            self.sheets_for(student, self.hash_of(path))
            break
        waiting = iter(submissions.items())
        with ThreadPoolExecutor(max(1, len(submissions)), thread_name_prefix="grader") as pool:
            running: set[Future[Graded]] = set()
            done: set[Future[Graded]] = set()
            while True:
                # Only as many as there are workers are in flight, so that memory does not grow with the class; and
                # they have their next submission before the caller stores what is done.
                workers = self._zygote.workers(self.options.workers)
                while len(running) < workers and (item := next(waiting, None)) is not None:
                    student, path = item
                    running.add(pool.submit(self.grade, path, student))
                for future in done:
                    yield future.result()
                if not running:
                    return
                done, running = wait(running, return_when=FIRST_COMPLETED)

    def read_or_fault(self, path: Path, student: str) -> tuple[Submission, Exception | None]:
        """The submission; where reading it is a fault of the grader, one that holds nothing, and the fault."""
        try:
            return self.read(path, student), None
        except Exception as error:
            why = words("{file} could not be read: {why}.", file=path.name, why=type(error).__name__)
            return unread(student, self.release, why), error

    def hash_of(self, path: Path) -> str:
        """The hash of the submission that `read_or_fault` would give, without a look into the notebook."""
        try:
            return digest(hash_of(path), self._beside(path))
        except Exception:
            return UNREAD

    def _beside(self, path: Path) -> tuple[FileBeside, ...]:
        files = files_of(self.course, self.assignment, path.parent).seen_by_code
        return files + earlier_notebooks(path, self._earlier)

    def read(self, path: Path, student: str) -> Submission:
        """The submission as it would be run, with the files beside it."""
        submission = read_submission(path, student, self.release)
        files = self._beside(path)
        submission = replace(submission, files=files, sha256=digest(submission.sha256, files))
        folder = self.course.path("submitted", student, self.assignment)
        if path.parent == folder or not path.is_relative_to(folder):
            return submission
        note = words("The file lies in the folder {folder}; it was expected outside.", folder=path.parent.name)
        return replace(submission, notes=(note, *submission.notes))

    def _run(self, submission: Submission) -> SessionResult:
        more = Questions(submission, self._secret, self._public, self._apart, self.options.follow_through)
        asked = {} if submission.unreadable else self._asked
        asking = Asking(
            {cell_id: self._secret[exercise] for cell_id, exercise in asked.items()},
            follow_up=more.in_public, probing=more.probes, reading=policy.other_reading, better=policy.better,
            passed=more.passed, own=policy.own_to_ask, right=policy.case_right,
            apart=more.apart, apart_in_public=self._apart_in_public,
        )  # fmt: skip
        return run_submission(self._zygote, submission, asking, self.options.limits)

    def _verdicts(self, submission: Submission, result: SessionResult) -> tuple[Verdict, ...]:
        verdicts = []
        for cell_id, exercise in self._asked.items():
            sheet = self._secret[exercise]
            if submission.unreadable:
                verdicts.append(policy.unreadable(sheet, cell_id, submission.unreadable))
            else:
                verdicts.append(self._verdict(submission, cell_id, result, verdicts))
        return tuple(verdicts)

    def _verdict(
        self, submission: Submission, cell_id: str, result: SessionResult, before: Sequence[Verdict]
    ) -> Verdict:
        exercise = self._asked[cell_id]
        notes = tuple(submission.cell_notes.get(cell_id, ()))
        shown = result.follow_ups.get(cell_id)
        public = (self._public[exercise], shown) if shown is not None else None
        verdict = policy.judge(
            self._secret[exercise], result.observations[cell_id], cell_id, public=public, notes=notes
        )
        if verdict.status != "passed" and shown is not None and cell_id in result.in_decoys:
            sheet, reached = self._public[exercise], result.reached[cell_id]
            verdict = policy.delegated(verdict, sheet, shown, result.in_decoys[cell_id], reached)
        apart = result.apart.get(cell_id)
        if apart is None:
            return verdict
        parts = owed_to_earlier(apart.sheet.stand_ins, before)
        blameless = all(part.assignment for part in parts)
        if verdict.status == "forbidden" and not blameless:
            return verdict
        public = (apart.public, apart.shown) if apart.public is not None and apart.shown is not None else None
        if public is not None and apart.in_decoys is not None:
            found = policy.delegated(verdict, *public, apart.in_decoys, result.reached[cell_id])
            if found.status == "forbidden":
                return found
        by_itself = policy.judge(apart.sheet, apart.observation, cell_id, public=public, notes=notes)
        if verdict.status == "forbidden" and by_itself.status != "passed":
            return verdict
        return followed_through(verdict, by_itself, parts, 1.0 if blameless else self.options.follow_through)

    def _faults(self, submission: Submission, error: Exception) -> tuple[Verdict, ...]:
        trace = "".join(traceback.format_exception(error))
        asked = tuple(
            policy.grader_fault(self._secret[exercise], cell_id, trace) for cell_id, exercise in self._asked.items()
        )
        return self._in_order(
            asked, tuple(ordinary.grader_fault(cell, trace) for cell in submission.cells if cell.is_test)
        )


def _cards(verdicts: tuple[Verdict, ...], spoken: Language) -> dict[str, str]:
    return {verdict.cell_id: card_html(verdict, spoken) for verdict in verdicts}


def grade_one(
    course_dir: Path, assignment: str, notebook: str, student: str, notebook_path: Path, settings: Settings
) -> tuple[Record, tuple[CellRun, ...], Mapping[str, str]]:
    """Grade one notebook for nbgrader's own commands, with one warm grader for all submissions of a run."""
    grader = _shared_grader(course_dir.resolve(), assignment, notebook, settings)
    grader.look_for_feedback()  # the formgrader's process may have published some meanwhile
    graded = grader.grade(notebook_path, student)
    return graded.record, graded.runs, graded.cards


@functools.lru_cache(maxsize=16)
def _shared_grader(course_dir: Path, assignment: str, notebook: str, settings: Settings) -> Grader:
    options = Options.of(settings)
    course = open_course(course_dir)
    return Grader(course, assignment, options, _shared_zygote(course.private, options), notebook=notebook)


@functools.lru_cache(maxsize=4)
def _shared_zygote(private: tuple[Path, ...], options: Options) -> Zygote:
    zygote = options.zygote(private)
    zygote.start()
    atexit.register(zygote.close)
    return zygote
