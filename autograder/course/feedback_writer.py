"""nbgrader's feedback for chosen students, with one exporter and one connection for all of them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from nbconvert.writers import FilesWriter
from nbgrader.api import BaseCell, Comment, Grade, Gradebook, MissingEntry
from nbgrader.converters import GenerateFeedback
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import GetGrades
from nbgrader.utils import is_grade, is_solution, is_task

from autograder.course.converters import SaysWhy
from autograder.course.database import environment_on_path
from autograder.course.feedback import FeedbackExporter
from autograder.course.files import write_atomically
from autograder.course.folder import Course


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


class FeedbackWriter(SaysWhy, GenerateFeedback):
    """`nbgrader generate_feedback` for chosen students of an assignment, with one exporter for all of them; a failure
    stops nobody else. Close it at the end."""

    def __init__(self, course: Course, assignment: str) -> None:
        environment_on_path()
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
        self._known = {path.name for path in course.path("source", ".", assignment).glob("*.ipynb")}

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
