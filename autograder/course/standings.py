"""What nbgrader's gradebook says of every submission: points, what waits for a person, late penalties."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from typing import Any

from autograder.course.database import database_errors, database_file, open_gradebook
from autograder.course.folder import Course
from autograder.model import Penalty, Standing


def standings(course: Course, assignment: str | None = None) -> tuple[Standing, ...]:
    """Every submitted notebook of an assignment, or of all; none where there is no gradebook.

    Raises:
        GradebookError: the database cannot be read.
    """
    if (path := database_file(course.directory)) is not None and not path.exists():
        return ()
    with (
        contextlib.closing(open_gradebook(course.directory)) as gradebook,
        database_errors(course.directory, "cannot be read"),
    ):
        return standings_in(gradebook.db, assignment)


def standings_in(session: Any, assignment: str | None = None, student: str | None = None) -> tuple[Standing, ...]:
    """The same of a database that is open, or of one student only.

    nbgrader's own sums look through all grades for each notebook: here they are read once for the class.
    """
    from nbgrader import api
    from sqlalchemy import func

    grade, one_of_all = api.Grade, api.SubmittedNotebook
    wanted = []
    if assignment is not None:
        wanted.append(api.Assignment.name == assignment)
    if student is not None:
        wanted.append(api.SubmittedAssignment.student_id == student)
    handed_in = (
        session.query(one_of_all, api.SubmittedAssignment, api.Assignment.name, api.Notebook.name, api.Notebook.id)
        .join(api.SubmittedAssignment, api.SubmittedAssignment.id == one_of_all.assignment_id)
        .join(api.Assignment, api.Assignment.id == api.SubmittedAssignment.assignment_id)
        .join(api.Notebook, api.Notebook.id == one_of_all.notebook_id)
        .filter(*wanted)
        .all()
    )
    ids = [] if student is None else [grade.notebook_id.in_([one.id for one, *_ in handed_in])]
    possible = dict(session.query(api.Notebook.id, api.Notebook.max_score).all())
    scores = dict(
        session.query(grade.notebook_id, func.sum(grade.score)).filter(*ids).group_by(grade.notebook_id).all()
    )
    waiting: dict[str, dict[str, float]] = defaultdict(dict)
    asked = session.query(grade.notebook_id, api.BaseCell.name, grade.max_score).join(
        api.BaseCell, api.BaseCell.id == grade.cell_id
    )
    for notebook, name, points in asked.filter(grade.needs_manual_grade, *ids).order_by(api.BaseCell.name):
        waiting[notebook][name] = float(points)
    found = []
    for one, by, name, notebook, source in handed_in:
        who = by.student_id, name, notebook
        score, of = float(scores.get(one.id) or 0), float(possible[source])
        off = one.late_submission_penalty or 0
        late = Penalty(*who, by.total_seconds_late, off, score, score - off, of) if off > 0 else None
        found.append(Standing(*who, score, of, waiting.get(one.id, {}), late, one.id))
    return tuple(found)
