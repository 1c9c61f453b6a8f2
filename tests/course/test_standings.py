"""What our totals say, and what nbgrader's own gradebook says of the same; and the code that was graded."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import Any

import pytest
from support.course_builder import CONFIG, TinyCourse, fake_result, read, set_source, write_record

from autograder.commands import report as reporting
from autograder.course.answers import answers
from autograder.course.completed import completed_records
from autograder.course.gradebook import ClassGradebook
from autograder.course.standings import standings
from autograder.model import Standing

# nbgrader's own way to add a submission makes SQLAlchemy warn.
pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")

POINTS = {"double": 2.0, "square": 1.25, "total": 0.0}


@pytest.fixture
def graded(ready: TinyCourse) -> TinyCourse:
    """Ada answered everything and was late, Bob handed in the stub."""
    (ready.root / "nbgrader_config.py").write_text(f'{CONFIG}c.LateSubmissionPlugin.penalty_method = "zero"\n')
    with gradebook_of(ready) as gradebook:
        gradebook.update_or_create_assignment("tiny", duedate="2026-11-15 12:00:00")
    ready.submit("ada", ready.solved(), "2026-11-20 10:00:00 UTC")
    ready.submit("bob", ready.stub())
    for student in ("ada", "bob"):
        submission = read(ready, student)
        record, runs, cards = fake_result(submission, POINTS if student == "ada" else {})
        write_record(ready.course, record, submission, runs, cards)
    return ready


def gradebook_of(tiny: TinyCourse) -> Any:
    from nbgrader.api import Gradebook

    directory = tiny.course.directory
    return Gradebook(directory.db_url, directory.course_id)


def held_against_nbgrader(tiny: TinyCourse) -> dict[str, Standing]:
    found = {one.student: one for one in standings(tiny.course, "tiny")}
    with gradebook_of(tiny) as gradebook:
        for student, one in found.items():
            theirs = gradebook.find_submission_notebook("tiny", "tiny", student)
            assert (one.id, one.score, one.possible) == (theirs.id, theirs.score, theirs.max_score)
            assert one.total == theirs.score - (theirs.late_submission_penalty or 0)
            assert set(one.waiting) == {grade.name for grade in theirs.grades if grade.needs_manual_grade}
            assert one.by_hand == sum(grade.max_score for grade in theirs.grades if grade.needs_manual_grade)
    return found


def test_our_totals_are_those_of_nbgrader(graded: TinyCourse) -> None:
    found = held_against_nbgrader(graded)
    assert (found["ada"].score, found["ada"].possible, found["ada"].total) == (3.25, 10.5, 0)
    assert found["ada"].waiting
    assert found["bob"].penalty is None
    assert standings(graded.course) == tuple(found.values())
    assert standings(graded.course, "another") == ()
    with ClassGradebook(graded.course, "tiny") as gradebook:
        assert [gradebook.standings(student) for student in found] == [(one,) for one in found.values()]


def test_what_a_person_gives_waits_no_longer(graded: TinyCourse) -> None:
    waiting = held_against_nbgrader(graded)["ada"].waiting
    with contextlib.closing(gradebook_of(graded)) as gradebook:
        for grade in gradebook.find_submission_notebook("tiny", "tiny", "ada").grades:
            if grade.name in waiting:
                grade.manual_score, grade.extra_credit, grade.needs_manual_grade = 1.5, 0.25, False
        gradebook.db.commit()
    ada = held_against_nbgrader(graded)["ada"]
    assert ada.waiting == {}
    assert ada.score == 3.25 + 1.75 * len(waiting)
    assert reporting.report(graded.root) == 0
    page = (graded.root / "reports" / "index.html").read_text("utf-8")
    assert f"{ada.score - 3.25:g} <small>= {ada.score:g} − 3.25</small>" in page


def test_links_to_the_formgrader_are_those_of_the_course(graded: TinyCourse) -> None:
    with open(graded.root / "nbgrader_config.py", "a") as file:
        file.write('c.Gatebook.formgrader = "https://hub.example.org/user/eve/formgrader"\n')
    assert reporting.report(graded.root) == 0
    ada = held_against_nbgrader(graded)["ada"]
    (page,) = (graded.root / "reports" / "students").glob("ada--*.html")
    assert f'"https://hub.example.org/user/eve/formgrader/submissions/{ada.id}"' in page.read_text("utf-8")
    index = (graded.root / "reports" / "index.html").read_text("utf-8")
    assert '"https://hub.example.org/user/eve/formgrader/gradebook/tiny/tiny"' in index


def test_the_code_is_that_which_was_graded(graded: TinyCourse) -> None:
    ada, bob = completed_records(graded.course)
    found = answers(graded.course, ada)
    assert [found[verdict.cell_id] for verdict in ada.verdicts] == [
        ("def double(x):\n    return 2 * x\n",),
        ("def square(x):\n    return x * x\n",),
        ("def total(x):\n    return sum(x)\n",),
    ]
    assert found["why"] == ("Because I think so.",)
    assert answers(graded.course, bob).keys() == found.keys() == {verdict.cell_id for verdict in ada.verdicts} | {"why"}
    changed = graded.solved()
    set_source(changed, "double", "def double(x):\n    return 3 * x\n")
    graded.submit("ada", changed)
    assert answers(graded.course, ada) == found, "what was handed in since was not graded"
    assert answers(graded.course, replace(ada, sha256="0" * 64)) == {}
    assert answers(graded.course, replace(ada, student="nobody")) == {}
    path = graded.root / "autograded/ada/tiny/tiny.ipynb"
    path.chmod(0o644)
    path.write_text('{"cells": [7], "metadata": {}}')
    assert answers(graded.course, ada) == {}
