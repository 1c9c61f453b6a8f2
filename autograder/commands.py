"""What the instructor's commands do. Each returns the exit code."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import sys
import webbrowser
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

from autograder.gradebook import (
    ClassGradebook,
    Course,
    GradebookError,
    completed_record,
    ensure_assignment,
    grading_lock,
    open_course,
    write_feedback,
)
from autograder.model import Record
from autograder.oracle import GraderFault
from autograder.pipeline import Grader, Options
from autograder.quiet import quiet_stderr
from autograder.report import pages, terminal
from autograder.submission import ReleaseError, find_submissions
from autograder.worker.host import Limits, Zygote
from autograder.worker.sandbox import SandboxError

EXPECTED_ERRORS = (GradebookError, GraderFault, ReleaseError, SandboxError, OSError, ValueError)
"""What stops an assignment with a message instead of a traceback."""


@dataclass(frozen=True)
class _Outcome:
    """What grading one assignment gave. kept: students whose grade stood already."""

    records: tuple[Record, ...]
    kept: int
    failures: tuple[str, ...]


def _console(*, stderr: bool = False) -> Console:
    """Where nobody sizes a window, lines may be long."""
    stream = sys.stderr if stderr else sys.stdout
    return Console(stderr=stderr, width=None if stream.isatty() else 160)


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
    as_json: bool = False,
) -> int:
    """submitted/ -> gradebook, autograded/, feedback/, reports/; see `autograder grade --help`."""
    console = _console(stderr=as_json)
    try:
        course = open_course(course_dir)
    except GradebookError as error:
        console.print(str(error), style="red", markup=False)
        return 2
    names = assignments or _with_submissions(course)
    if not names:
        folder = course.path("submitted", "<student>", "<assignment>")
        console.print(f"There is nothing to grade: no submissions in {folder}.", markup=False)
        return 2
    options = Options(workers, sandbox, Limits(cell_seconds=cell_seconds, question_seconds=min(20.0, cell_seconds)))
    failures: list[str] = []
    documents: list[Record] = []
    with contextlib.closing(Zygote(level=sandbox)) as zygote:
        for name in names:
            try:
                outcome = _grade_assignment(
                    course, name, options, zygote, student=student, force=force, feedback=feedback, console=console
                )
            except EXPECTED_ERRORS as error:
                failures.append(f"{name}: {error}")
                console.print(failures[-1], style="red", markup=False)
                continue
            failures += outcome.failures
            documents += outcome.records
            for failure in outcome.failures:
                console.print(failure, style="red", markup=False)
            if not as_json:
                terminal.class_table(outcome.records, console)
            if outcome.kept and not as_json:
                console.print(f"{outcome.kept} unchanged submissions kept their grade; --force grades them again.")
    page = _write_reports(course)
    if as_json:
        sys.stdout.buffer.write(msgspec.json.encode({"records": documents, "failures": failures}) + b"\n")
    elif page is not None:
        console.print(f"Reports: {page}", markup=False, soft_wrap=True)
    return 1 if failures or any(record.status == "grader_fault" for record in documents) else 0


def _with_submissions(course: Course) -> tuple[str, ...]:
    """Assignments of the course that somebody has submitted."""
    source = course.path("source", ".", "x").parent
    names = sorted(path.parent.name for path in source.glob("*/*.ipynb"))
    return tuple(name for name in dict.fromkeys(names) if find_submissions(course.root, name))


def _grade_assignment(
    course: Course,
    name: str,
    options: Options,
    zygote: Zygote,
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
    with grading_lock(course, name), Grader(course, name, options, zygote) as grader:
        ensure_assignment(course, name)
        paths = {submitted.student: submitted.path for submitted in found}
        with ClassGradebook(course, name) as gradebook:
            if not force:
                for who, path in list(paths.items()):
                    record = gradebook.up_to_date(grader.read(path, who), seed=grader.seed, versions=grader.versions)
                    if record is not None:
                        records[who] = record
                        del paths[who]
            kept = len(records)
            with terminal.progress(console, f"Grading {name}", len(paths)) as advance:
                for graded in grader.grade_class(paths):
                    who = graded.record.student
                    records[who] = graded.record
                    try:
                        gradebook.write_record(
                            graded.record,
                            graded.submission,
                            graded.runs,
                            graded.cards,
                            submission_path=paths[who],
                        )
                    except (GradebookError, OSError) as error:
                        failures.append(f"{name}, {who}: graded, but not written: {error}")
                    advance(who)
        if feedback:
            console.print(f"Writing feedback for {name} ...", style="dim")
            students = [who for who in records if who in paths] if kept and not force else None
            failures += [
                f"{name}, {who}: no feedback: {why}" for who, why in write_feedback(course, name, students).items()
            ]
    return _Outcome(tuple(records[who] for who in sorted(records)), kept, tuple(failures))


# ------------------------------------------------------------------------------------------------------------- report


def report(course_dir: Path, *, as_json: bool = False) -> int:
    """Pages from stored records."""
    console = Console(stderr=as_json)
    try:
        course = open_course(course_dir)
    except GradebookError as error:
        console.print(str(error), style="red", markup=False)
        return 2
    page = _write_reports(course)
    if page is None:
        console.print(f"There are no graded submissions in {course.root}; run `autograder grade` first.", markup=False)
        return 2
    if as_json:
        sys.stdout.buffer.write(msgspec.json.encode({"records": _stored(course)}) + b"\n")
    else:
        console.print(f"Reports: {page}", markup=False, soft_wrap=True)
    return 0


def _stored(course: Course) -> tuple[Record, ...]:
    root = course.root / ".gatebook" / "records"
    found = [completed_record(course, path.parent.name, path.stem) for path in sorted(root.glob("*/*.json"))]
    return tuple(record for record in found if record is not None)


def _write_reports(course: Course) -> Path | None:
    records = _stored(course)
    if not records:
        return None
    return pages.write_reports(records, course.root / "reports")


# ------------------------------------------------------------------------------------------------------------ release


def release(course_dir: Path, assignments: tuple[str, ...], *, verify: bool, prove: bool, sandbox: str) -> int:
    """solutions/ -> assignments/."""
    from autograder import publish

    console = Console()
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
    # Nothing in this class takes a second but what never ends, so nobody has to wait for it.
    code = grade(directory, (), workers=workers, sandbox=sandbox, cell_seconds=3.0)
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
    from autograder.release import versions
    from autograder.worker import sandbox

    console = Console()
    found: dict[str, Any] = {"versions": versions(), "sandbox": sandbox.probe()}
    with quiet_stderr():
        if importlib.util.find_spec("tensorflow"):
            import tensorflow as tf

            found["devices"] = [device.name for device in tf.config.list_physical_devices()]
    if as_json:
        sys.stdout.buffer.write(msgspec.json.encode(found, enc_hook=str) + b"\n")
        return 0
    for name, version in found["versions"].items():
        console.print(f"{name:12} {version}", markup=False, highlight=False)
    console.print(f"{'devices':12} {', '.join(found.get('devices', []))}", markup=False, highlight=False)
    for status in found["sandbox"]:
        works = "works" if status.works else f"not here: {status.missing} {status.advice}".strip()
        console.print(f"{'sandbox':12} {status.level}: {works}", markup=False, highlight=False, soft_wrap=True)
    return 0
