"""What nbgrader's gradebook says of every submission: points, what waits for a person, late penalties."""

from __future__ import annotations

import contextlib
from collections import defaultdict

from autograder.course.database import database_errors, database_file, open_gradebook
from autograder.course.folder import Course
from autograder.model import Penalty, Standing


def standings(course: Course, assignment: str | None = None) -> tuple[Standing, ...]:
    """Every submitted notebook of an assignment, or of all; none where there is no gradebook.

    nbgrader's own sums look through all grades for each notebook: here they are read once for the class.

    Raises:
        GradebookError: the database cannot be read.
    """
    if (path := database_file(course.directory)) is not None and not path.exists():
        return ()
    from nbgrader import api
    from sqlalchemy import func

    grade, one_of_all = api.Grade, api.SubmittedNotebook
    with (
        contextlib.closing(open_gradebook(course.directory)) as gradebook,
        database_errors(course.directory, "cannot be read"),
    ):
        ask = gradebook.db.query
        possible = dict(ask(api.Notebook.id, api.Notebook.max_score).all())
        scores = dict(ask(grade.notebook_id, func.sum(grade.score)).group_by(grade.notebook_id).all())
        waiting: dict[str, dict[str, float]] = defaultdict(dict)
        asked = ask(grade.notebook_id, api.BaseCell.name, grade.max_score).join(
            api.BaseCell, api.BaseCell.id == grade.cell_id
        )
        for notebook, name, points in asked.filter(grade.needs_manual_grade):
            waiting[notebook][name] = float(points)
        handed_in = ask(one_of_all, api.SubmittedAssignment, api.Assignment.name, api.Notebook.name).join(
            api.SubmittedAssignment, api.SubmittedAssignment.id == one_of_all.assignment_id
        )
        handed_in = handed_in.join(api.Assignment, api.Assignment.id == api.SubmittedAssignment.assignment_id)
        handed_in = handed_in.join(api.Notebook, api.Notebook.id == one_of_all.notebook_id)
        if assignment is not None:
            handed_in = handed_in.filter(api.Assignment.name == assignment)
        found = []
        for one, by, name, notebook in handed_in:
            who = by.student_id, name, notebook
            score, of = float(scores.get(one.id) or 0), float(possible[one.notebook_id])
            off = one.late_submission_penalty or 0
            late = Penalty(*who, by.total_seconds_late, off, score, score - off, of) if off > 0 else None
            found.append(Standing(*who, score, of, waiting.get(one.id, {}), late, one.id))
        return tuple(found)
