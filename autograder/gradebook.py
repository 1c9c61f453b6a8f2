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
import hashlib
import json
import os
import shutil
import stat
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, cast

from autograder.beside import Beside, files_beside
from autograder.handed_in import NAME as TIMESTAMP
from autograder.handed_in import handed_in, without_flag
from autograder.language import find
from autograder.model import CellRun, FileBeside, Penalty, Record, Submission
from autograder.report import records
from autograder.report.files import write_atomically
from autograder.settings import Settings, SettingsError
from autograder.submission import (
    Release,
    SubmittedFile,
    autograded_notebook,
    find_submissions,
    graded_points,
    read_release,
)
from autograder.worker.folders import remove_tree

if TYPE_CHECKING:
    from autograder.nbgrader_steps import FeedbackWriter

SQLITE = "sqlite:///"
LOCKED_SECONDS = 30.0
"""How long another program may keep the database to itself before we give up."""


class GradebookError(Exception):
    """The gradebook cannot be read or written as asked; the message says what to do."""


class GradebookUnusableError(GradebookError):
    """The database or the disk fails as a whole, for everybody: going on is of no use."""


# ------------------------------------------------------------------------------------------------- the course


@dataclass(frozen=True)
class Course:
    """A course folder with its `nbgrader_config.py`. `config` is traitlets', `directory` nbgrader's
    `CourseDirectory`."""

    root: Path
    config: Any
    directory: Any

    def path(self, step: str, student: str, assignment: str) -> Path:
        """Folder of a step (`submitted`, `autograded`, `feedback`, ...) as the course's configuration lays it
        out."""
        folder = getattr(self.directory, f"{step}_directory")
        return Path(os.path.normpath(self.directory.format_path(folder, student, assignment)))

    @property
    def language(self) -> str:
        """What the course is taught in, `c.Gatebook.language` of its configuration; `""` where it does not say."""
        return self.settings.language

    @property
    def settings(self) -> Settings:
        """`c.Gatebook` of its configuration.

        Raises:
            GradebookError: an unknown name there, or an impossible value.
        """
        return _settings(self.root, self.config)

    @property
    def private(self) -> tuple[Path, ...]:
        """The folders that no worker may look into."""
        return private_folders(self.root, self.config)

    def notebooks(self, assignment: str) -> tuple[str, ...]:
        """The names of the notebooks of an assignment; that of the assignment's own name where there are none yet."""
        found = (path.stem for path in self.path("source", ".", assignment).glob("*.ipynb"))
        return tuple(sorted(name for name in found if not name.startswith("."))) or (assignment,)

    def release(self, assignment: str, notebook: str | None = None) -> Release:
        """A notebook of an assignment as handed out, by default that of its name, else its first; see
        `autograder.submission.read_release`."""
        names = self.notebooks(assignment)
        name = notebook or (assignment if assignment in names else names[0])
        return read_release(
            self.root,
            assignment,
            name,
            source_folder=self.directory.source_directory,
            release_folder=self.directory.release_directory,
            recorded=lambda: _recorded_sources(self, assignment, name),
        )

    def releases(self, assignment: str) -> tuple[Release, ...]:
        """All notebooks of an assignment as handed out."""
        return tuple(self.release(assignment, name) for name in self.notebooks(assignment))

    def submissions(
        self, assignment: str, student: str | None = None, notebook: str | None = None
    ) -> tuple[SubmittedFile, ...]:
        """What was handed in of a notebook of an assignment, see `autograder.submission.find_submissions`."""
        return find_submissions(
            self.root,
            assignment,
            student,
            notebook=notebook,
            several=len(self.notebooks(assignment)) > 1,
            folder=self.directory.submitted_directory,
        )

    def exercises(self, assignment: str) -> tuple[str, ...]:
        """The exercises of all notebooks of an assignment, each once."""
        return tuple(dict.fromkeys(one for release in self.releases(assignment) for one in release.exercises))


def open_course(course_dir: str | Path, config: Any = None) -> Course:
    """A course folder with its configuration (what `read_config` gives, if it was read already).

    Raises:
        GradebookError: no such folder, or its configuration does not load or holds an impossible setting.
    """
    config = read_config(course_dir) if config is None else config
    with _without_grammar_of_iris():
        from nbgrader.coursedir import CourseDirectory

    root = Path(course_dir).resolve()
    return Course(root, config, CourseDirectory(root=str(root), config=config))


def read_config(course_dir: str | Path) -> Any:
    """`nbgrader_config.py` of a course folder, as traitlets' Config; nbgrader is not imported. Without such a file,
    Gatebook's own folder names hold.

    Raises:
        GradebookError: no such folder, or its configuration does not load or holds an impossible setting.
    """
    from traitlets.config import Config, PyFileConfigLoader

    root = Path(course_dir).resolve()
    if not root.is_dir():
        raise GradebookError(f"{root} is not a folder. Give the folder of the course, which holds nbgrader_config.py.")
    config = Config()
    if (root / "nbgrader_config.py").is_file():
        try:
            config = PyFileConfigLoader("nbgrader_config.py", path=str(root)).load_config()
        except Exception as error:
            raise GradebookError(
                f"{root / 'nbgrader_config.py'} does not load: {type(error).__name__}: {error}. "
                "`nbgrader --help` in that folder fails in the same way; repair the file."
            ) from error
    else:
        config.CourseDirectory.source_directory = "solutions"
        config.CourseDirectory.release_directory = "assignments"
    _settings(root, config)
    return config


def private_folders(course_dir: str | Path, config: Any) -> tuple[Path, ...]:
    """The folders of a course, and of what its configuration puts elsewhere: steps, gradebook, exchange. No worker may
    look into any of them, wherever they are.

    config: what `read_config` gives.
    """
    root = Path(course_dir).resolve()
    found = {root}
    directory = config.get("CourseDirectory", {})
    for name, value in directory.items():
        if isinstance(value, str) and (name == "root" or name.endswith("_directory")):
            found.add(root / value)
    url = directory.get("db_url")
    if isinstance(url, str) and url.startswith("sqlite:///"):
        found.add((root / url.removeprefix("sqlite:///").partition("?")[0]).parent)
    for name, section in config.items():
        if name.startswith("Exchange"):
            found |= {root / section[key] for key in ("root", "cache") if isinstance(section.get(key), str)}
    return tuple(sorted(path for path in found if path != Path(path.anchor)))


def _settings(root: Path, config: Any) -> Settings:
    try:
        return Settings.of(config)
    except SettingsError as error:
        raise GradebookError(f"{root / 'nbgrader_config.py'}: {error}") from None


@contextlib.contextmanager
def _without_grammar_of_iris() -> Iterator[None]:
    """nbgrader imports jsonschema, which imports, where there is one, a package that compiles a grammar for seconds. It
    checks texts of the format "iri", which no schema of a notebook has."""
    name, modules = "rfc3987_syntax", cast("dict[str, Any]", sys.modules)
    known = name in modules
    if not known:
        modules[name] = None  # Python's own way to say that there is no such module
    try:
        yield
    finally:
        if not known:
            del modules[name]


@contextlib.contextmanager
def grading_lock(course: Course, assignment: str) -> Iterator[None]:
    """Hold the right to grade an assignment; a second process that asks for it is refused.

    Raises:
        GradebookError: another process is grading it.
    """
    import fcntl

    path = course.root / ".gatebook" / "locks" / assignment
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a+") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.EACCES, errno.EAGAIN):
                raise
            raise GradebookError(
                f"Another process is grading {assignment!r} in {course.root}. Wait for it, or end it, and run again."
            ) from None
        yield


@contextlib.contextmanager
def reports_lock(course: Course) -> Iterator[None]:
    """Wait for the right to write the reports, so that of two processes the later one knows all grades."""
    import fcntl

    path = course.root / ".gatebook" / "locks" / ".reports"
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a+") as file:
        fcntl.lockf(file, fcntl.LOCK_EX)
        yield


def environment_on_path() -> None:
    """Put the environment's programs on PATH: nbgrader runs `alembic` when it makes a new gradebook."""
    folders = os.environ.get("PATH", "").split(os.pathsep)
    for folder in (sysconfig.get_path("scripts"), str(Path(sys.executable).parent)):
        if folder and folder not in folders:
            folders.insert(0, folder)
    os.environ["PATH"] = os.pathsep.join(folders)


# ---------------------------------------------------------------------------------------------------- records


def files_of(course: Course, assignment: str, submitted: Path) -> Beside:
    """The files beside the notebooks in a folder of `submitted/`."""
    kept = course.config.get("Autograde", {}).get("exclude_overwriting", {}).get(assignment, [])
    return files_beside(submitted, course.path("source", ".", assignment), course.directory, kept)


def record_path(course: Course, assignment: str, student: str, notebook: str | None = None) -> Path:
    """Where the completed record of a submitted notebook is kept."""
    name = student
    if len(os.fsencode(name)) > 240:  # a folder may have a longer name than a file that ends in .json
        name = hashlib.sha256(os.fsencode(name)).hexdigest()
    return course.root / ".gatebook" / "records" / assignment / (notebook or assignment) / f"{name}.json"


def completed_records(course: Course) -> tuple[Record, ...]:
    """All completed records of the course; files that are none, or of another version, are passed over."""
    found = []
    for path in sorted((course.root / ".gatebook" / "records").glob("*/*/*.json")):
        with contextlib.suppress(OSError, records.RecordError):
            found.append(records.read_record(path))
    return tuple(found)


def write_completed_record(course: Course, record: Record) -> None:
    """Keep a record as completed: its grade is in the database and its notebook in `autograded/`."""
    path = record_path(course, record.assignment, record.student, record.notebook)
    path.parent.mkdir(parents=True, exist_ok=True)
    records.write_record(record, path)


def completed_record(course: Course, assignment: str, student: str, notebook: str | None = None) -> Record | None:
    """The last completed record of a submitted notebook; None when there is none of this version."""
    try:
        return records.read_record(record_path(course, assignment, student, notebook))
    except (OSError, records.RecordError):
        return None


# ----------------------------------------------------------------------------------------------- the database


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

    def __enter__(self) -> ClassGradebook:
        self._gradebook = _open_gradebook(self.course)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._gradebook.db.rollback()
        finally:
            self._gradebook.close()

    def up_to_date(
        self,
        submission: Submission,
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
        record = completed_record(self.course, self.assignment, submission.student, submission.notebook)
        if record is None or record.sha256 != submission.sha256:
            return None
        if record.seed != (seed if isinstance(seed, str) else seed(record)):
            return None
        if record.status == "grader_fault":
            return None
        if any(record.versions.get(name) != version for name, version in (versions or {}).items()):
            return None
        if not _notebook_is_of(self._autograded(record.student) / f"{record.notebook}.ipynb", record):
            return None
        scores = self._stored(record.student, record.notebook)
        cells = {cell.id: cell for cell in submission.cells}
        for verdict in record.verdicts:
            cell = cells.get(verdict.cell_id)
            if cell is None or verdict.cell_id not in scores:
                return None
            if scores[verdict.cell_id] != graded_points(cell, verdict):
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
            with _database_errors(self.course, f"refused the grade of {student!r}"):
                raise error
        finally:
            _remove(temporary)
            if old.exists() and not destination.exists():
                os.rename(old, destination)
            _remove(old)
        write_completed_record(self.course, record)
        return left_out

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
            if self._patiently(lambda: self._store_time(session, record, found.time)):
                if found.time is not None and (folder / TIMESTAMP).is_file():
                    copy = notebook.with_name(TIMESTAMP)
                    write_atomically(copy, (folder / TIMESTAMP).read_bytes())
                    copy.chmod(stat.S_IMODE(notebook.stat().st_mode))
                os.utime(notebook)  # so that the feedback, which shows penalties, is older
                session.commit()
        except BaseException as error:
            session.rollback()
            with _database_errors(self.course, f"refused the penalty of {record.student!r}"):
                raise error
        flags = (*without_flag(record.flags), *found.flags)
        if flags != record.flags:
            record = replace(record, flags=flags)
            write_completed_record(self.course, record)
        return record

    def _store_time(self, session: Any, record: Record, time: datetime | None) -> bool:
        """Put time and penalty into the session where they differ; whether they did."""
        from nbgrader import api

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
        import nbformat

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
            target.write_text(nbformat.writes(notebook, version=4) + "\n", encoding="utf-8")
            target.chmod(permissions)
            temporary.chmod(0o2775 if directory.groupshared else 0o755)
        except BaseException:
            _remove(temporary)
            raise
        return temporary, left_out

    def _stored(self, student: str, notebook: str) -> dict[str, float | None]:
        """The automatic scores of a notebook in the database, by grade id."""
        from nbgrader import api

        with _database_errors(self.course, "cannot be read"):
            rows = (
                self._gradebook.db.query(api.BaseCell.name, api.Grade.auto_score)
                .join(api.Grade, api.Grade.cell_id == api.BaseCell.id)
                .join(api.SubmittedNotebook, api.SubmittedNotebook.id == api.Grade.notebook_id)
                .join(api.SubmittedAssignment, api.SubmittedAssignment.id == api.SubmittedNotebook.assignment_id)
                .join(api.Assignment, api.Assignment.id == api.SubmittedAssignment.assignment_id)
                .join(api.Notebook, api.Notebook.id == api.SubmittedNotebook.notebook_id)
                .filter(api.Assignment.name == self.assignment, api.SubmittedAssignment.student_id == student)
                .filter(api.Notebook.name == notebook)
                .all()
            )
            self._gradebook.db.rollback()
        return {row[0]: row[1] for row in rows}

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
                grade.auto_score = graded_points(cell, verdicts.get(name))
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
            untouched = not utils.is_task(node) and node.metadata.nbgrader.checksum == utils.compute_checksum(node)
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
        _complete(session, submitted, assignment)
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


def _open_gradebook(course: Course) -> Any:
    """nbgrader's gradebook; a new one appears complete or not at all."""
    from nbgrader.api import Gradebook

    environment_on_path()
    url = course.directory.db_url
    path = _database_file(course)
    try:
        if path is not None and not path.exists():
            folder = tempfile.mkdtemp(prefix=".gradebook.", dir=path.parent)
            try:
                fresh = os.path.join(folder, "gradebook.db")
                _write_schema_version(fresh)
                Gradebook(SQLITE + fresh, course.directory.course_id).close()
                with contextlib.suppress(FileExistsError):
                    os.link(fresh, path)
            finally:
                shutil.rmtree(folder, ignore_errors=True)
        with _database_errors(course, "cannot be opened"):
            return Gradebook(url, course.directory.course_id)
    except GradebookError:
        raise
    except Exception as error:
        raise GradebookUnusableError(
            f"The gradebook {url} cannot be opened: {type(error).__name__}: {error}. Can its folder be written? After "
            "an upgrade of nbgrader: back it up and run `nbgrader db upgrade`."
        ) from error


def _database_file(course: Course) -> Path | None:
    """The file of the gradebook; None where it is no SQLite file."""
    url = course.directory.db_url
    return Path(url.removeprefix(SQLITE)) if url.startswith(SQLITE) and "?" not in url else None


def _write_schema_version(path: str) -> None:
    """Note in a new database which version of the tables it has, as nbgrader does. It would start a program for that
    which imports all of nbgrader again: six seconds."""
    import sqlite3

    from alembic.script import ScriptDirectory
    from nbgrader.dbutil import ALEMBIC_DIR

    version = ScriptDirectory(ALEMBIC_DIR).get_current_head()
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        database.execute("INSERT INTO alembic_version (version_num) VALUES (?)", (version,))


def _notebook_is_of(path: Path, record: Record) -> bool:
    """Whether a notebook in `autograded/` is the one that was written with this record."""
    try:
        kept = json.loads(path.read_bytes())["metadata"]["gatebook"]
        return (kept["sha256"], kept["seed"], kept["points"]) == (record.sha256, record.seed, record.points)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return False


@contextlib.contextmanager
def _database_errors(course: Course, what: str) -> Iterator[None]:
    """Turn what SQLAlchemy raises into our errors, which say what to do."""
    from sqlalchemy.exc import IntegrityError, SQLAlchemyError

    try:
        yield
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error)
        advice = "After an upgrade of nbgrader: back it up and run `nbgrader db upgrade`."
        for sign, known in (
            ("locked", "Another program is writing to it: wait for it or end it, and run again."),
            ("readonly", "Give yourself the right to write it (and its folder), and run again."),
            ("disk is full", "Make room on the disk, and run again."),
            ("disk I/O", "Look at the disk (is it full, or gone?), and run again."),
            ("malformed", "It is damaged: restore it from a backup."),
            ("not a database", "It is damaged: restore it from a backup."),
        ):
            if sign in reason:
                advice = known
                break
        kind = GradebookError if isinstance(error, IntegrityError) else GradebookUnusableError
        raise kind(f"The gradebook {course.directory.db_url} {what}: {reason}. {advice}") from error


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


# ------------------------------------------------------------------------------------ assignment and feedback


def ensure_assignment(course: Course, assignment: str) -> None:
    """Record an assignment in the gradebook as `nbgrader generate_assignment` does; nothing happens if it is
    there.

    Raises:
        GradebookError: cells were added or removed though there are submissions, or nbgrader refused the
        notebook.
    """
    known = True
    with contextlib.closing(_open_gradebook(course)) as gradebook, _database_errors(course, "cannot be read"):
        for release in course.releases(assignment):
            wanted = _wanted_cells(release)
            recorded, submissions = _recorded_cells(gradebook, assignment, release.notebook)
            known = known and recorded == wanted
            if submissions and recorded is not None and set(recorded) != set(wanted):
                changed = sorted(set(recorded) ^ set(wanted))
                raise GradebookError(
                    f"Cells of {assignment!r} were added or removed ({', '.join(changed)}), but the gradebook holds "
                    f"{submissions} submissions of it. Undo that in {course.directory.source_directory}/, or remove "
                    f"the assignment with its grades: `nbgrader db assignment remove {assignment} --force`."
                )
    if known:
        _complete_submissions(course, assignment)
        return
    from autograder.nbgrader_steps import record_assignment

    with _database_errors(course, f"did not take the assignment {assignment!r}"):
        record_assignment(course, assignment)
        _complete_submissions(course, assignment)


def _complete(session: Any, submitted: Any, assignment: Any) -> None:
    """Give a submission the notebooks of its assignment that it lacks: `nbgrader autograde` makes a submission before
    it finds that the gradebook knows no notebook, and never looks again."""
    from nbgrader import api

    present = {notebook.notebook_id for notebook in submitted.notebooks}
    for notebook in assignment.notebooks:
        if notebook.id in present:
            continue
        made = api.SubmittedNotebook(notebook_id=notebook.id)
        submitted.notebooks.append(made)
        for cell in notebook._base_cells:
            if not isinstance(cell, api.SolutionCell):
                made.grades.append(api.Grade(cell_id=cell.id))
            if not isinstance(cell, api.GradeCell):
                made.comments.append(api.Comment(cell_id=cell.id))
    session.flush()


def _complete_submissions(course: Course, assignment: str) -> None:
    """Give every submission in the gradebook all notebooks of its assignment."""
    from nbgrader.api import SubmittedAssignment, SubmittedNotebook

    with contextlib.closing(_open_gradebook(course)) as gradebook:
        found = gradebook.find_assignment(assignment)
        submissions = gradebook.db.query(SubmittedAssignment).filter_by(assignment_id=found.id)
        for notebook in found.notebooks:
            present = SubmittedAssignment.notebooks.any(SubmittedNotebook.notebook_id == notebook.id)
            for submitted in submissions.filter(~present).all():
                _complete(gradebook.db, submitted, found)
        gradebook.db.commit()


def _wanted_cells(release: Release) -> dict[str, tuple[str, float | None]]:
    return {cell.id: (cell.checksum, cell.metadata.get("points")) for cell in release.cells if cell.role != "student"}


def _recorded_sources(course: Course, assignment: str, notebook: str) -> dict[str, str]:
    """The texts of the cells that nbgrader recorded, by grade id."""
    from nbgrader.api import MissingEntry

    with contextlib.closing(_open_gradebook(course)) as gradebook, _database_errors(course, "cannot be read"):
        try:
            return {cell.name: cell.source for cell in gradebook.find_notebook(notebook, assignment).source_cells}
        except MissingEntry:
            return {}


def _recorded_cells(
    gradebook: Any, assignment: str, notebook: str
) -> tuple[dict[str, tuple[str, float | None]] | None, int]:
    from nbgrader.api import MissingEntry

    try:
        known = gradebook.find_notebook(notebook, assignment)
    except MissingEntry:
        return None, 0
    points = {cell.name: cell.max_score for cell in (*known.grade_cells, *known.task_cells)}
    cells = {cell.name: (cell.checksum, points.get(cell.name)) for cell in known.source_cells}
    return cells, len(known.submissions)


def penalties(course: Course, assignment: str | None = None) -> tuple[Penalty, ...]:
    """What the gradebook takes off late submissions of an assignment, or of all.

    Raises:
        GradebookError: the database cannot be read.
    """
    if (path := _database_file(course)) is not None and not path.exists():
        return ()
    from nbgrader import api

    with contextlib.closing(_open_gradebook(course)) as gradebook, _database_errors(course, "cannot be read"):
        found = gradebook.db.query(api.SubmittedNotebook).filter(api.SubmittedNotebook.late_submission_penalty > 0)
        return tuple(
            Penalty(
                one.assignment.student_id, one.assignment.name, one.name, one.assignment.total_seconds_late,
                points=one.late_submission_penalty, score=one.score, left=one.score - one.late_submission_penalty,
                possible=one.max_score,
            )
            for one in found
            if assignment in (None, one.assignment.name)
        )  # fmt: skip


def feedback_is_current(course: Course, assignment: str, student: str) -> bool:
    """Whether the feedback pages of a student are younger than their notebooks in `autograded/`; a run that was
    killed may have graded without writing them."""
    page_of = course.path("feedback", student, assignment)
    try:
        return all(
            page_of.joinpath(f"{path.stem}.html").stat().st_mtime_ns >= path.stat().st_mtime_ns
            for path in course.path("autograded", student, assignment).glob("*.ipynb")
        )
    except OSError:
        return False


def feedback_writer(course: Course, assignment: str) -> FeedbackWriter:
    """What makes `feedback/` of an assignment from `autograded/`, with nbgrader's own converter, in this process."""
    from autograder.nbgrader_steps import FeedbackWriter

    environment_on_path()
    return FeedbackWriter(course, assignment)
