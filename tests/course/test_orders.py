"""In whatever order the commands of nbgrader and ours run, everybody is graded, or the reason is said."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.course_builder import TinyCourse, fake_result, grade_with, set_source, write_notebook, write_record

import autograder
from autograder.course.assignments import ensure_assignment
from autograder.course.converters import generate_assignment
from autograder.course.database import GradebookError, environment_on_path
from autograder.course.feedback_writer import FeedbackWriter
from autograder.notebooks.submission import read_submission

# nbgrader's own way to add a submission makes SQLAlchemy warn.
pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")

POINTS = {"double": 2.0, "square": 1.25, "total": 0.0}
INSTALLED = Path(autograder.__file__).parents[1] / "nbgrader_config.py"


@pytest.fixture
def course(tiny: TinyCourse, monkeypatch: pytest.MonkeyPatch) -> TinyCourse:
    """Two students, the project's configuration, no gradebook, and a stand-in for the pipeline."""
    grade_with(monkeypatch, lambda submission: fake_result(submission, POINTS))
    shutil.copy(INSTALLED, tiny.root)
    for student in ("ada", "bob"):
        tiny.submit(student, tiny.solved(), "2026-01-11 12:00:00 UTC")
    environment_on_path()
    return tiny


def due(tiny: TinyCourse) -> None:
    """`nbgrader db assignment add tiny --duedate=...`"""
    with _gradebook(tiny) as gradebook:
        gradebook.update_or_create_assignment("tiny", duedate="2026-01-10 12:00:00")


def enrol(tiny: TinyCourse) -> None:
    """`nbgrader db student add ada`"""
    with _gradebook(tiny) as gradebook:
        gradebook.update_or_create_student("ada")


def generate(tiny: TinyCourse) -> None:
    """`nbgrader generate_assignment tiny --force`; nbgrader itself refuses it after a submission of nothing."""
    from nbgrader.converters import GenerateAssignment
    from nbgrader.converters.base import NbGraderException

    course = tiny.course
    course.directory.assignment_id = "tiny"
    try:
        GenerateAssignment(course.directory, config=course.config, force=True).start()
    except NbGraderException:
        with _gradebook(tiny) as gradebook:
            assignment = gradebook.find_assignment("tiny")
            assert assignment.submissions
            assert not assignment.notebooks
        # nbgrader has removed the released folder before it refused.
        for end in (grade, autograde):
            with pytest.raises(Exception, match=r"Run `autograder release tiny`"):
                end(tiny)
        release(tiny)


def release(tiny: TinyCourse) -> None:
    """`autograder release tiny --no-prove`, as far as nbgrader is concerned."""
    generate_assignment(tiny.root, "tiny")


def stock_autograde(tiny: TinyCourse) -> None:
    """`nbgrader autograde tiny` before our steps were installed; it fails where nothing was recorded."""
    _autograde(tiny, ours=False)


def autograde(tiny: TinyCourse) -> None:
    """`nbgrader autograde tiny` with our steps: it has to work."""
    _autograde(tiny, ours=True)


def grade(tiny: TinyCourse) -> None:
    """What `autograder grade tiny` does with a graded class."""
    course = tiny.course
    ensure_assignment(course, "tiny")
    for student in ("ada", "bob"):
        path = tiny.root / f"submitted/{student}/tiny/tiny.ipynb"
        submission = read_submission(path, student, tiny.release)
        write_record(course, *_with_submission(submission))
    writer = FeedbackWriter(course, "tiny")
    assert writer.write(["ada", "bob"]) == {}
    writer.close()


def _with_submission(submission: Any) -> tuple[Any, ...]:
    record, runs, cards = fake_result(submission, POINTS)
    return record, submission, runs, cards


def _autograde(tiny: TinyCourse, *, ours: bool) -> None:
    from nbgrader.converters import Autograde
    from nbgrader.converters.base import NbGraderException

    course = tiny.course
    course.directory.assignment_id = "tiny"
    if not ours:
        del course.config["Autograde"]
        course.config.Autograde.autograde_preprocessors = []
    try:
        Autograde(course.directory, config=course.config).start()
    except NbGraderException:
        if ours:
            raise


def _gradebook(tiny: TinyCourse) -> Any:
    from nbgrader.api import Gradebook

    directory = tiny.course.directory
    return Gradebook(directory.db_url, directory.course_id)


def are_graded(tiny: TinyCourse) -> None:
    """The points of both students are in the gradebook, and the due date where one was set."""
    with _gradebook(tiny) as gradebook:
        for student in ("ada", "bob"):
            notebook = gradebook.find_submission_notebook("tiny", "tiny", student)
            scores = {grade.name: grade.auto_score for grade in notebook.grades}
            assert scores == {"double_check": 2.0, "square_check": 1.25, "total_check": 0.0, "why": None}
            assert {comment.name for comment in notebook.comments} == {"double", "square", "total", "why"}


BEFORE = (due, enrol, generate, stock_autograde)


@pytest.mark.parametrize("end", [autograde, grade], ids=lambda step: step.__name__)
@pytest.mark.parametrize(
    "steps",
    [
        *(order for count in range(3) for order in itertools.permutations(BEFORE, count)),
        (due, stock_autograde, generate),
        (enrol, due, stock_autograde, generate),
    ],
    ids=lambda steps: "-".join(step.__name__ for step in steps) or "nothing",
)
def test_whatever_ran_before(course: TinyCourse, steps: tuple[Callable[..., None], ...], end: Any) -> None:
    for step in steps:
        step(course)
    shutil.rmtree(course.root / "autograded", ignore_errors=True)  # stock steps left notebooks without any points
    end(course)
    are_graded(course)
    with _gradebook(course) as gradebook:
        assert (gradebook.find_assignment("tiny").duedate is not None) == (due in steps)


@pytest.mark.parametrize(
    "order",
    list(itertools.permutations((due, autograde, grade))),
    ids=lambda steps: "-".join(step.__name__ for step in steps),
)
def test_whatever_runs_after(course: TinyCourse, order: tuple[Callable[..., None], ...]) -> None:
    for step in (*order, generate, *order, release):
        step(course)
    are_graded(course)


def test_grades_of_a_notebook_that_is_gone(course: TinyCourse) -> None:
    """The true reason, and what to do, instead of a traceback that is not there."""
    grade(course)
    with _gradebook(course) as gradebook:
        gradebook.find_notebook("tiny", "tiny").name = "older"
        gradebook.db.commit()
    for end in (grade, autograde):
        with pytest.raises(
            Exception, match=r"holds grades of the notebook 'older'.*nbgrader db assignment remove tiny"
        ):
            end(course)
    with _gradebook(course) as gradebook:
        assert [notebook.name for notebook in gradebook.find_assignment("tiny").notebooks] == ["older"]
    assert (course.root / "assignments/tiny/tiny.ipynb").is_file()


def test_a_notebook_that_nobody_has_points_in_gives_way(course: TinyCourse) -> None:
    with _gradebook(course) as gradebook:
        gradebook.add_assignment("tiny")
        gradebook.add_notebook("older", "tiny")
        gradebook.add_student("ada")
        gradebook.add_submission("tiny", "ada")
    grade(course)
    are_graded(course)
    with _gradebook(course) as gradebook:
        assert [notebook.name for notebook in gradebook.find_assignment("tiny").notebooks] == ["tiny"]


def test_cells_changed_under_a_graded_class(course: TinyCourse, caplog: pytest.LogCaptureFixture) -> None:
    grade(course)
    source = course.root / "solutions/tiny/tiny.ipynb"
    notebook = course.solved()
    notebook["cells"] = [cell for cell in notebook["cells"] if cell["id"] != "demo"]
    write_notebook(source, notebook)
    for end in (grade, autograde):
        with pytest.raises(Exception, match=r"\(demo\).*nbgrader db assignment remove tiny --force"):
            end(course)


def test_a_source_without_an_end(course: TinyCourse) -> None:
    notebook = course.solved()
    set_source(notebook, "double", "### BEGIN SOLUTION\n1")
    write_notebook(course.root / "solutions/tiny/tiny.ipynb", notebook)
    with pytest.raises(GradebookError, match="no end solution statement"):
        ensure_assignment(course.course, "tiny")
