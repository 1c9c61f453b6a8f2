"""`autograder grade`: every submission of every assignment; each is stored as it is done, and pages at the end."""

from __future__ import annotations

import contextlib
import gc
import importlib.util
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from autograder.commands.refusals import EXPECTED_ERRORS, WHOLE_DISK, refused, said, show
from autograder.commands.report import ReportsAhead, in_words, penalties, standings_of, told_misplaced, write_reports

if TYPE_CHECKING:
    from autograder.course.feedback_writer import FeedbackWriter

from autograder.cards.console import console as make_console
from autograder.cards.text import clean
from autograder.course.assignments import ensure_assignment
from autograder.course.completed import feedback_is_current, record_path
from autograder.course.database import GradebookError, GradebookUnusableError
from autograder.course.draws import all_graded, expected_path, pool_size, present_epoch
from autograder.course.folder import Course, grading_lock, open_course, private_folders, read_config
from autograder.course.gradebook import ClassGradebook
from autograder.course.handed_in import UNKNOWN
from autograder.course.records import RecordError, in_json
from autograder.course.settings import Settings, SettingsError
from autograder.course.settled import Look, Settled, nothing_new, settled
from autograder.course.standings import standings
from autograder.grading.pipeline import Grader, Options
from autograder.integrity import copies
from autograder.language import ENGLISH, Language, find
from autograder.model import Misplaced, Record, Standing
from autograder.notebooks.release import ReleaseError
from autograder.report import pages, terminal
from autograder.running.cluster import MOST_SEATS, Cluster
from autograder.running.devices import CPU, DeviceError
from autograder.running.host import Host
from autograder.running.workers import NoWorkersError
from autograder.sheets import fingerprints
from autograder.sheets.maker import SheetMaker
from autograder.sheets.seeds import Draw


@dataclass(frozen=True)
class _Outcome:
    """What grading one assignment gave. kept: students whose grade stood already."""

    records: tuple[Record, ...]
    kept: int
    failures: tuple[str, ...]
    notes: tuple[str, ...] = ()


def grade(
    course_dir: Path,
    assignments: tuple[str, ...],
    *,
    student: str | None = None,
    force: bool = False,
    feedback: bool = True,
    as_json: bool = False,
    dask: str | None = None,
    **changed: Any,
) -> int:
    """submitted/ -> gradebook, autograded/, feedback/, reports/; see `autograder grade --help`.

    dask: address of a scheduler on whose machines submissions run; None: they run here.
    changed: what is different from the course's settings for this run, see `autograder.course.settings.Settings`.
    """
    console = make_console(stderr=as_json)
    if refused(console):
        return 1
    try:
        config = read_config(course_dir)
        options = Options.of(Settings.of(config).but(**changed))
    except (GradebookError, SettingsError) as error:
        console.print(str(error), style="red", markup=False)
        return 2
    asked = _asked(config, options, assignments, feedback=feedback)
    if not force and student is None and (noted := settled(course_dir, asked)) is not None:
        with contextlib.suppress(OSError, RecordError):
            return _told_again(noted, console, as_json=as_json)
    try:
        chosen = _host(dask, options, private_folders(course_dir, config))
        chosen.workers(options.workers)
    except DeviceError as error:
        console.print(str(error), style="red", markup=False)
        return 2
    with (
        contextlib.ExitStack() as stack,
        _starter() as starter,
        contextlib.closing(chosen) as host,
        contextlib.closing(SheetMaker()) as maker,
    ):
        # They import their libraries while this process imports nbgrader; what is wrong with them comes again from the
        # grader, which starts them when nobody has.
        needed = force or dask is not None or options.device != CPU or not nothing_new(course_dir, asked)
        started = starter.submit(host.start if needed else _nothing)
        if not any((course_dir / ".gatebook" / "sheets").glob("*")):
            maker.start()
        with _no_garbage():
            course = open_course(course_dir, config)
        if options.device != CPU:
            try:
                started.result()
            except DeviceError as error:
                console.print(str(error), style="red", markup=False)
                return 2
        look = Look(course, asked)
        try:
            names = assignments or _with_submissions(course)
        except OSError as error:
            show(console, f"The submissions cannot be listed: {said(error)}")
            return 1
        lost = told_misplaced(course, student, assignments)
        for one in lost:
            console.print(clean(f"{one.path}: {one.said}"), style="yellow", markup=False, highlight=False)
        if not names:
            folder = course.path("submitted", "<student>", "<assignment>")
            console.print(f"There is nothing to grade: no submissions in {folder}.", markup=False, highlight=False)
            return 2
        if isinstance(host, Cluster) and not _joined(host, started, console):
            return 1
        exercises: dict[str, tuple[str, ...]] = {}
        for name in names:
            with contextlib.suppress(Exception):  # said when its turn comes
                exercises[name] = course.exercises(name)
        if not assignments:
            # The sheets of the smallest are ready first; those of the others are made while it is graded.
            names = tuple(sorted(names, key=lambda name: len(exercises.get(name, ()))))
        ahead: dict[str, list[Future[None]]] = {name: [] for name in names}
        for name in names:
            if name in exercises:
                with contextlib.suppress(Exception):  # said when its turn comes
                    for draw in _draws_ahead(course, name, options):
                        made = maker.make(course.root, name, exercises[name], options.grading_round, draw)
                        ahead[name].append(made)
        failures: list[str] = []
        documents: list[Record] = []
        left: list[str] = []
        reports = stack.enter_context(contextlib.closing(ReportsAhead(course, names)))
        for name in names:
            try:
                outcome = _grade_assignment(
                    course,
                    name,
                    options,
                    host,
                    maker,
                    ahead[name],
                    reports,
                    student=student,
                    force=force,
                    feedback=feedback,
                    console=console,
                )
            except Exception as error:
                failures.append(f"{name}: {said(error)}")
                show(console, failures[-1])
                if isinstance(error, NoWorkersError):
                    break
                continue
            failures += outcome.failures
            documents += outcome.records
            left += outcome.notes
            for failure in outcome.failures:
                show(console, failure)
            for note in outcome.notes:
                console.print(clean(note), style="dim", markup=False, highlight=False)
            if not as_json:
                _show_class(outcome.records, outcome.kept, standings_of(course, name), console)
        starter.submit(host.close)  # it takes its time to end
        page = None
        found: tuple[Standing, ...] = ()
        try:
            with terminal.waiting(console, "Writing the reports"), _no_garbage(stays=False):
                reports.wait()
                gradebook = look.gradebook()
                found = standings(course)
                page = write_reports(course, found, documents)
        except EXPECTED_ERRORS as error:
            failures.append(f"The grades are stored, but not the reports: {said(error)}")
            show(console, failures[-1])
    _show_end(documents, [one for one in found if one.assignment in names], failures, lost, page, console, as_json)
    faults = any(record.status == "grader_fault" for record in documents)
    if student is None and page is not None and not (failures or faults or left or lost):
        look.note(documents, [one for one in found if one.assignment in names], page, gradebook)
    return 1 if failures or faults else 0


def _nothing() -> None:
    """Start nothing."""


def _asked(config: Mapping[str, Any], options: Options, assignments: tuple[str, ...], *, feedback: bool) -> str:
    """Everything beside files that a run depends on."""
    surroundings = {name: os.environ.get(name) for name in ("KERAS_BACKEND", "GATEBOOK_LANGUAGE", "PYTHONPATH")}
    return repr((config, options, assignments, feedback, surroundings, _versions(options)))


def _versions(options: Options) -> dict[str, str]:
    return fingerprints.versions() | fingerprints.version_of(options.backend)


def _told_again(noted: Settled, console: Console, *, as_json: bool) -> int:
    """Show what stands since the last run."""
    records = noted.records()
    if not as_json:
        for name in dict.fromkeys(record.assignment for record in records):
            mine = [record for record in records if record.assignment == name]
            _show_class(mine, len(mine), [one for one in noted.standings if one.assignment == name], console)
    _show_end(records, noted.standings, (), (), Path(noted.page), console, as_json)
    return 0


def _show_class(records: Sequence[Record], kept: int, found: Sequence[Standing], console: Console) -> None:
    if kept:
        console.print(told_kept(kept))
    terminal.class_table(records, console, found)


def _show_end(
    records: Sequence[Record],
    found: Sequence[Standing],
    failures: Sequence[str],
    lost: Sequence[Misplaced],
    page: Path | None,
    console: Console,
    as_json: bool,
) -> None:
    """Say where the reports are; or, for machines, everything."""
    if as_json:
        document = {
            "records": records, "penalties": penalties(found), "failures": failures, "misplaced": in_words(lost),
        }  # fmt: skip
        sys.stdout.buffer.write(in_json(document) + b"\n")
    elif page is not None:
        console.print(f"Reports: {page}", markup=False, soft_wrap=True)


def _host(dask: str | None, options: Options, private: Sequence[Path]) -> Host:
    """Where submissions run.

    Raises:
        DeviceError: the device cannot be had there.
    """
    if dask is None:
        return options.zygote(private)
    if options.device != CPU:
        raise DeviceError("The machines of a cluster compute on their CPUs.")
    return Cluster(dask, options.sandbox, private=private, most=options.workers or MOST_SEATS)


def _joined(cluster: Cluster, started: Future[None], console: Console) -> bool:
    """Whether there is a machine to run submissions on; what is wrong with others is said."""
    with terminal.waiting(console, f"Waiting for the machines of {cluster.address}"):
        error = started.exception()
    if error is not None:
        show(console, said(error))
        return False
    for why in cluster.refused.values():
        console.print(clean(why), style="yellow", markup=False, highlight=False)
    return True


@contextlib.contextmanager
def _starter() -> Iterator[ThreadPoolExecutor]:
    """A thread for what is made ready beside; what it has not begun by the end nobody waits for."""
    pool = ThreadPoolExecutor(1)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


@contextlib.contextmanager
def _no_garbage(*, stays: bool = True) -> Iterator[None]:
    """For what makes much that is no garbage: nobody looks through it meanwhile, nor later if it stays, as modules
    do."""
    gc.disable()
    try:
        yield
    finally:
        if stays:
            gc.freeze()
        gc.enable()


def told_kept(number: int) -> str:
    """How many submissions were not graded again, in a sentence."""
    if number == 1:
        return "1 unchanged submission kept its grade; --force grades it again."
    return f"{number} unchanged submissions kept their grade; --force grades them again."


def _with_submissions(course: Course) -> tuple[str, ...]:
    """Assignments of the course that somebody has submitted."""
    source = course.path("source", ".", "x").parent
    names = sorted({path.parent.name for path in source.glob("*/*.ipynb") if not path.name.startswith(".")})
    return tuple(name for name in names if course.submissions(name))


def _draws_ahead(course: Course, name: str, options: Options) -> tuple[Draw, ...]:
    """The draws of secret cases that are surely asked for when an assignment is graded."""
    waiting: set[str] = set()
    for notebook in course.notebooks(name):
        if expected_path(course.root, name, notebook).exists():
            return ()  # a run was broken off: it goes on with what it had
        for submitted in course.submissions(name, notebook=notebook):
            record = record_path(course, name, submitted.student, notebook)
            if not record.exists() or record.stat().st_mtime < submitted.path.stat().st_mtime:
                waiting.add(submitted.student)
    pool = pool_size(course, name, options.pool)
    if not waiting or (pool > 1 and len(waiting) < 2 * pool):
        return ()
    epoch = present_epoch(course, name)
    return tuple(Draw(epoch, index) for index in range(pool))


def _grade_assignment(
    course: Course,
    name: str,
    options: Options,
    host: Host,
    maker: SheetMaker,
    ahead: Sequence[Future[None]],
    reports: ReportsAhead,
    *,
    student: str | None,
    force: bool,
    feedback: bool,
    console: Console,
) -> _Outcome:
    """ahead: the sheets of secret questions that are being made already. reports: gets what is graded."""
    if not course.submissions(name, student):
        who = f" by {student!r}" if student else ""
        raise ReleaseError(f"there is no submission{who} in {course.path('submitted', student or '*', name)}.")
    outcomes = []
    with contextlib.ExitStack() as stack:
        stack.enter_context(grading_lock(course, name))
        with terminal.waiting(console, f"Opening the gradebook for {name}"), _no_garbage():
            ensure_assignment(course, name)  # the sheets are made meanwhile
            from autograder.course.feedback_writer import FeedbackWriter

            notebooks = course.notebooks(name)
            writer = stack.enter_context(contextlib.closing(FeedbackWriter(course, name))) if feedback else None
        for notebook in notebooks:
            # A page of feedback is of a notebook, and nbgrader writes those of a submission together.
            last = writer if notebook == notebooks[-1] else None
            grader = stack.enter_context(Grader(course, name, options, host, maker, notebook=notebook))
            if ahead:
                with terminal.waiting(console, f"Making secret questions for {name}"):
                    wait(ahead, return_when=FIRST_COMPLETED)  # what went wrong is said by the grader
            outcomes.append(_grade_notebook(grader, last, reports, student=student, force=force, console=console))
        with contextlib.suppress(OSError, ValueError):  # else it is found out when somebody is graded next
            if student is None:
                all_graded(course.root, name)
            if feedback:
                present_epoch(course, name)
    return _Outcome(
        tuple(record for one in outcomes for record in one.records),
        sum(one.kept for one in outcomes),
        tuple(failure for one in outcomes for failure in one.failures),
        tuple(note for one in outcomes for note in one.notes),
    )


def _grade_notebook(
    grader: Grader,
    writer: FeedbackWriter | None,
    reports: ReportsAhead,
    *,
    student: str | None,
    force: bool,
    console: Console,
) -> _Outcome:
    """Grade one notebook of an assignment for everybody."""
    course, name, notebook = grader.course, grader.assignment, grader.release.notebook
    what = name if notebook == name else f"{name}/{notebook}"
    found = course.submissions(name, student, notebook)
    records: dict[str, Record] = {}
    failures: list[str] = []
    notes: list[str] = []
    paths = {submitted.student: submitted.path for submitted in found}
    with ClassGradebook(course, name) as gradebook:
        with terminal.waiting(console, f"Reading the submissions of {what}"):
            handed_in: dict[str, str] = {}
            if not force:
                gradebook.read_ahead(student)
            for who, path in list(paths.items()):
                sha256, record = grader.hash_of(path), None
                if not force:
                    record = gradebook.up_to_date(who, notebook, sha256, seed=grader.seed_of, versions=grader.versions)
                if record is None:
                    handed_in[who] = sha256
                    continue
                records[who] = record
                del paths[who]
                try:
                    records[who] = gradebook.refresh(record)
                except Exception as error:
                    if isinstance(error, GradebookUnusableError) or getattr(error, "errno", None) in WHOLE_DISK:
                        raise
                    failures.append(f"{what}, {who}: the late penalty was not renewed: {said(error)}")
            grader.expect(handed_in)
            kept = len(records)
            if writer is not None:
                failures += _untold(
                    what, writer.write(who for who in records if not feedback_is_current(course, name, who))
                )
        if paths:
            reports.begin(name, len(paths))
            with terminal.waiting(console, "Starting the sandbox"):
                with _no_garbage():
                    _make_ready(find(course.language))
                grader.start()
        grading: Any = grader.grade_class(paths)
        with terminal.progress(console, f"Grading {what}", len(paths)) as advance, contextlib.closing(grading):
            for graded in grading:
                who = graded.record.student
                try:
                    left_out = gradebook.write_record(
                        graded.record,
                        graded.submission,
                        graded.runs,
                        graded.cards,
                        submission_path=paths[who],
                    )
                except Exception as error:
                    if isinstance(error, GradebookUnusableError) or getattr(error, "errno", None) in WHOLE_DISK:
                        raise
                    failures.append(f"{what}, {who}: graded, but not written: {said(error)}")
                else:
                    records[who] = graded.record
                    # The next submissions are running meanwhile.
                    failures += _untold(what, writer.write([who])) if writer is not None else []
                    reports.add(graded.record, gradebook)
                    if left_out:
                        notes.append(f"{what}, {who}: not copied to autograded/: {_few(left_out)}.")
                advance(who)
    for who, record in sorted(records.items()):
        failures += _not_judged(what, who, record)
        notes += [
            f"{what}, {who}: {UNKNOWN[0].lower()}{UNKNOWN[1:]}: {flag.partition(': ')[2]}. Write the time there, like "
            "2026-11-20 10:00:00 UTC, and grade again."
            for flag in record.flags
            if flag.startswith(f"{UNKNOWN}: ")
        ]
    return _Outcome(tuple(records[who] for who in sorted(records)), kept, tuple(failures), tuple(notes))


def _make_ready(language: Language) -> None:
    """Read what is slow the first time, while the fork server imports its libraries on another core."""
    copies.read_libraries()
    pages.read_templates(language)
    importlib.import_module("scipy.sparse")  # for the reports


def _not_judged(what: str, who: str, record: Record) -> list[str]:
    """What of a submission nobody has judged, though it was for the grader to do."""
    if record.status == "grader_fault":
        return [
            f"{what}, {who}: the grader failed, and nothing was judged. Run again; the page of the student says more."
        ]
    return [
        f"{what}, {who}: the test {verdict.cell_id} waits for a person: {ENGLISH.say(verdict.message)}"
        for verdict in record.verdicts
        if verdict.status == "ungraded"
    ]


def _untold(name: str, reasons: Mapping[str, str]) -> list[str]:
    return [f"{name}, {who}: no feedback: {why}" for who, why in reasons.items()]


def _few(items: tuple[str, ...]) -> str:
    return "; ".join(items[:5]) + (f"; and {len(items) - 5} more" if len(items) > 5 else "")
