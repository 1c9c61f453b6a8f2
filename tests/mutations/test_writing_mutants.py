"""Whatever file is handed in, its grade is written: notebook, gradebook, record, feedback, pages."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
from pathlib import Path

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mutants import REPRODUCIBLE, Base, mutants, worst
from support.course_builder import TinyCourse, fake_result, identity, write_notebook

from autograder.course.completed import completed_record
from autograder.course.feedback_writer import FeedbackWriter
from autograder.course.gradebook import ClassGradebook
from autograder.notebooks.finding import find_submissions
from autograder.notebooks.submission import read_submission
from autograder.report import pages

pytestmark = pytest.mark.long

POINTS = {"double": 2.0, "square": 1.25}


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> TinyCourse:
    tiny = TinyCourse(tmp_path_factory.mktemp("writing") / "course")
    tiny.ready()
    return tiny


def graded(tiny: TinyCourse, student: str, path: Path | None = None) -> None:
    """Grade one with made-up points, and look at all that is written."""
    course = tiny.course
    path = path or tiny.root / f"submitted/{student}/tiny/tiny.ipynb"
    submission = read_submission(path, student, tiny.release)
    points = {} if submission.unreadable else POINTS
    record, runs, cards = fake_result(submission, points)
    with ClassGradebook(course, "tiny") as gradebook:
        gradebook.write_record(record, submission, runs, cards, submission_path=path)
        assert gradebook.up_to_date(*identity(submission), seed="seed") == completed_record(course, "tiny", student)
    notebook = nbformat.read(tiny.root / f"autograded/{student}/tiny/tiny.ipynb", as_version=4)
    nbformat.validate(notebook)
    with contextlib.closing(FeedbackWriter(course, "tiny")) as feedback:
        assert feedback.write([student]) == {}
    page = (tiny.root / f"feedback/{student}/tiny/tiny.html").read_text("utf-8")
    assert f"Score: {sum(points.values())}" in page
    assert page.rstrip().endswith("</html>")
    pages.write_reports([record], pages.StudentPages(tiny.root / "reports"))
    with sqlite3.connect(tiny.root / "gradebook.db") as connection:
        (score,) = connection.execute(
            "select sum(auto_score) from grade join submitted_notebook on submitted_notebook.id = grade.notebook_id"
            " join submitted_assignment on submitted_assignment.id = submitted_notebook.assignment_id"
            " where student_id = ?",
            (student,),
        ).fetchone()
    connection.close()
    assert score == sum(points.values())


def solved() -> dict:
    """A good submission of the tiny course, without making the course."""
    from support.course_builder import source_notebook

    return source_notebook()


BASE = Base(solved())


@settings(REPRODUCIBLE, max_examples=60)
@given(data=mutants(BASE))
def test_mutants(course: TinyCourse, data: bytes) -> None:
    path = course.root / "submitted/ada/tiny/tiny.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    graded(course, "ada")


WORST = worst(BASE.copy())


@pytest.mark.parametrize("name", WORST)
def test_the_worst(course: TinyCourse, name: str) -> None:
    path = course.root / f"submitted/{name}/tiny/tiny.ipynb"
    path.parent.mkdir(parents=True)
    path.write_bytes(WORST[name])
    graded(course, name)


# ----------------------------------------------------------------------------------------- names of students


@settings(REPRODUCIBLE, max_examples=25)
@given(
    name=st.one_of(
        st.sampled_from(
            ["a b", "ö", "张三", "o'neil", 'q"q', "a;b", "%s", "{x}", "a[1]", "a*", "a?", "~", "-rf", "a\nb", "a\\b",
             "x" * 250, "CON", "a.json", "<b>", "$HOME", "&amp;", "a--tiny", "#", "\u202egnp"]
        ),
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/\x00"), min_size=1, max_size=30),
    ).filter(lambda name: not name.startswith(".") and len(name.encode()) <= 255)
)  # fmt: skip
def test_names_of_students(course: TinyCourse, name: str) -> None:
    write_notebook(course.root / f"submitted/{name}/tiny/tiny.ipynb", BASE.notebook)
    graded(course, name)


# -------------------------------------------------------------------------------------- files beside the notebook


def _beside(course: TinyCourse, student: str) -> Path:
    return write_notebook(course.root / f"submitted/{student}/tiny/tiny.ipynb", BASE.notebook).parent


def _copied(course: TinyCourse, student: str) -> set[str]:
    folder = course.root / f"autograded/{student}/tiny"
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir()}


def test_a_linked_folder_publishes_nothing(course: TinyCourse, tmp_path: Path) -> None:
    (tmp_path / "private.txt").write_text("for nobody")
    folder = course.root / "submitted/linker/tiny"
    folder.parent.mkdir(parents=True)
    folder.symlink_to(tmp_path)
    graded(course, "linker")
    assert _copied(course, "linker") == {"tiny.ipynb"}


def test_many_files_and_large_ones(course: TinyCourse, monkeypatch: pytest.MonkeyPatch) -> None:
    from autograder.notebooks import beside

    monkeypatch.setattr(beside, "MAX_FILES", 5)
    folder = _beside(course, "many")
    for number in range(20):
        (folder / f"{number:02}.txt").write_text("x")
    with (folder / "000-bomb.zip").open("wb") as file:
        file.truncate(2**31)
    graded(course, "many")
    assert _copied(course, "many") == {"tiny.ipynb", *(f"{number:02}.txt" for number in range(5))}


def test_deep_folders(course: TinyCourse) -> None:
    folder = _beside(course, "deep")
    here = os.getcwd()
    os.chdir(folder)
    try:
        for _ in range(1500):
            os.mkdir("d")
            os.chdir("d")
        Path("file.txt").write_text("far down")
    finally:
        os.chdir(here)
    graded(course, "deep")
    assert _copied(course, "deep") == {"tiny.ipynb"}
    os.system(f"rm -rf '{folder}'")  # shutil's version recurses


def test_pipes_links_and_odd_names(course: TinyCourse) -> None:
    folder = _beside(course, "pipes")
    os.mkfifo(folder / "pipe")
    (folder / "loop").symlink_to("loop")
    (folder / "zeros").symlink_to("/dev/zero")
    (folder / "up").symlink_to("..")
    (folder / "old.ipynb").mkdir()
    (folder / "old.ipynb" / "inner.txt").write_text("x")
    (folder / "a[1]*?").mkdir()
    (folder / "a[1]*?" / "x.ipynb").write_text("{}")
    (folder / "a[1]*?" / "y\n.csv").write_text("1")
    with open(os.fsencode(folder) + b"/\xff\xfe.txt", "w") as file:
        file.write("x")
    graded(course, "pipes")
    assert _copied(course, "pipes") == {"tiny.ipynb", "a[1]*?/y\n.csv", os.fsdecode(b"\xff\xfe.txt")}


def test_the_instructors_files_win(course: TinyCourse) -> None:
    source = course.root / "solutions/tiny"
    (source / "data").mkdir(exist_ok=True)
    (source / "data" / "given.csv").write_text("given")
    (source / "helper.py").write_text("given")
    folder = _beside(course, "clash")
    (folder / "data").write_text("a file where a folder belongs")
    (folder / "helper.py").mkdir()
    (folder / "helper.py" / "x").write_text("a folder where a file belongs")
    graded(course, "clash")
    assert _copied(course, "clash") == {"tiny.ipynb", "data/given.csv", "helper.py"}


def test_a_notebook_of_another_name(course: TinyCourse) -> None:
    folder = _beside(course, "renamed")
    name = os.fsdecode(b"tiny \xff(1).ipynb")
    (folder / "tiny.ipynb").rename(folder / name)
    (found,) = find_submissions(course.root, "tiny", "renamed")
    graded(course, "renamed", found.path)
    text = json.loads((course.root / "autograded/renamed/tiny/tiny.ipynb").read_text("utf-8"))["cells"][0]["source"]
    assert "was expected" in "".join(text)
