"""Our grading as steps of nbgrader, so that `nbgrader autograde` and the formgrader's Autograde button use
it.

`nbgrader_config.py` installs them. nbgrader first sanitizes a submission (`RestoreCells`), then grades it
(`GradeInSandbox`); its own steps save the grades. What else goes through nbgrader's own converters is here
too: the assignment that students get, and the feedback.
"""

from __future__ import annotations

import contextlib
import difflib
import json
import os
import shutil
import socket
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbconvert.writers import FilesWriter
from nbgrader.api import BaseCell, Comment, Grade, Gradebook, MissingEntry
from nbgrader.converters import GenerateAssignment, GenerateFeedback
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import GetGrades, NbGraderPreprocessor, SaveCells
from nbgrader.utils import is_grade, is_solution, is_task

from autograder.feedback import FeedbackExporter
from autograder.gradebook import (
    Course,
    GradebookError,
    ensure_assignment,
    environment_on_path,
    grading_lock,
    write_completed_record,
)
from autograder.handed_in import handed_in
from autograder.language import find
from autograder.model import Record
from autograder.report.files import write_atomically
from autograder.submission import ReleaseError, autograded_notebook, read_submission
from autograder.worker.sandbox import SandboxError, require

# --------------------------------------------------------------------------------------- steps of autograding


class SubmissionExporter(NotebookExporter):
    """Reads any submission, however damaged, and lets nbgrader grade again what a killed run left unfinished.

    nbgrader takes a submission as graded as soon as its folder in `autograded/` exists. It grades nothing, either, in
    an assignment that the gradebook does not know with its notebooks: it is recorded first.
    """

    def __init__(self, config: Any = None, **kwargs: Any) -> None:
        super().__init__(config=config, **kwargs)
        converter = self.parent
        if not getattr(converter, "assignments", None):
            return
        self._refuse_what_cannot_be()
        # nbgrader's own way to read a time stops the student where it cannot be read.
        converter.coursedir.get_existing_timestamp = lambda folder: handed_in(Path(folder)).time
        self._record_assignment(converter)
        if not converter.force:
            self._forget_unfinished(converter)

    def _record_assignment(self, converter: Any) -> None:
        """Raises:
        NbGraderException: there is no release, or the gradebook holds another assignment; the log says what to do.
        """
        course = _course(converter)
        try:
            ensure_assignment(course, course.directory.assignment_id)
        except (GradebookError, ReleaseError) as error:
            self.log.error("%s", error)
            raise NbGraderException(str(error)) from error

    def from_filename(self, filename: str, resources: Any = None, **kwargs: Any) -> Any:
        if not getattr(self.parent, "_sanitizing", False):
            return super().from_filename(filename, resources=resources, **kwargs)
        # The file is not opened here: RestoreCells reads it, which survives what nbformat does not.
        resources = resources if resources is not None else {}
        path, name = os.path.split(filename)
        resources["metadata"] = {"name": os.path.splitext(name)[0], "path": path}
        return self.from_notebook_node(nbformat.v4.new_notebook(), resources=resources, **kwargs)

    def _refuse_what_cannot_be(self) -> None:
        """End the command, as ours do, where no submission could be graded: by wrong settings, or in a sandbox that
        cannot be had here."""
        try:
            require(_course(self.parent).settings.sandbox)
        except (GradebookError, SandboxError) as error:
            self.log.error("%s", error)
            raise SystemExit(2) from None

    def _forget_unfinished(self, converter: Any) -> None:
        """Remove folders of `autograded/` that hold no finished grading of a notebook that was submitted."""
        coursedir = converter.coursedir
        course = _course(converter)
        try:
            with grading_lock(course, coursedir.assignment_id):
                self._remove_unfinished(converter, course)
        except GradebookError as error:
            self.log.warning("%s", error)

    def _remove_unfinished(self, converter: Any, course: Course) -> None:
        assignment = course.directory.assignment_id
        known = _notebooks(course, assignment)
        graded = _students_with_submission(course.directory)
        for folder, notebooks in converter.assignments.items():
            student = Path(folder).parent.name
            destination = course.path("autograded", student, assignment)
            names = [Path(path).name for path in notebooks if Path(path).name in known]
            if not destination.is_dir() or not names:
                continue
            if student in graded and all(_is_finished(destination / name) for name in names):
                continue
            if _is_being_graded(_mark(course, assignment, student)):
                self.log.warning("Another process is grading %s; use --force if it is not", destination)
                continue
            self.log.warning("Grading %s again: an earlier run did not finish it", destination)
            shutil.rmtree(destination, ignore_errors=True)


def _mark(course: Course, assignment: str, student: str) -> Path:
    """A file that exists while nbgrader grades a submission; it names the process."""
    return course.root / ".gatebook" / "grading" / assignment / student


def _is_being_graded(mark: Path) -> bool:
    """Whether the process that left a mark may still be at work; our own process grades one at a time."""
    try:
        host, process = mark.read_text().split()
        if host != socket.gethostname():
            return True
        if int(process) != os.getpid():
            os.kill(int(process), 0)
            return True
    except PermissionError:
        return True
    except (OSError, ValueError):
        pass
    return False


def _students_with_submission(coursedir: CourseDirectory) -> set[str]:
    environment_on_path()
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        return {submission.student_id for submission in gradebook.assignment_submissions(coursedir.assignment_id)}


def _is_finished(path: Path) -> bool:
    """Whether the tests in a notebook of `autograded/` were run: a sanitized one has no outputs or counts."""
    try:
        cells = json.loads(path.read_bytes())["cells"]
        tests = [
            cell
            for cell in cells
            if cell["cell_type"] == "code"
            and cell["metadata"].get("nbgrader", {}).get("grade")
            and not cell["metadata"]["nbgrader"].get("solution")
        ]
        return all(cell["execution_count"] is not None or cell["outputs"] for cell in tests)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


class RestoreCells(NbGraderPreprocessor):
    """Sanitize: the submission with the source's given cells. Replaces nbgrader's `DeduplicateIds` and
    `OverwriteCells`, which end the whole run at a duplicated cell and leave a submission with edited metadata
    without a grade."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        course = _course(self.parent.parent)
        names = resources["nbgrader"]
        release = course.release(names["assignment"], names["notebook"])
        path = _submitted_path(course, names)
        mark = _mark(course, names["assignment"], names["student"])
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.write_text(f"{socket.gethostname()} {os.getpid()}")
        submission = read_submission(path, names["student"], release)
        for note in submission.notes:
            self.log.warning("%s: %s", names["student"], note)
        _remove_copied_links(path.parent, course.path("autograded", names["student"], names["assignment"]))
        language = find(course.language)
        return autograded_notebook(path, submission, release, language=language), resources


class GradeInSandbox(NbGraderPreprocessor):
    """Autograde: our grader in place of nbgrader's `Execute`. Each test ends with its points as result, which
    nbgrader's own `SaveAutoGrades` then reads."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        from autograder.pipeline import grade_one

        course = _course(self.parent.parent)
        names = resources["nbgrader"]
        release = course.release(names["assignment"], names["notebook"])
        path = _submitted_path(course, names)
        record, runs, cards = grade_one(
            course.root, names["assignment"], names["notebook"], names["student"], path, course.settings
        )
        submission = read_submission(path, names["student"], release)
        resources["gatebook"] = record
        language = find(course.language)
        graded = autograded_notebook(
            path, submission, release, record=record, runs=runs, cards=cards, language=language
        )
        if "kernelspec" in nb.metadata:
            graded.metadata["kernelspec"] = nb.metadata["kernelspec"]
        return graded, resources


class FlagGraderFaults(NbGraderPreprocessor):
    """Autograde, after `SaveAutoGrades`: what could not be judged waits for a person."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        record: Record | None = resources.get("gatebook")
        faults = [v.cell_id for v in record.verdicts if v.status in ("grader_fault", "ungraded")] if record else []
        if faults:
            names = resources["nbgrader"]
            with Gradebook(names["db_url"]) as gradebook:
                for cell_id in faults:
                    grade = gradebook.find_grade(cell_id, names["notebook"], names["assignment"], names["student"])
                    grade.auto_score = None
                    grade.needs_manual_grade = True
                gradebook.db.commit()
        return nb, resources


class KeepRecord(NbGraderPreprocessor):
    """Autograde, last: keep the record of the submission, from which `autograder report` makes its pages."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        record = resources.get("gatebook")
        if record is not None:
            course = _course(self.parent.parent)
            write_completed_record(course, record)
            _mark(course, record.assignment, record.student).unlink(missing_ok=True)
        return nb, resources


def _course(converter: Any) -> Course:
    """The course of a command of nbgrader's, whose options and files are in the configuration of its converter."""
    return Course(Path(converter.coursedir.root), converter.config, converter.coursedir)


def _submitted_path(course: Course, names: Any) -> Path:
    folder = course.path("submitted", names["student"], names["assignment"])
    return folder / f"{names['notebook']}.ipynb"


def _notebooks(course: Course, assignment: str) -> set[str]:
    return {path.name for path in course.path("source", ".", assignment).glob("*.ipynb")}


def _remove_copied_links(submitted: Path, autograded: Path) -> None:
    """nbgrader copies what links in a submission point to, which may be anyone's file; feedback would publish
    it."""
    for folder, _, files in os.walk(submitted):
        for name in files:
            path = Path(folder, name)
            copy = autograded / path.relative_to(submitted)
            if path.is_symlink() and copy.is_file():
                copy.unlink()


# ------------------------------------------------------------------------------------------- why nbgrader failed


class _SaysWhy:
    """A converter of nbgrader that keeps what stopped it: nbgrader writes that to its log, and raises an error that
    points there."""

    def __init__(self, *args: Any, **traits: Any) -> None:
        self.reasons: list[Exception] = []
        super().__init__(*args, **traits)

    def init_destination(self, assignment_id: str, student_id: str) -> bool:
        with self._kept():
            return bool(super().init_destination(assignment_id, student_id))  # type: ignore[misc]

    def init_assignment(self, assignment_id: str, student_id: str) -> None:
        with self._kept():
            super().init_assignment(assignment_id, student_id)  # type: ignore[misc]

    def convert_single_notebook(self, notebook_filename: str) -> None:
        with self._kept():
            super().convert_single_notebook(notebook_filename)  # type: ignore[misc]

    def set_permissions(self, assignment_id: str, student_id: str) -> None:
        with self._kept():
            super().set_permissions(assignment_id, student_id)  # type: ignore[misc]

    @contextlib.contextmanager
    def _kept(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            self.reasons.append(error)
            raise


# --------------------------------------------------------------------------------------------- the assignment


def _has_grades(submission: Any) -> bool:
    return any(grade.auto_score is not None or grade.manual_score is not None for grade in submission.grades)


class _RecordAssignment(GenerateAssignment):
    """`nbgrader generate_assignment` as far as the database is concerned: writes no file."""

    def _format_dest(self, assignment_id: str, student_id: str, escape: bool = False) -> str:
        """No folder: nbgrader would remove what was released, where recording is refused."""
        return str(Path(self.coursedir.root, ".gatebook", "nothing-is-written"))

    def init_destination(self, assignment_id: str, student_id: str) -> bool:
        return True

    def init_assignment(self, assignment_id: str, student_id: str) -> None:
        with Gradebook(self.coursedir.db_url, self.coursedir.course_id) as gradebook:
            gradebook.update_or_create_assignment(assignment_id)
            self._forget_notebooks(gradebook, assignment_id)

    def _forget_notebooks(self, gradebook: Gradebook, assignment_id: str) -> None:
        """Remove recorded notebooks that the source no longer has. nbgrader refuses that, and new notebooks too, as
        soon as anybody has submitted anything; here what counts is a grade of a notebook that would go."""
        wanted = {Path(path).stem for path in self.notebooks}
        for notebook in list(gradebook.find_assignment(assignment_id).notebooks):
            if notebook.name in wanted:
                continue
            if any(_has_grades(submission) for submission in notebook.submissions):
                source = f"{self.coursedir.source_directory}/{assignment_id}"
                raise GradebookError(
                    f"The gradebook holds grades of the notebook {notebook.name!r} of {assignment_id!r}, which "
                    f"{source}/ does not have. Put it back, or remove the assignment with its grades: "
                    f"`nbgrader db assignment remove {assignment_id} --force`."
                )
            gradebook.remove_notebook(notebook.name, assignment_id)

    def write_single_notebook(self, output: str, resources: Any) -> None:
        pass

    def set_permissions(self, assignment_id: str, student_id: str) -> None:
        pass


class _WriteAssignment(GenerateAssignment):
    """`nbgrader generate_assignment --no-db`, the same bytes on every run."""

    def convert_single_notebook(self, notebook_filename: str) -> None:
        notebook = json.loads(Path(notebook_filename).read_text("utf-8"))
        nameless = [str(number) for number, cell in enumerate(notebook.get("cells", []), 1) if not cell.get("id")]
        # Formats before 4.5 have no ids, and nbgrader gives them none.
        if nameless and notebook.get("nbformat_minor", 5) >= 5:
            raise GradebookError(
                f"{notebook_filename}: cells {', '.join(nameless)} have no id, so that every run would "
                "make up others. Give them one (open and save the notebook in JupyterLab 4: format 4.5)."
            )
        super().convert_single_notebook(notebook_filename)


def record_assignment(course: Course, assignment: str) -> None:
    """Record the cells of the source notebooks in the gradebook; see
    `autograder.gradebook.ensure_assignment`."""
    environment_on_path()
    _convert(_RecordAssignment, course.directory, course.config, assignment)


def generate_assignment(course_dir: str | Path, assignment: str, *, release_folder: str | None = None) -> Path:
    """Make `assignments/<name>/` from `solutions/<name>/` with nbgrader's own steps, and return the folder.

    The gradebook is not touched (`ensure_assignment` does that). A second run writes the same bytes.

    Raises:
        GradebookError: nbgrader refused the notebook; the message says why.
    """
    from autograder.gradebook import open_course

    course = open_course(course_dir)
    directory = CourseDirectory(root=str(course.root), config=course.config)
    if release_folder is not None:
        directory.release_directory = release_folder
    steps = [
        step for step in GenerateAssignment(directory, config=course.config).preprocessors if step is not SaveCells
    ]
    _convert(_WriteAssignment, directory, course.config, assignment, preprocessors=steps, no_database=True)
    return Path(os.path.normpath(directory.format_path(directory.release_directory, ".", assignment)))


def compare_generated(course_dir: str | Path, assignment: str) -> str:
    """What regenerating an assignment would change in its released notebooks, as a unified diff; `""`:
    nothing."""
    from autograder.gradebook import open_course

    course = open_course(course_dir)
    committed = course.path("release", ".", assignment)
    with tempfile.TemporaryDirectory(prefix=".regenerated.", dir=course.root) as folder:
        fresh = generate_assignment(course_dir, assignment, release_folder=Path(folder).name)
        differences: list[str] = []
        for name in sorted({path.name for place in (fresh, committed) for path in place.glob("*.ipynb")}):
            was, now = (
                place.joinpath(name).read_text("utf-8").splitlines(keepends=True) if (place / name).is_file() else []
                for place in (committed, fresh)
            )
            differences += difflib.unified_diff(was, now, f"committed/{name}", f"regenerated/{name}")
        return "".join(differences)


def _convert(kind: type, directory: CourseDirectory, config: Any, assignment: str, **traits: Any) -> None:
    """Run one of nbgrader's converters on an assignment.

    Raises:
        GradebookError: it failed, with the reason that nbgrader only logs.
    """

    class Converter(_SaysWhy, kind):
        pass

    old = directory.assignment_id
    directory.assignment_id = assignment
    converter = Converter(directory, config=config, force=True, **traits)
    try:
        converter.start()
    except NbGraderException as error:
        reasons = converter.reasons or [error]
        if isinstance(reasons[0], GradebookError):
            raise reasons[0] from error
        said = "; ".join(str(reason) or type(reason).__name__ for reason in reasons)
        raise GradebookError(f"nbgrader could not convert {assignment!r}: {said}") from error
    finally:
        directory.assignment_id = old


# --------------------------------------------------------------------------------------------------- feedback


class _GetGradesOfNotebook(GetGrades):
    """nbgrader's step, which asks the database twice for every cell and connects anew for every notebook: this one asks
    twice for a notebook."""

    book: Gradebook | None = None

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        names = resources["nbgrader"]
        self.book = self.book or Gradebook(names["db_url"])
        try:
            notebook = self.book.find_submission_notebook(names["notebook"], names["assignment"], names["student"])
            grades, comments = self._of(notebook, Grade), self._of(notebook, Comment)
            for cell in nb.cells:
                task = is_task(cell)
                if task or is_solution(cell):
                    cell.metadata.nbgrader["comment"] = self._entry(comments, cell, names, "comment").comment
                if task or is_grade(cell):
                    grade = self._entry(grades, cell, names, "grade")
                    cell.metadata.nbgrader.update(score=grade.score, points=grade.max_score)
            late_penalty = notebook.late_submission_penalty or 0
            names.update(score=notebook.score - late_penalty, max_score=notebook.max_score, late_penalty=late_penalty)
        finally:
            self.book.db.remove()  # what is read next time may have changed meanwhile
        return nb, resources

    def _of(self, notebook: Any, kind: Any) -> dict[str, Any]:
        assert self.book is not None
        rows = self.book.db.query(BaseCell.name, kind).join(BaseCell, BaseCell.id == kind.cell_id)
        return dict(rows.filter(kind.notebook_id == notebook.id).all())

    def _entry(self, found: Any, cell: Any, names: Any, what: str) -> Any:
        name = cell.metadata.nbgrader["grade_id"]
        try:
            return found[name]
        except KeyError:
            place = f"{names['assignment']}/{names['notebook']}/{name}"
            raise MissingEntry(f"No such {what}: {place} for {names['student']}") from None

    def close(self) -> None:
        """Close the database."""
        if self.book is not None:
            self.book.close()


class FeedbackWriter(_SaysWhy, GenerateFeedback):
    """`nbgrader generate_feedback` for chosen students of an assignment, with one exporter for all of them; a failure
    stops nobody else. Close it at the end."""

    def __init__(self, course: Course, assignment: str) -> None:
        directory = CourseDirectory(root=str(course.root), config=course.config)
        directory.assignment_id = assignment
        super().__init__(coursedir=directory, config=course.config, force=True)
        self.exporter_class = FeedbackExporter
        self.writer = FilesWriter(parent=self, config=self.config)
        self.exporter = FeedbackExporter(parent=self, config=self.config)
        self._grades = _GetGradesOfNotebook(parent=self, config=self.config)
        for step in self.preprocessors:
            self.exporter.register_preprocessor(self._grades if step is GetGrades else step)
        self._course = course
        self._known = _notebooks(course, assignment)

    def write(self, students: Iterable[str]) -> dict[str, str]:
        """Make `feedback/` of these students.

        Returns:
            Why it failed, by student; empty when all is well.
        """
        failures = {}
        for student in students:
            folder = self._course.path("autograded", student, self.coursedir.assignment_id)
            notebooks = sorted(str(path) for path in folder.glob("*.ipynb") if path.name in self._known)
            if not notebooks:
                failures[student] = "nothing in autograded/: grade the submission first"
                continue
            self.assignments, self.reasons = {str(folder): notebooks}, []
            try:
                with contextlib.chdir(self._course.root):  # as nbgrader does it, for the hooks of a course
                    self.convert_notebooks()
            except Exception as error:
                reason = self.reasons[0] if self.reasons else error
                failures[student] = f"{type(reason).__name__}: {reason}"
        return failures

    def close(self) -> None:
        """Close the database."""
        self._grades.close()

    def write_single_notebook(self, output: str, resources: Any) -> None:
        if resources.get("outputs"):
            super().write_single_notebook(output, resources)
            return
        # nbconvert's writer leaves half a page where it is killed, which would pass for the new one.
        names = resources["nbgrader"]
        folder = self._format_dest(names["assignment"], names["student"])
        write_atomically(Path(folder, resources["unique_key"] + resources["output_extension"]), output)


__all__ = [
    "FeedbackWriter",
    "FlagGraderFaults",
    "GradeInSandbox",
    "KeepRecord",
    "RestoreCells",
    "SubmissionExporter",
    "compare_generated",
    "generate_assignment",
    "record_assignment",
]
