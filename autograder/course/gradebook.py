"""nbgrader's gradebook: the one place where grades are stored.

What `nbgrader autograde` means by a grade is kept: automatic scores per test, `needs_manual_grade` for
written answers, "No response." where nothing was written, submission time and late penalty; a person's
scores, extra credit and comments are never touched. What differs is when it is stored: everything of one
submission in one transaction.

Whether a submission is graded is decided by its *completed record*, which is written last: after the database
has committed and `autograded/` is in place. A run that was killed anywhere before leaves no completed record
of that submission, and the next run grades it again.

Importing this module imports neither nbgrader nor SQLAlchemy.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any

import msgspec

from autograder.course.assignments import complete
from autograder.course.completed import completed_record, write_completed_record
from autograder.course.database import (
    GradebookError,
    database_errors,
    open_gradebook,
)
from autograder.course.files import write_atomically
from autograder.course.folder import Course, files_of
from autograder.course.handed_in import NAME as TIMESTAMP
from autograder.course.handed_in import handed_in, without_flag
from autograder.course.standings import standings_in
from autograder.judging.policy import graded_points
from autograder.language import find
from autograder.model import CellRun, FileBeside, Record, Standing, Submission
from autograder.notebooks.autograded import autograded_notebook
from autograder.notebooks.release import Release
from autograder.worker.folders import remove_tree

LOCKED_SECONDS = 30.0
"""How long another program may keep the database to itself before we give up."""


# ----------------------------------------------------------------------------------------------- the database


@dataclass
class _Held:
    """What the database holds of a submitted notebook. scores: the automatic ones, by grade id."""

    time: datetime | None
    penalty: float | None
    scores: dict[str, float | None] = field(default_factory=dict)


class ClassGradebook:
    """The gradebook of one assignment, open for a run. One writer at a time; use as a context manager.

    Args:
        create_students: add students that the gradebook does not know (`c.Autograde.create_student` by
        default).
    """

    def __init__(self, course: Course, assignment: str, *, create_students: bool | None = None) -> None:
        self.course = course
        self.assignment = assignment
        if create_students is None:
            create_students = bool(course.config.get("Autograde", {}).get("create_student", True))
        self._create_students = create_students
        self._gradebook: Any = None
        self._releases: dict[str, Release] = {}
        self._ahead: dict[str, dict[str, _Held]] = {}

    def __enter__(self) -> ClassGradebook:
        self._gradebook = open_gradebook(self.course.directory)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._gradebook.db.rollback()
        finally:
            self._gradebook.close()

    def read_ahead(self, student: str | None = None) -> None:
        """Read at once what `up_to_date` and `refresh` would ask the database for each submission of a class, or of one
        student.

        Raises:
            GradebookUnusableError: the database cannot be read.
        """
        self._ahead = self._read(student)

    def up_to_date(
        self,
        student: str,
        notebook: str,
        sha256: str,
        *,
        seed: str | Callable[[Record], str],
        versions: Mapping[str, str] | None = None,
    ) -> Record | None:
        """The completed record of this very submission under this seed, None when it must be graded (again).

        A record counts only if the database still holds its scores and `autograded/` its notebook, and if it was the
        submission that was judged: a fault of the grader is worth another try.
        `seed`: its commitment, or what it would be today with the draw of the record. `versions`: entries that the
        record's `versions` must hold too, e.g. the hash of the sheets.

        Raises:
            GradebookUnusableError: the database cannot be read.
        """
        record = completed_record(self.course, self.assignment, student, notebook)
        if record is None or record.sha256 != sha256:
            return None
        if record.seed != (seed if isinstance(seed, str) else seed(record)):
            return None
        if record.status == "grader_fault":
            return None
        if any(record.versions.get(name) != version for name, version in (versions or {}).items()):
            return None
        if not _notebook_is_of(self._autograded(record.student) / f"{record.notebook}.ipynb", record):
            return None
        held = self._held(record)
        scores = {} if held is None else held.scores
        points = {cell.id: cell.points for cell in self._release(notebook).cells}
        for verdict in record.verdicts:
            cell = verdict.cell_id
            if cell not in points or cell not in scores:
                return None
            if scores[cell] != graded_points(points[cell], verdict):
                return None
        return record

    def write_record(
        self,
        record: Record,
        submission: Submission,
        runs: Sequence[CellRun],
        cards: Mapping[str, str],
        *,
        submission_path: Path | None = None,
    ) -> tuple[str, ...]:
        """Store a graded submission: database, `autograded/`, completed record; all of it or nothing.

        Returns:
            The files of the submission that were not copied to `autograded/`, and why.

        Raises:
            GradebookError: the assignment or the student is unknown, or the database refused.
            OSError: `autograded/` or `.gatebook/` cannot be written.
        """
        student = record.student
        self._ahead.pop(student, None)
        try:
            student.encode()
        except UnicodeEncodeError:
            raise GradebookError(
                f"The name of the folder submitted/{student!r} is not UTF-8, and the gradebook takes nothing else. "
                "Rename it."
            ) from None
        source = self.course.path("submitted", student, self.assignment)
        path = submission_path or source / f"{record.notebook}.ipynb"
        release = self._release(record.notebook)
        notebook = autograded_notebook(
            path, submission, release, record=record, runs=runs, cards=cards, language=find(self.course.language)
        )
        destination = self._autograded(student)
        temporary, left_out = self._staged(notebook, record.notebook, path.parent, destination)
        old = temporary.with_name(temporary.name + ".old")
        session = self._gradebook.db
        try:
            self._patiently(lambda: self._store(session, record, submission, notebook, path.parent))
            if destination.exists():
                os.rename(destination, old)
            os.rename(temporary, destination)
            try:
                session.commit()
            except BaseException:
                os.rename(destination, temporary)
                raise
        except BaseException as error:
            session.rollback()
            with database_errors(self.course.directory, f"refused the grade of {student!r}"):
                raise error
        finally:
            _remove(temporary)
            if old.exists() and not destination.exists():
                os.rename(old, destination)
            _remove(old)
        write_completed_record(self.course, record)
        return left_out

    def standings(self, student: str) -> tuple[Standing, ...]:
        """What the database says of a student's notebooks of the assignment.

        Raises:
            GradebookUnusableError: it cannot be read.
        """
        session = self._gradebook.db
        with database_errors(self.course.directory, "cannot be read"):
            try:
                return standings_in(session, self.assignment, student)
            finally:
                session.rollback()

    def refresh(self, record: Record) -> Record:
        """Bring what may change without a new submission up to date for a grade that stands: when it was handed in, and
        the late penalty, which hangs on the due date, extensions, the rule and what a person graded too.

        Returns:
            The completed record as it is now.

        Raises:
            GradebookError: the database refused.
            Exception: of the course's own late rule.
        """
        folder = self.course.path("submitted", record.student, self.assignment)
        found = handed_in(folder)
        session = self._gradebook.db
        notebook = self._autograded(record.student) / f"{record.notebook}.ipynb"
        try:
            if not self._has_time(record, found.time) and self._patiently(
                lambda: self._store_time(session, record, found.time)
            ):
                if found.time is not None and (folder / TIMESTAMP).is_file():
                    copy = notebook.with_name(TIMESTAMP)
                    write_atomically(copy, (folder / TIMESTAMP).read_bytes())
                    copy.chmod(stat.S_IMODE(notebook.stat().st_mode))
                os.utime(notebook)  # so that the feedback, which shows penalties, is older
                session.commit()
        except BaseException as error:
            session.rollback()
            with database_errors(self.course.directory, f"refused the penalty of {record.student!r}"):
                raise error
        flags = (*without_flag(record.flags), *found.flags)
        if flags != record.flags:
            record = replace(record, flags=flags)
            write_completed_record(self.course, record)
        return record

    def _has_time(self, record: Record, time: datetime | None) -> bool:
        """Whether the database holds this time already, where no rule could take anything off."""
        held = self._held(record)
        return not (self.course.has_late_rule or held is None or held.penalty) and time in (None, held.time)

    def _store_time(self, session: Any, record: Record, time: datetime | None) -> bool:
        """Put time and penalty into the session where they differ; whether they did."""
        from nbgrader import api

        self._ahead.pop(record.student, None)
        notebook = (
            session.query(api.SubmittedNotebook)
            .join(api.SubmittedAssignment, api.SubmittedAssignment.id == api.SubmittedNotebook.assignment_id)
            .join(api.Assignment, api.Assignment.id == api.SubmittedAssignment.assignment_id)
            .join(api.Notebook, api.Notebook.id == api.SubmittedNotebook.notebook_id)
            .filter(api.Assignment.name == self.assignment, api.Notebook.name == record.notebook)
            .filter(api.SubmittedAssignment.student_id == record.student)
            .one()
        )
        submitted = notebook.assignment
        before = submitted.timestamp, notebook.late_submission_penalty
        if time is not None:
            submitted.timestamp = time
        notebook.late_submission_penalty = self._penalty(session, submitted, notebook)
        session.flush()
        return before != (submitted.timestamp, notebook.late_submission_penalty)

    def _patiently(self, write: Any) -> Any:
        """Write to the session, again where another process was in the way: a grader of another assignment adds the
        same students, and the formgrader may hold the database for a moment."""
        from sqlalchemy.exc import IntegrityError, OperationalError

        deadline = time.monotonic() + LOCKED_SECONDS
        while True:
            try:
                return write()
            except (IntegrityError, OperationalError) as error:
                self._gradebook.db.rollback()
                passing = isinstance(error, IntegrityError) or "locked" in str(error.orig)
                if not passing or time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def _release(self, notebook: str) -> Release:
        if notebook not in self._releases:
            self._releases[notebook] = self.course.release(self.assignment, notebook)
        return self._releases[notebook]

    def _autograded(self, student: str) -> Path:
        return self.course.path("autograded", student, self.assignment)

    def _staged(self, notebook: Any, name: str, source: Path, destination: Path) -> tuple[Path, tuple[str, ...]]:
        """The content of `autograded/<student>/<assignment>/` in a hidden folder beside it, and what was left out."""
        from nbformat import v4

        destination.parent.mkdir(parents=True, exist_ok=True)
        for stale in destination.parent.glob(f".{destination.name}.*.gatebook*"):  # of a killed run
            if stale.name.endswith(".old") and not destination.exists():
                os.rename(stale, destination)
            else:
                _remove(stale)
        temporary = Path(tempfile.mkdtemp(prefix=f".{destination.name}.", suffix=".gatebook", dir=destination.parent))
        directory = self.course.directory
        permissions = 0o664 if directory.groupshared else 0o444
        try:
            found = files_of(self.course, self.assignment, source)
            left_out = (*found.left_out, *_copy_files(found.files, temporary, permissions))
            for other in {*self.course.notebooks(self.assignment)} - {name}:
                with contextlib.suppress(FileNotFoundError):
                    shutil.copy2(destination / f"{other}.ipynb", temporary)
            target = temporary / f"{name}.ipynb"
            target.write_text(v4.writes(notebook) + "\n", encoding="utf-8")
            target.chmod(permissions)
            temporary.chmod(0o2775 if directory.groupshared else 0o755)
        except BaseException:
            _remove(temporary)
            raise
        return temporary, left_out

    def _held(self, record: Record) -> _Held | None:
        """What the database holds of this notebook; None where it has no grade of it."""
        of_student = self._ahead.get(record.student) or self._read(record.student).get(record.student, {})
        return of_student.get(record.notebook)

    def _read(self, student: str | None = None) -> dict[str, dict[str, _Held]]:
        """What the database holds of the assignment, by student and notebook: of everybody, or of one."""
        from nbgrader import api

        one = () if student is None else (api.SubmittedAssignment.student_id == student,)
        with database_errors(self.course.directory, "cannot be read"):
            rows = (
                self._gradebook.db.query(
                    api.SubmittedAssignment.student_id,
                    api.SubmittedAssignment.timestamp,
                    api.Notebook.name,
                    api.SubmittedNotebook.late_submission_penalty,
                    api.BaseCell.name,
                    api.Grade.auto_score,
                )
                .select_from(api.Grade)
                .join(api.BaseCell, api.BaseCell.id == api.Grade.cell_id)
                .join(api.SubmittedNotebook, api.SubmittedNotebook.id == api.Grade.notebook_id)
                .join(api.SubmittedAssignment, api.SubmittedAssignment.id == api.SubmittedNotebook.assignment_id)
                .join(api.Assignment, api.Assignment.id == api.SubmittedAssignment.assignment_id)
                .join(api.Notebook, api.Notebook.id == api.SubmittedNotebook.notebook_id)
                .filter(api.Assignment.name == self.assignment, *one)
                .all()
            )
            self._gradebook.db.rollback()
        found: dict[str, dict[str, _Held]] = {}
        for who, at, notebook, penalty, cell, score in rows:
            found.setdefault(who, {}).setdefault(notebook, _Held(at, penalty)).scores[cell] = score
        return found

    def _store(
        self,
        session: Any,
        record: Record,
        submission: Submission,
        notebook: Any,
        source: Path,
    ) -> None:
        """Put everything of a submission into the session, without committing."""
        from nbgrader import utils

        submitted = self._submitted_assignment(session, record.student)
        found = handed_in(self.course.path("submitted", record.student, self.assignment))
        if found.time is not None:
            submitted.timestamp = found.time
        submitted_notebook = next((n for n in submitted.notebooks if n.name == record.notebook), None)
        if submitted_notebook is None:
            raise GradebookError(
                f"The gradebook knows no notebook {record.notebook!r} of {self.assignment!r}. Run "
                f"`autograder grade {self.assignment}` again, which records it."
            )
        names = {cell.id: cell.name for cell in submitted_notebook.notebook._base_cells}
        by_id = {cell.id: cell for cell in submission.cells}
        nodes = {node.metadata.nbgrader.grade_id: node for node in notebook.cells if "nbgrader" in node.metadata}
        verdicts = {verdict.cell_id: verdict for verdict in record.verdicts}
        for grade in submitted_notebook.grades:
            name = names.get(grade.cell_id, "")
            node, cell = nodes.get(name), by_id.get(name)
            if record.status == "unreadable":
                grade.auto_score = 0.0  # as nbgrader does where a notebook is missing
            elif node is None or cell is None or utils.is_task(node):
                continue
            elif cell.role == "grade" and cell.is_code:
                grade.auto_score = graded_points(cell.points, verdicts.get(name))
            else:
                grade.auto_score, _ = utils.determine_grade(node)
            grade.needs_manual_grade = grade.manual_score is not None or grade.auto_score is None
        for comment in submitted_notebook.comments:
            name = names.get(comment.cell_id, "")
            node = nodes.get(name)
            if node is None:
                continue
            language = find(self.course.language)
            notes = [language.say(note) for note in submission.cell_notes.get(name, ())]
            # What stands in a file that cannot be read, nobody knows; that it cannot be is said once, at the top.
            known = record.status != "unreadable" and not utils.is_task(node)
            untouched = known and node.metadata.nbgrader.checksum == utils.compute_checksum(node)
            comment.auto_comment = "\n\n".join((["No response."] if untouched else []) + notes) or None
        session.flush()
        submitted_notebook.late_submission_penalty = self._penalty(session, submitted, submitted_notebook)

    def _submitted_assignment(self, session: Any, student: str) -> Any:
        """The submission in the database, made like `Gradebook.add_submission` makes it, but not
        committed."""
        from nbgrader import api

        known = session.get(api.Student, student)
        if known is None:
            if not self._create_students:
                raise GradebookError(
                    f"The gradebook has no student {student!r}, and c.Autograde.create_student is off. Add "
                    f"the student with `nbgrader db student add {student}`."
                )
            known = api.Student(id=student)
            session.add(known)
        try:
            assignment = self._gradebook.find_assignment(self.assignment)
        except api.MissingEntry:
            raise GradebookError(
                f"The gradebook has no assignment {self.assignment!r}. Run "
                f"`autograder grade {self.assignment}` again, which records it."
            ) from None
        submitted = (
            session.query(api.SubmittedAssignment)
            .filter_by(assignment_id=assignment.id, student_id=student)
            .one_or_none()
        )
        if submitted is None:
            submitted = api.SubmittedAssignment(student_id=known.id, assignment_id=assignment.id)
            session.add(submitted)
        complete(session, submitted, assignment)
        return submitted

    def _penalty(self, session: Any, submitted: Any, notebook: Any) -> float | None:
        """The late penalty by the course's plugin, as `AssignLatePenalties` of nbgrader works it out."""
        from nbgrader.preprocessors import AssignLatePenalties

        late = submitted.total_seconds_late
        if late <= 0:
            return None
        session.refresh(notebook, ["score"])
        step = AssignLatePenalties(config=self.course.config)
        step.init_plugin()
        penalty = step.plugin_inst.late_submission_penalty(submitted.student_id, notebook.score, late)
        return None if penalty is None else float(step._check_late_penalty(notebook, penalty))


class _Mark(msgspec.Struct):
    """What `autograded_notebook` notes of the record that a notebook was written with."""

    sha256: str
    seed: str
    points: float


class _Metadata(msgspec.Struct):
    gatebook: _Mark


class _Autograded(msgspec.Struct):
    metadata: _Metadata


def _notebook_is_of(path: Path, record: Record) -> bool:
    """Whether a notebook in `autograded/` is the one that was written with this record."""
    try:
        data = path.read_bytes()
        try:
            kept = msgspec.json.decode(data, type=_Autograded)
        except msgspec.DecodeError:  # to Python, NaN and half a character are JSON too
            kept = msgspec.convert(json.loads(data), _Autograded)
    except (OSError, ValueError, RecursionError, msgspec.ValidationError):
        return False
    return kept.metadata.gatebook == _Mark(record.sha256, record.seed, record.points)


def _copy_files(files: Iterable[FileBeside], destination: Path, permissions: int) -> tuple[str, ...]:
    """Copy files to `autograded/`. Returns what could not be read, and why."""
    left_out: list[str] = []
    for given in files:
        target = destination / given.name
        try:
            file = open(os.open(given.place, os.O_RDONLY | os.O_NOFOLLOW), "rb")
        except OSError as error:  # an unreadable extra file is no reason not to grade
            left_out.append(f"{given.name}: {error.strerror}")
            continue
        with file:
            _make_way(target, destination)
            with target.open("wb") as copy:
                try:
                    shutil.copyfileobj(file, copy)
                except OSError as error:
                    if error.errno != errno.EIO:
                        raise
                    left_out.append(f"{given.name}: {error.strerror}")
        target.chmod(permissions)
    return tuple(left_out)


def _make_way(target: Path, root: Path) -> None:
    """Make the folder of a file, and remove what stands in its place: the instructor's files win."""
    folder = root
    for part in target.relative_to(root).parts[:-1]:
        folder /= part
        if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
            folder.unlink()
        folder.mkdir(exist_ok=True)
    if target.is_dir():
        shutil.rmtree(target)
    else:
        target.unlink(missing_ok=True)


def _remove(path: Path) -> None:
    if path.exists():
        remove_tree(str(path))
