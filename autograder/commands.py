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
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

from autograder import similarity, versions
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
    reports_lock,
)
from autograder.language import find
from autograder.model import Record
from autograder.oracle import GraderFault
from autograder.pipeline import Grader, Options
from autograder.quiet import quiet_stderr
from autograder.report import pages, terminal
from autograder.report.records import printable
from autograder.report.text import clean
from autograder.sheet_maker import SheetMaker
from autograder.sheets import SheetError
from autograder.submission import ReleaseError, find_submissions
from autograder.worker.host import Limits, Zygote, ZygoteError
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


def _console(*, stderr: bool = False) -> Console:
    """Where nobody sizes a window, lines may be long."""
    stream = sys.stderr if stderr else sys.stdout
    return Console(stderr=stderr, width=None if stream.isatty() else 160)


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
    workers: int | None = None,
    sandbox: str = "full",
    cell_seconds: float = 60.0,
    memory: float = 2.0,
    as_json: bool = False,
) -> int:
    """submitted/ -> gradebook, autograded/, feedback/, reports/; see `autograder grade --help`."""
    console = _console(stderr=as_json)
    if _refused(console):
        return 1
    limits = Limits(cell_seconds=cell_seconds, question_seconds=min(20.0, cell_seconds), memory=round(memory * 2**30))
    options = Options(workers, sandbox, limits)
    with (
        contextlib.closing(Zygote(level=sandbox, private=[course_dir])) as zygote,
        contextlib.closing(SheetMaker()) as maker,
        _starter() as starter,
    ):
        if course_dir.is_dir():
            # They import their libraries while this process imports nbgrader; what is wrong with them comes again
            # from the grader.
            starter.submit(zygote.start)
            starter.submit(importlib.import_module, "sklearn.feature_extraction.text")  # for the reports
            if not any((course_dir / ".gatebook" / "sheets").glob("*")):
                maker.start()
        try:
            course = open_course(course_dir)
        except GradebookError as error:
            console.print(str(error), style="red", markup=False)
            return 2
        try:
            names = assignments or _with_submissions(course)
        except OSError as error:
            _show(console, f"The submissions cannot be listed: {_said(error)}")
            return 1
        if not names:
            folder = course.path("submitted", "<student>", "<assignment>")
            console.print(f"There is nothing to grade: no submissions in {folder}.", markup=False)
            return 2
        exercises: dict[str, tuple[str, ...]] = {}
        for name in names:
            with contextlib.suppress(Exception):  # said when its turn comes
                exercises[name] = course.release(name).exercises
        if not assignments:
            # The sheets of the smallest are ready first; those of the others are made while it is graded.
            names = tuple(sorted(names, key=lambda name: len(exercises.get(name, ()))))
        for name in names:
            if name in exercises:
                maker.make(course.root, name, exercises[name], options.grading_round)
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
                terminal.class_table(outcome.records, console)
            if outcome.kept and not as_json:
                console.print(f"{outcome.kept} unchanged submissions kept their grade; --force grades them again.")
    page = None
    try:
        page = _write_reports(course)
    except EXPECTED_ERRORS as error:
        failures.append(f"The grades are stored, but not the reports: {_said(error)}")
        _show(console, failures[-1])
    if as_json:
        document = printable(msgspec.to_builtins({"records": documents, "failures": failures}))
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
    names = sorted({path.parent.name for path in source.glob("*/*.ipynb")})
    return tuple(name for name in names if find_submissions(course.root, name))


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
    found = find_submissions(course.root, name, student)
    if not found:
        who = f" by {student!r}" if student else ""
        raise ReleaseError(f"there is no submission{who} in {course.path('submitted', student or '*', name)}.")
    records: dict[str, Record] = {}
    failures: list[str] = []
    notes: list[str] = []
    with contextlib.ExitStack() as stack:
        stack.enter_context(grading_lock(course, name))
        ensure_assignment(course, name)  # the sheets are made meanwhile
        grader = stack.enter_context(Grader(course, name, options, zygote, maker))
        paths = {submitted.student: submitted.path for submitted in found}
        with ClassGradebook(course, name) as gradebook:
            if not force:
                for who, path in list(paths.items()):
                    record = gradebook.up_to_date(grader.read(path, who), seed=grader.seed, versions=grader.versions)
                    if record is not None:
                        records[who] = record
                        del paths[who]
            kept = len(records)
            writer = stack.enter_context(contextlib.closing(feedback_writer(course, name))) if feedback else None
            if writer is not None:
                failures += _untold(
                    name, writer.write(who for who in records if not feedback_is_current(course, name, who))
                )
            grading: Any = grader.grade_class(paths)
            with terminal.progress(console, f"Grading {name}", len(paths)) as advance, contextlib.closing(grading):
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
                        failures.append(f"{name}, {who}: graded, but not written: {_said(error)}")
                    else:
                        records[who] = graded.record
                        # The next submissions are running meanwhile.
                        failures += _untold(name, writer.write([who])) if writer is not None else []
                        if left_out:
                            notes.append(f"{name}, {who}: not copied to autograded/: {_few(left_out)}.")
                    advance(who)
    failures += [
        f"{name}, {who}: the grader failed, and nothing was judged. Run again; the page of the student says more."
        for who, record in sorted(records.items())
        if record.status == "grader_fault"
    ]
    return _Outcome(tuple(records[who] for who in sorted(records)), kept, tuple(failures), tuple(notes))


def _untold(name: str, reasons: Mapping[str, str]) -> list[str]:
    return [f"{name}, {who}: no feedback: {why}" for who, why in reasons.items()]


def _few(items: tuple[str, ...]) -> str:
    return "; ".join(items[:5]) + (f"; and {len(items) - 5} more" if len(items) > 5 else "")


# ------------------------------------------------------------------------------------------------------------- report


def report(course_dir: Path, *, as_json: bool = False) -> int:
    """Pages from stored records."""
    console = Console(stderr=as_json)
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
        document = printable(msgspec.to_builtins({"records": completed_records(course)}))
        sys.stdout.buffer.write(msgspec.json.encode(document) + b"\n")
    else:
        console.print(f"Reports: {page}", markup=False, soft_wrap=True)
    return 0


def _write_reports(course: Course) -> Path | None:
    with reports_lock(course):
        records = completed_records(course)
        if not records:
            return None
        alike = similarity.likeness(course, records)
        return pages.write_reports(records, course.root / "reports", language=find(course.language), alike=alike)


# ------------------------------------------------------------------------------------------------------------ release


def release(course_dir: Path, assignments: tuple[str, ...], *, verify: bool, prove: bool, sandbox: str) -> int:
    """solutions/ -> assignments/."""
    from autograder import publish

    console = Console()
    if _refused(console):
        return 1
    try:
        course = open_course(course_dir)
    except GradebookError as error:
        console.print(str(error), style="red", markup=False)
        return 2
    source = course.path("source", ".", "x").parent
    names = assignments or tuple(
        sorted(path.stem for path in source.glob("*/*.ipynb") if path.stem == path.parent.name)
    )
    failed = False
    for name in names:
        try:
            said = (
                publish.verify(course, name) if verify else publish.release(course, name, prove=prove, sandbox=sandbox)
            )
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


def demo(directory: Path, *, workers: int | None, sandbox: str) -> int:
    """Grade the sample class in a folder of its own."""
    console = Console()
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
    code = grade(directory, (), workers=workers, sandbox=sandbox, cell_seconds=3.0, memory=1.0)
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
    from autograder import release
    from autograder.worker import sandbox

    console = Console()
    found: dict[str, Any] = {"versions": release.versions(), "sandbox": sandbox.probe()}
    refused = _refused(Console(stderr=True))
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
        console.print(f"{'':12} Grade with `--sandbox restricted`; docs/security.md says what it holds.", markup=False)
    return 1 if refused else 0
