"""Our grading as steps of nbgrader, so that `nbgrader autograde` and the formgrader's Autograde button use
it.

`nbgrader_config.py` installs them. nbgrader first sanitizes a submission (`RestoreCells`), then grades it
(`GradeInSandbox`); its own steps save the grades. What else goes through nbgrader's own converters is here
too: the assignment that students get, and the feedback.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbgrader.api import Gradebook
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import NbGraderPreprocessor

from autograder.course.assignments import ensure_assignment
from autograder.course.completed import write_completed_record
from autograder.course.database import GradebookError, environment_on_path
from autograder.course.folder import Course, grading_lock
from autograder.course.handed_in import handed_in
from autograder.language import find
from autograder.model import Record
from autograder.notebooks.autograded import autograded_notebook
from autograder.notebooks.release import ReleaseError
from autograder.notebooks.submission import read_submission
from autograder.running import devices
from autograder.running.devices import DeviceError
from autograder.running.sandbox import SandboxError, require


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
        """End the command, as ours do, where no submission could be graded: by wrong settings, or in a sandbox or on a
        device that cannot be had here."""
        try:
            settings = _course(self.parent).settings
            require(settings.sandbox)
            devices.find(settings.device)
        except (GradebookError, SandboxError, DeviceError) as error:
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
        known = {path.name for path in course.path("source", ".", assignment).glob("*.ipynb")}
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
        from autograder.grading.pipeline import grade_one

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


def _remove_copied_links(submitted: Path, autograded: Path) -> None:
    """nbgrader copies what links in a submission point to, which may be anyone's file; feedback would publish
    it."""
    for folder, _, files in os.walk(submitted):
        for name in files:
            path = Path(folder, name)
            copy = autograded / path.relative_to(submitted)
            if path.is_symlink() and copy.is_file():
                copy.unlink()
