"""`autograder release --bundle`: what a student downloads is what was released, with the client and how to begin."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import pytest

from autograder.commands.release import release
from autograder.course.folder import open_course
from autograder.handout.bundle import write_bundle
from autograder.notebooks.release import ReleaseError

ROOT = Path(__file__).parents[2]


@pytest.fixture
def course(tmp_path: Path) -> Path:
    for name in ("solutions", "assignments"):
        shutil.copytree(ROOT / name / "rnn", tmp_path / name / "rnn")
    shutil.copy(ROOT / "nbgrader_config.py", tmp_path)
    return tmp_path


def test_a_bundle_holds_all_that_a_student_needs(course: Path) -> None:
    (course / "solutions" / "rnn" / "words.txt").write_text("beside the notebook", "utf-8")
    assert release(course, ("rnn",), verify=False, prove=False, bundle=True) == 0
    with zipfile.ZipFile(course / "bundles" / "rnn.zip") as archive:
        names = {name.removeprefix("rnn/") for name in archive.namelist()}
        (wheel,) = (name for name in names if name.endswith(".whl"))
        assert names == {"rnn.ipynb", "rnn.checks", "words.txt", "README.txt", wheel}
        for path in (course / "assignments" / "rnn").iterdir():
            assert archive.read(f"rnn/{path.name}") == path.read_bytes()
        begin = archive.read("rnn/README.txt").decode()
        assert f"    .venv/bin/python -m pip install rnn/{wheel}\n" in begin
        assert f"    .venv\\Scripts\\python -m pip install rnn\\{wheel}\n" in begin
        assert ".venv/bin/autograder check rnn/rnn.ipynb" in begin
        archive.extract(f"rnn/{wheel}", course)
    with zipfile.ZipFile(course / "rnn" / wheel) as client:
        inside = client.namelist()
    assert "autograder/student/checking.py" in inside
    assert not [name for name in inside if name.startswith(("autograder/exercises", "reference/equations"))]


def test_the_same_release_gives_the_same_bytes(course: Path) -> None:
    wheel = course / "gatebook_student-0-py3-none-any.whl"
    wheel.write_bytes(b"a wheel")
    first = write_bundle(open_course(course), "rnn", wheel).read_bytes()
    for path in (course / "assignments" / "rnn").iterdir():
        path.touch()
    assert write_bundle(open_course(course), "rnn", wheel).read_bytes() == first


def test_what_was_not_released_is_no_bundle(course: Path) -> None:
    shutil.rmtree(course / "assignments" / "rnn")
    with pytest.raises(ReleaseError, match="release rnn first"):
        write_bundle(open_course(course), "rnn", course / "none.whl")


def test_to_verify_changes_nothing(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert release(course, ("rnn",), verify=True, prove=True, bundle=True) == 2
    assert "give one of the two" in capsys.readouterr().out
    assert not (course / "bundles").exists()
