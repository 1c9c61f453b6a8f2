"""nbgrader's own way from a source to a release and to the gradebook, told why where it fails."""

from __future__ import annotations

import contextlib
import difflib
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook
from nbgrader.converters import GenerateAssignment
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import SaveCells

from autograder.course.database import GradebookError, environment_on_path
from autograder.course.folder import Course


class SaysWhy:
    """A converter of nbgrader that keeps what stopped it: nbgrader writes that to its log, and raises an error that
    points there."""

    def __init__(self, *args: Any, **traits: Any) -> None:
        self.reasons: list[Exception] = []
        super().__init__(*args, **traits)

    def init_destination(self, assignment_id: str, student_id: str) -> bool:
        with self._kept():
            return bool(super().init_destination(assignment_id, student_id))  # type: ignore[misc]  # mixed into a converter

    def init_assignment(self, assignment_id: str, student_id: str) -> None:
        with self._kept():
            super().init_assignment(assignment_id, student_id)  # type: ignore[misc]  # mixed into a converter

    def convert_single_notebook(self, notebook_filename: str) -> None:
        with self._kept():
            super().convert_single_notebook(notebook_filename)  # type: ignore[misc]  # mixed into a converter

    def set_permissions(self, assignment_id: str, student_id: str) -> None:
        with self._kept():
            super().set_permissions(assignment_id, student_id)  # type: ignore[misc]  # mixed into a converter

    @contextlib.contextmanager
    def _kept(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            self.reasons.append(error)
            raise


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
    `autograder.course.assignments.ensure_assignment`."""
    environment_on_path()
    _convert(_RecordAssignment, course.directory, course.config, assignment)


def generate_assignment(course_dir: str | Path, assignment: str, *, release_folder: str | None = None) -> Path:
    """Make `assignments/<name>/` from `solutions/<name>/` with nbgrader's own steps, and return the folder.

    The gradebook is not touched (`ensure_assignment` does that). A second run writes the same bytes.

    Raises:
        GradebookError: nbgrader refused the notebook; the message says why.
    """
    from autograder.course.folder import open_course

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
    from autograder.course.folder import open_course

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

    class Converter(SaysWhy, kind):
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
