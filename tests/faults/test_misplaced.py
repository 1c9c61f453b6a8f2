"""Whatever a folder or a file in `submitted/` is called: it is graded, or it is said what to rename."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fake_grade
import pytest
from support.course_builder import TinyCourse

from autograder.commands import grade as grading
from autograder.commands import release as releasing
from autograder.commands import report as reporting
from autograder.course.completed import completed_records
from autograder.course.misplaced import misplaced

EVERYBODY = {"ada", "bob", "cyd", "dee", "eve"}
TINY = {"tiny": ["tiny.ipynb"], "other": ["other.ipynb"]}


@pytest.fixture
def grade(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    for name, stand_in in fake_grade.STAND_INS.items():
        monkeypatch.setattr(grading, name, stand_in)

    def run(tiny: TinyCourse, *assignments: str, **options: Any) -> tuple[int, str]:
        capsys.readouterr()
        code = grading.grade(tiny.root, assignments, feedback=False, **options)
        said = capsys.readouterr()
        return code, said.out if options.get("as_json") else said.out + said.err

    return run


def moved(tiny: TinyCourse, name: str) -> str:
    """Ada's notebook lies elsewhere; the path of what holds it there."""
    path = tiny.root / "submitted" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    ada = tiny.root / "submitted/ada/tiny"
    if name.endswith(".zip"):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("__MACOSX/._tiny.ipynb", "")
            archive.write(ada / "tiny.ipynb", "work/tiny.ipynb")
    else:
        shutil.copy(ada / "tiny.ipynb", path)
    if ada not in path.parents:
        shutil.rmtree(ada)
    else:
        (ada / "tiny.ipynb").unlink()
    return name


def records(tiny: TinyCourse) -> dict[str, Any]:
    return {record.student: record for record in completed_records(tiny.course)}


# -------------------------------------------------------------------------------------------- what is said

LOST = {
    "ada/TINY/tiny.ipynb": ("ada/TINY", "Rename it to submitted/ada/tiny."),
    "ada/tiny-homework/tiny.ipynb": ("ada/tiny-homework", "Rename it to submitted/ada/tiny."),
    "ada/homework/tiny.ipynb": ("ada/homework", "Rename it to submitted/ada/tiny."),
    "ada/homework/deep/down/tiny.ipynb": ("ada/homework", "holds deep/down/tiny.ipynb"),
    "ada/homework/mine.ipynb": ("ada/homework", "Rename it to one of tiny."),
    "ada/tiny.ipynb": ("ada/tiny.ipynb", "Move it to submitted/ada/tiny/tiny.ipynb."),
    "ada/work.ipynb": ("ada/work.ipynb", "Move it to submitted/ada/<assignment>/<assignment>.ipynb."),
    "ada/tiny.zip": (
        "ada/tiny.zip",
        "holds work/tiny.ipynb. Unpack it, so that there is submitted/ada/tiny/tiny.ipynb.",
    ),
    "ada.ipynb": ("ada.ipynb", "Move it to submitted/<student>/<assignment>/<assignment>.ipynb."),
    "ada_tiny.ipynb": ("ada_tiny.ipynb", "Move it to submitted/<student>/tiny/tiny.ipynb."),
    "all.zip": ("all.zip", "Unpack it, so that there is submitted/<student>/tiny/tiny.ipynb."),
}


@pytest.mark.parametrize("name", LOST)
@pytest.mark.parametrize("named", [(), ("tiny",)], ids=["all", "named"])
def test_nobody_vanishes(tiny: TinyCourse, grade: Any, name: str, named: tuple[str, ...]) -> None:
    moved(tiny, name)
    path, advice = LOST[name]
    code, said = grade(tiny, *named)
    assert code == 0
    (line,) = [line for line in said.splitlines() if line.startswith(f"submitted/{path}: ")]
    assert advice in line
    assert set(records(tiny)) == EVERYBODY - {"ada"}
    page = (tiny.root / "reports/index.html").read_text("utf-8")
    assert f"submitted/{path}</code>" in page
    assert "1 thing was handed in where it is not graded, or is gone." in page
    code, said = grade(tiny, *named, as_json=True)
    (found,) = json.loads(said)["misplaced"]
    assert (code, found["path"]) == (0, f"submitted/{path}")
    assert found["said"] in line


def test_a_folder_renamed_after_grading_counts_once(tiny: TinyCourse, grade: Any) -> None:
    grade(tiny)
    submitted = tiny.root / "submitted"
    (submitted / "ada").rename(submitted / "lovelace")
    grade(tiny)
    page = (tiny.root / "reports/index.html").read_text("utf-8")
    assert f"<dt>Submissions</dt><dd>{len(EVERYBODY)}</dd>" in page
    assert "submitted/ada/tiny</code>" in page
    assert "It was graded, and is not there any more. Was the folder renamed?" in page
    assert set(records(tiny)) == EVERYBODY | {"lovelace"}  # what was graded is kept


@pytest.mark.parametrize("name", ["ada/tiny/tiny.zip", "ada/tiny/deep/down/tiny.ipynb"])
def test_a_right_folder_without_its_notebook(tiny: TinyCourse, grade: Any, name: str) -> None:
    moved(tiny, name)
    code, said = grade(tiny)
    assert code == 0
    assert f"None of {name.removeprefix('ada/tiny/')} is where submitted/ada/tiny/tiny.ipynb is expected" in said
    assert records(tiny)["ada"].status == "unreadable"


def test_several_that_could_be_it(tiny: TinyCourse, grade: Any) -> None:
    moved(tiny, "ada/tiny/tiny (1).ipynb")
    shutil.copy(tiny.root / "submitted/bob/tiny/tiny.ipynb", tiny.root / "submitted/ada/tiny/tiny.ipynb.txt")
    code, said = grade(tiny)
    assert code == 0
    assert "None of tiny (1).ipynb, tiny.ipynb.txt is where submitted/ada/tiny/tiny.ipynb is expected" in said
    assert "There are tiny (1).ipynb, tiny.ipynb.txt; which one counts?" in str(completed_note(tiny))


def completed_note(tiny: TinyCourse) -> Any:
    from autograder.notebooks.finding import find_submissions
    from autograder.notebooks.submission import read_submission

    (found,) = find_submissions(tiny.root, "tiny", "ada")
    return read_submission(found.path, "ada", tiny.release).unreadable


def test_two_folders_for_one(tiny: TinyCourse, grade: Any) -> None:
    shutil.copytree(tiny.root / "submitted/ada/tiny", tiny.root / "submitted/ada/Tiny 2")
    code, said = grade(tiny)
    assert code == 0
    assert "There is submitted/ada/tiny too, which is graded; which one counts?" in said
    assert set(records(tiny)) == EVERYBODY


def test_one_student_and_one_assignment_hear_of_theirs(tiny: TinyCourse, grade: Any) -> None:
    for student in ("ada", "bob"):
        shutil.copytree(tiny.root / f"submitted/{student}/tiny", tiny.root / f"submitted/{student}/TINY")
    shutil.copy(tiny.root / "submitted/ada/tiny/tiny.ipynb", tiny.root / "submitted/tiny.ipynb")
    _, said = grade(tiny, student="ada")
    assert "submitted/ada/TINY" in said
    assert "submitted/bob/TINY" not in said
    assert "submitted/tiny.ipynb" not in said
    (tiny.root / "submitted/ada/Other").mkdir()
    shutil.copy(tiny.root / "submitted/ada/tiny/tiny.ipynb", tiny.root / "submitted/ada/Other/other.ipynb")
    paths = {one.path for one in misplaced(tiny.root, TINY, assignments=["tiny"])}
    assert paths == {"submitted/ada/TINY", "submitted/bob/TINY", "submitted/tiny.ipynb"}
    assert "submitted/ada/Other" in {one.path for one in misplaced(tiny.root, TINY)}


def test_nobody_at_all(tiny: TinyCourse, grade: Any) -> None:
    for student in EVERYBODY:
        (tiny.root / "submitted" / student / "tiny").rename(tiny.root / "submitted" / student / "Tiny")
    code, said = grade(tiny)
    assert code == 2
    assert said.count("Rename it to submitted/") == 5


# ------------------------------------------------------------------------------------------ what is read


@pytest.mark.parametrize(
    "name", ["tiny.ipynb.json", "tiny.ipynb.txt", "TINY.IPYNB", "tiny (1).ipynb", "tiny.ipynb (1)", "tiny/tiny.ipynb"]
)
def test_one_that_can_only_be_it_is_read(tiny: TinyCourse, grade: Any, name: str) -> None:
    moved(tiny, f"ada/tiny/{name}")
    code, said = grade(tiny)
    assert code == 0
    assert "submitted/ada" not in said
    assert records(tiny)["ada"].points == records(tiny)["bob"].points
    assert (tiny.root / "autograded/ada/tiny/tiny.ipynb").is_file()


def test_no_false_alarms(tiny: TinyCourse) -> None:
    ada = tiny.root / "submitted/ada"
    for name in (
        ".DS_Store", ".hidden.ipynb", ".ipynb_checkpoints/tiny-checkpoint.ipynb", "notes.txt", "data/numbers.csv",
        "tiny/.ipynb_checkpoints/tiny-checkpoint.ipynb", "tiny/scratch.ipynb", "tiny/data/x.npz", "other/other.ipynb",
        "__MACOSX/tiny/._tiny.ipynb", "empty/nothing.py", "../.tiny.ipynb", "../zed/tiny/notes.md", "../readme.txt",
    ):  # fmt: skip
        path = ada / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    (tiny.root / "submitted/newcomer").mkdir()
    with zipfile.ZipFile(ada / "pictures.zip", "w") as archive:
        archive.writestr("cat.png", "x")
    (ada / "broken.zip").write_bytes(b"PK no archive")
    (ada / "loop").symlink_to(ada)
    assert misplaced(tiny.root, TINY) == ()
    assert misplaced(tiny.root / "nowhere", TINY) == ()


# ----------------------------------------------------------------------------------------- folders without a course


@pytest.mark.parametrize("configured", [False, True], ids=["empty", "configuration only"])
def test_a_folder_without_a_course_is_wrong_usage(
    tmp_path: Path, grade: Any, capsys: pytest.CaptureFixture[str], configured: bool
) -> None:
    """Whatever command runs there: exit code 2, one line that says what was looked for and where, and no file more."""
    if configured:
        (tmp_path / "nbgrader_config.py").write_text("c = get_config()\n")
    before = sorted(tmp_path.rglob("*"))
    answers = {
        "release": lambda: releasing.release(tmp_path, (), verify=False, prove=True, sandbox="full"),
        "verify": lambda: releasing.release(tmp_path, (), verify=True, prove=True, sandbox="full"),
        "grade": lambda: grading.grade(tmp_path, ()),
        "report": lambda: reporting.report(tmp_path),
    }
    for name, command in answers.items():
        capsys.readouterr()
        assert command() == 2, name
        said = capsys.readouterr()
        (line,) = (said.out + said.err).splitlines()
        assert line.startswith(("There is nothing to ", "There are no graded submissions in ")), name
        assert str(tmp_path) in line, name
    assert sorted(path for path in tmp_path.rglob("*") if path.is_file()) == [p for p in before if p.is_file()]


def test_a_course_may_call_its_folder_otherwise(tiny: TinyCourse, grade: Callable[..., tuple[int, str]]) -> None:
    with (tiny.root / "nbgrader_config.py").open("a") as config:
        config.write('\nc.CourseDirectory.submitted_directory = "handed_in"\n')
    moved(tiny, "ada/TINY/tiny.ipynb")
    (tiny.root / "submitted").rename(tiny.root / "handed_in")
    code, said = grade(tiny)
    assert code == 0
    assert set(records(tiny)) == EVERYBODY - {"ada"}
    assert "handed_in/ada/TINY: This folder holds tiny.ipynb" in said
