"""What the instructor's commands do. Each returns the exit code."""

from __future__ import annotations

import contextlib
import errno
import importlib.util
import os
import shutil
import sys
import traceback
import webbrowser
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from rich.console import Console

if TYPE_CHECKING:
    from autograder.nbgrader_steps import FeedbackWriter

from autograder import fingerprints, similarity, versions
from autograder.draws import all_graded, expected_path, pool_size, present_epoch
from autograder.gradebook import (
    ClassGradebook,
    Course,
    GradebookError,
    GradebookUnusableError,
    completed_records,
    ensure_assignment,
    feedback_is_current,
    feedback_writer,
    grading_lock,
    open_course,
    penalties,
    private_folders,
    read_config,
    record_path,
    reports_lock,
)
from autograder.handed_in import UNKNOWN
from autograder.language import ENGLISH, find
from autograder.misplaced import misplaced
from autograder.model import Misplaced, Penalty, Record
from autograder.oracle import GraderFault
from autograder.pipeline import Grader, Options
from autograder.quiet import quiet_stderr
from autograder.report import pages, terminal
from autograder.report.console import console as make_console
from autograder.report.records import printable
from autograder.report.text import clean
from autograder.seeds import Draw
from autograder.settings import Settings, SettingsError
from autograder.sheet_maker import SheetMaker
from autograder.sheets import SheetError
from autograder.submission import ReleaseError
from autograder.worker.host import Zygote, ZygoteError
from autograder.worker.sandbox import SandboxError

EXPECTED_ERRORS = (
    GradebookError,
    GraderFault,
    ReleaseError,
    SandboxError,
    SheetError,
    ZygoteError,
    OSError,
    ValueError,
)
"""What stops an assignment with a message instead of a traceback."""


@dataclass(frozen=True)
class _Outcome:
    """What grading one assignment gave. kept: students whose grade stood already."""

    records: tuple[Record, ...]
    kept: int
    failures: tuple[str, ...]
    notes: tuple[str, ...] = ()


WHOLE_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
"""Errors that the next submission would meet too."""


def _said(error: BaseException) -> str:
    """An error in words that say what to do."""
    text = str(error) or type(error).__name__
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        text += ". Make room on the disk, and run again: what is graded already stays."
    elif isinstance(error, OSError) and error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        text += ". Give yourself the right to write there, and run again: what is graded already stays."
    elif not isinstance(error, EXPECTED_ERRORS):
        text = f"{type(error).__name__}: {text}. This is a fault of Gatebook; please report it with these lines:\n"
        text += "".join(traceback.format_exception(error))
    return text


def _show(console: Console, failure: str) -> None:
    console.print(clean(failure), style="red", markup=False, highlight=False)


def _refused(console: Console) -> bool:
    """Whether a library has a version that does not work, which is said."""
    try:
        versions.require()
    except versions.VersionError as error:
        console.print(str(error), style="red", markup=False, highlight=False, soft_wrap=True)
        return True
    return False


# -------------------------------------------------------------------------------------------------------------- grade


def grade(
    course_dir: Path,
    assignments: tuple[str, ...],
    *,
    student: str | None = None,
    force: bool = False,
    feedback: bool = True,
    as_json: bool = False,
    **changed: Any,
) -> int:
    """submitted/ -> gradebook, autograded/, feedback/, reports/; see `autograder grade --help`.

    changed: what is different from the course's settings for this run, see `autograder.settings.Settings`.
    """
    console = make_console(stderr=as_json)
    if _refused(console):
        return 1
    try:
        config = read_config(course_dir)
        options = Options.of(Settings.of(config).but(**changed))
    except (GradebookError, SettingsError) as error:
        console.print(str(error), style="red", markup=False)
        return 2
    with (
        contextlib.closing(Zygote(level=options.sandbox, private=private_folders(course_dir, config))) as zygote,
        contextlib.closing(SheetMaker()) as maker,
        _starter() as starter,
    ):
        # They import their libraries while this process imports nbgrader; what is wrong with them comes again from the
        # grader.
        starter.submit(zygote.start)
        starter.submit(importlib.import_module, "sklearn.feature_extraction.text")  # for the reports
        if not any((course_dir / ".gatebook" / "sheets").glob("*")):
            maker.start()
        course = open_course(course_dir, config)
        try:
            names = assignments or _with_submissions(course)
        except OSError as error:
            _show(console, f"The submissions cannot be listed: {_said(error)}")
            return 1
        lost = _misplaced(course, student, assignments)
        for one in lost:
            console.print(clean(f"{one.path}: {one.said}"), style="yellow", markup=False, highlight=False)
        if not names:
            folder = course.path("submitted", "<student>", "<assignment>")
            console.print(f"There is nothing to grade: no submissions in {folder}.", markup=False, highlight=False)
            return 2
        exercises: dict[str, tuple[str, ...]] = {}
        for name in names:
            with contextlib.suppress(Exception):  # said when its turn comes
                exercises[name] = course.exercises(name)
        if not assignments:
            # The sheets of the smallest are ready first; those of the others are made while it is graded.
            names = tuple(sorted(names, key=lambda name: len(exercises.get(name, ()))))
        for name in names:
            if name in exercises:
                with contextlib.suppress(Exception):  # said when its turn comes
                    for draw in _draws_ahead(course, name, options):
                        maker.make(course.root, name, exercises[name], options.grading_round, draw)
        failures: list[str] = []
        documents: list[Record] = []
        for name in names:
            try:
                outcome = _grade_assignment(
                    course,
                    name,
                    options,
                    zygote,
                    maker,
                    student=student,
                    force=force,
                    feedback=feedback,
                    console=console,
                )
            except Exception as error:
                failures.append(f"{name}: {_said(error)}")
                _show(console, failures[-1])
                continue
            failures += outcome.failures
            documents += outcome.records
            for failure in outcome.failures:
                _show(console, failure)
            for note in outcome.notes:
                console.print(clean(note), style="dim", markup=False, highlight=False)
            if not as_json:
                terminal.class_table(outcome.records, console, _penalties(course, name))
            waiting = [sum(record.by_hand.values()) for record in outcome.records if record.by_hand]
            if waiting and not as_json:
                console.print(
                    f"{len(waiting)} of {len(outcome.records)} notebooks hold what a person grades, {sum(waiting):g} "
                    "points in all: see `nbgrader formgrader`.",
                    markup=False, highlight=False,
                )  # fmt: skip
            if outcome.kept and not as_json:
                console.print(f"{outcome.kept} unchanged submissions kept their grade; --force grades them again.")
    page = None
    try:
        page = _write_reports(course)
    except EXPECTED_ERRORS as error:
        failures.append(f"The grades are stored, but not the reports: {_said(error)}")
        _show(console, failures[-1])
    if as_json:
        off = [penalty for name in names for penalty in _penalties(course, name)]
        document = printable(
            msgspec.to_builtins(
                {"records": documents, "penalties": off, "failures": failures, "misplaced": _in_words(lost)}
            )
        )
        sys.stdout.buffer.write(msgspec.json.encode(document) + b"\n")
    elif page is not None:
        console.print(f"Reports: {page}", markup=False, soft_wrap=True)
    return 1 if failures or any(record.status == "grader_fault" for record in documents) else 0


@contextlib.contextmanager
def _starter() -> Iterator[ThreadPoolExecutor]:
    """A thread for what is made ready beside; what it has not begun by the end nobody waits for."""
    pool = ThreadPoolExecutor(1)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


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
    zygote: Zygote,
    maker: SheetMaker,
    *,
    student: str | None,
    force: bool,
    feedback: bool,
    console: Console,
) -> _Outcome:
    if not course.submissions(name, student):
        who = f" by {student!r}" if student else ""
        raise ReleaseError(f"there is no submission{who} in {course.path('submitted', student or '*', name)}.")
    outcomes = []
    with contextlib.ExitStack() as stack:
        stack.enter_context(grading_lock(course, name))
        ensure_assignment(course, name)  # the sheets are made meanwhile
        notebooks = course.notebooks(name)
        writer = stack.enter_context(contextlib.closing(feedback_writer(course, name))) if feedback else None
        for notebook in notebooks:
            # A page of feedback is of a notebook, and nbgrader writes those of a submission together.
            last = writer if notebook == notebooks[-1] else None
            grader = stack.enter_context(Grader(course, name, options, zygote, maker, notebook=notebook))
            outcomes.append(_grade_notebook(grader, last, student=student, force=force, console=console))
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
    grader: Grader, writer: FeedbackWriter | None, *, student: str | None, force: bool, console: Console
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
        handed_in: dict[str, str] = {}
        for who, path in list(paths.items()):
            submission, _ = grader.read_or_fault(path, who)
            record = None
            if not force:
                record = gradebook.up_to_date(submission, seed=grader.seed_of, versions=grader.versions)
            if record is None:
                handed_in[who] = submission.sha256
                continue
            records[who] = record
            del paths[who]
            try:
                records[who] = gradebook.refresh(record)
            except Exception as error:
                if isinstance(error, GradebookUnusableError) or getattr(error, "errno", None) in WHOLE_DISK:
                    raise
                failures.append(f"{what}, {who}: the late penalty was not renewed: {_said(error)}")
        grader.expect(handed_in)
        kept = len(records)
        if writer is not None:
            failures += _untold(
                what, writer.write(who for who in records if not feedback_is_current(course, name, who))
            )
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
                    failures.append(f"{what}, {who}: graded, but not written: {_said(error)}")
                else:
                    records[who] = graded.record
                    # The next submissions are running meanwhile.
                    failures += _untold(what, writer.write([who])) if writer is not None else []
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


def _misplaced(course: Course, student: str | None = None, assignments: tuple[str, ...] = ()) -> tuple[Misplaced, ...]:
    """What lies in `submitted/` and belongs to no submission."""
    notebooks: dict[str, set[str]] = {}
    for step in ("source", "release"):
        for path in course.path(step, ".", "x").parent.glob("*/*.ipynb"):
            notebooks.setdefault(path.parent.name, set()).add(path.name)
    return misplaced(
        course.root,
        notebooks,
        student=student,
        assignments=assignments,
        folder=course.directory.submitted_directory,
    )


def _in_words(lost: Iterable[Misplaced]) -> list[Misplaced]:
    return [replace(one, said=str(one.said)) for one in lost]


def _penalties(course: Course, name: str) -> tuple[Penalty, ...]:
    """Of an assignment; none where the gradebook cannot be read, which is said with the reports."""
    with contextlib.suppress(GradebookError):
        return penalties(course, name)
    return ()


def _untold(name: str, reasons: Mapping[str, str]) -> list[str]:
    return [f"{name}, {who}: no feedback: {why}" for who, why in reasons.items()]


def _few(items: tuple[str, ...]) -> str:
    return "; ".join(items[:5]) + (f"; and {len(items) - 5} more" if len(items) > 5 else "")


# ------------------------------------------------------------------------------------------------------------- report


def report(course_dir: Path, *, as_json: bool = False) -> int:
    """Pages from stored records."""
    console = make_console(stderr=as_json)
    try:
        course = open_course(course_dir)
    except GradebookError as error:
        console.print(str(error), style="red", markup=False)
        return 2
    try:
        page = _write_reports(course)
    except EXPECTED_ERRORS as error:
        _show(console, f"The reports cannot be written: {_said(error)}")
        return 1
    if page is None:
        console.print(f"There are no graded submissions in {course.root}; run `autograder grade` first.", markup=False)
        return 2
    if as_json:
        document = printable(
            msgspec.to_builtins(
                {
                    "records": completed_records(course),
                    "penalties": penalties(course),
                    "misplaced": _in_words(_misplaced(course)),
                }
            )
        )
        sys.stdout.buffer.write(msgspec.json.encode(document) + b"\n")
    else:
        console.print(f"Reports: {page}", markup=False, soft_wrap=True)
    return 0


def _write_reports(course: Course) -> Path | None:
    if not (course.root / ".gatebook" / "records").is_dir():
        return None
    with reports_lock(course):
        records = completed_records(course)
        if not records:
            return None
        alike = similarity.likeness(course, records)
        return pages.write_reports(
            records,
            course.root / "reports",
            language=find(course.language),
            alike=alike,
            penalties=penalties(course),
            misplaced=_misplaced(course),
        )


# ------------------------------------------------------------------------------------------------------------ release


def release(course_dir: Path, assignments: tuple[str, ...], *, verify: bool, prove: bool, **changed: Any) -> int:
    """solutions/ -> assignments/. changed: as for `grade`."""
    from autograder import publish

    console = make_console()
    if _refused(console):
        return 1
    try:
        course = open_course(course_dir)
        options = Options.of(course.settings.but(**changed))
    except (GradebookError, SettingsError) as error:
        console.print(str(error), style="red", markup=False)
        return 2
    source = course.path("source", ".", "x").parent
    names = assignments or tuple(
        sorted({path.parent.name for path in source.glob("*/*.ipynb") if not path.name.startswith(".")})
    )
    if not names:
        console.print(
            f"There is nothing to release: no {source / '<assignment>' / '<assignment>.ipynb'}. Is {course.root} the "
            "folder of the course? `--course` gives another one.",
            markup=False,
        )
        return 2
    failed = False
    for name in names:
        try:
            said = publish.verify(course, name) if verify else publish.release(course, name, options, prove=prove)
        except EXPECTED_ERRORS as error:
            failed = True
            console.print(f"{name}: {error}", style="red", markup=False)
        else:
            console.print(f"{name}: {said}", markup=False)
    return 1 if failed else 0


# --------------------------------------------------------------------------------------------------------------- demo


def bundled_course() -> Path:
    """The course that comes with Gatebook: inside the installed package, or the checkout it runs from."""
    package = Path(__file__).parent
    inside = package / "_course"
    return inside if inside.is_dir() else package.parent


def demo(directory: Path, **changed: Any) -> int:
    """Grade the sample class in a folder of its own. changed: as for `grade`."""
    console = make_console()
    if _refused(console):
        return 1
    course = bundled_course()
    submitted = course / "tests" / "class" / "submitted"
    if not submitted.is_dir():
        console.print(f"The sample class is missing: {submitted} does not exist.", style="red", markup=False)
        return 2
    if directory.exists() and not (directory / ".gatebook").is_dir() and any(directory.iterdir()):
        console.print(f"{directory} is not empty, and no demonstration course. Give another folder.", markup=False)
        return 2
    if directory.exists():
        shutil.rmtree(directory)
    directory.mkdir(parents=True)
    (directory / ".gatebook").mkdir(mode=0o700)
    for name in ("solutions", "assignments"):
        shutil.copytree(course / name, directory / name)
    shutil.copy(course / "nbgrader_config.py", directory)
    shutil.copytree(submitted, directory / "submitted", symlinks=True)
    students = sum(1 for _ in submitted.iterdir())
    console.print(f"A sample class of {students} submissions, graded in {directory}\n", markup=False, soft_wrap=True)
    # Nothing in this class takes a second or a gigabyte but what never ends, so nobody has to wait for it.
    code = grade(directory, (), **{"cell_seconds": 3.0, "question_seconds": 3.0, "memory": 1.0, **changed})
    page = directory / "reports" / "index.html"
    if not page.is_file():
        return code
    console.print("\nOpen the class page in a browser:", f"  {page.as_uri()}", sep="\n", markup=False, soft_wrap=True)
    console.print(
        "nbgrader's own view of the same grades:",
        f"  cd {directory} && {Path(sys.executable).parent / 'jupyter'} lab",
        sep="\n", markup=False, soft_wrap=True,
    )  # fmt: skip
    if sys.stdout.isatty() and os.environ.get("DISPLAY"):
        webbrowser.open(page.as_uri())
    return code


# ------------------------------------------------------------------------------------------------------------- doctor


def doctor(*, as_json: bool = False) -> int:
    """What works on this machine."""
    from autograder.worker import sandbox

    console = make_console()
    found: dict[str, Any] = {"versions": fingerprints.versions(), "sandbox": sandbox.probe()}
    refused = _refused(make_console(stderr=True))
    with quiet_stderr():
        if importlib.util.find_spec("tensorflow"):
            import tensorflow as tf

            found["devices"] = [device.name for device in tf.config.list_physical_devices()]
    if as_json:
        sys.stdout.buffer.write(msgspec.json.encode(found, enc_hook=str) + b"\n")
        return 1 if refused else 0
    for name, version in found["versions"].items():
        console.print(f"{name:12} {version}", markup=False, highlight=False)
    console.print(f"{'devices':12} {', '.join(found.get('devices', []))}", markup=False, highlight=False)
    for status in found["sandbox"]:
        works = f"works ({', '.join(status.layers)})"
        if not status.works:
            works = f"not here: {status.missing} {status.advice}".strip()
        console.print(f"{'sandbox':12} {status.level}: {works}", markup=False, highlight=False, soft_wrap=True)
    working = [status.level for status in found["sandbox"] if status.works]
    if working[0] == "restricted":
        console.print(
            f'{"":12} Grade with `--sandbox restricted`, or c.Gatebook.sandbox = "restricted" in nbgrader_config.py.',
            markup=False,
        )
    return 1 if refused else 0
