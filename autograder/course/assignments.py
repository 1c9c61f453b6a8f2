"""Assignments in the gradebook, as `nbgrader generate_assignment` records them."""

from __future__ import annotations

import contextlib
from typing import Any

from autograder.course.database import GradebookError, database_errors, open_gradebook
from autograder.course.folder import Course
from autograder.notebooks.release import Release


def ensure_assignment(course: Course, assignment: str) -> None:
    """Record an assignment in the gradebook as `nbgrader generate_assignment` does; nothing happens if it is
    there.

    Raises:
        GradebookError: cells were added or removed though there are submissions, or nbgrader refused the
        notebook.
    """
    known = True
    with (
        contextlib.closing(open_gradebook(course.directory)) as gradebook,
        database_errors(course.directory, "cannot be read"),
    ):
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
    from autograder.course.converters import record_assignment

    with database_errors(course.directory, f"did not take the assignment {assignment!r}"):
        record_assignment(course, assignment)
        _complete_submissions(course, assignment)


def complete(session: Any, submitted: Any, assignment: Any) -> None:
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

    with contextlib.closing(open_gradebook(course.directory)) as gradebook:
        found = gradebook.find_assignment(assignment)
        submissions = gradebook.db.query(SubmittedAssignment).filter_by(assignment_id=found.id)
        for notebook in found.notebooks:
            present = SubmittedAssignment.notebooks.any(SubmittedNotebook.notebook_id == notebook.id)
            for submitted in submissions.filter(~present).all():
                complete(gradebook.db, submitted, found)
        gradebook.db.commit()


def _wanted_cells(release: Release) -> dict[str, tuple[str, float | None]]:
    return {cell.id: (cell.checksum, cell.metadata.get("points")) for cell in release.cells if cell.role != "student"}


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
