"""What `autograder grade` hands to the stages: the assignments in their order, and the limits."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from typer.testing import CliRunner

from autograder import cli
from autograder.commands import grade as grading
from autograder.grading.pipeline import Options
from autograder.running import devices
from autograder.running.devices import Gpu

ROOT = Path(__file__).parents[2]
ASSIGNMENTS = ("cnn", "lstm", "rnn")


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A student has handed in every stub."""
    root = tmp_path_factory.mktemp("course")
    shutil.copy(ROOT / "nbgrader_config.py", root)
    for name in ASSIGNMENTS:
        for folder in ("solutions", "assignments"):
            shutil.copytree(ROOT / folder / name, root / folder / name)
        shutil.copytree(ROOT / "assignments" / name, root / "submitted" / "ada" / name)
    return root


def graded(course: Path, monkeypatch: pytest.MonkeyPatch, *names: str, **options: Any) -> list[tuple[str, Any]]:
    """(assignment, options) as they are graded, and the code that the command ends with is 0."""
    asked: list[tuple[str, Any]] = []

    def grade_assignment(course: Any, name: str, given: Any, *_: Any, **__: Any) -> grading._Outcome:
        asked.append((name, given))
        return grading._Outcome((), 0, ())

    monkeypatch.setattr(Options, "zygote", mock.MagicMock())
    monkeypatch.setattr(grading, "SheetMaker", mock.MagicMock())
    monkeypatch.setattr(grading, "_grade_assignment", grade_assignment)
    assert grading.grade(course, names, **options) == 0
    return asked


def test_the_smallest_assignment_is_graded_first(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [name for name, _ in graded(course, monkeypatch)] == ["rnn", "cnn", "lstm"]


def test_the_order_that_was_asked_for_is_kept(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [name for name, _ in graded(course, monkeypatch, "lstm", "rnn")] == ["lstm", "rnn"]


def test_limits_reach_the_worker(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ((_, options),) = graded(course, monkeypatch, "rnn", memory=0.75, cell_seconds=7.0, question_seconds=8.0)
    bounds = options.limits.bounds()
    assert bounds.memory == 3 * 2**28
    assert (options.limits.cell_seconds, options.limits.question_seconds) == (7.0, 8.0)
    ((_, options),) = graded(course, monkeypatch, "rnn")
    assert options == Options()


def test_an_option_goes_before_the_courses_setting_and_that_before_the_default(
    course: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = shutil.copytree(course, tmp_path / "own")
    with open(own / "nbgrader_config.py", "a") as file:
        file.write('c.Gatebook.sandbox = "restricted"\nc.Gatebook.workers = 3\nc.Gatebook.memory = 1.5\n')
    ((_, options),) = graded(own, monkeypatch, "rnn", workers=1, sandbox=None)
    assert (options.sandbox, options.workers, options.limits.memory) == ("restricted", 1, 3 * 2**29)
    assert options.limits.question_seconds == Options().limits.question_seconds


def test_a_device_that_is_not_here_ends_the_command_before_anything_is_touched(
    course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = sorted(course.rglob("*"))
    command = ["grade", "rnn", "--course", str(course), "--device", "gpu"]
    monkeypatch.setattr(devices.find, "__defaults__", ("/nowhere",))
    done = CliRunner().invoke(cli.app, command, env={"COLUMNS": "300"})
    assert done.exit_code == 2
    assert "There is no NVIDIA GPU here: /nowhere/nvidiactl does not exist." in done.output
    assert "`--device cpu` grades without a GPU" in done.output
    assert sorted(course.rglob("*")) == before


def test_a_gpu_that_does_not_compute_ends_the_command_too(
    course: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    gpu = Gpu("Some GPU", "GPU-0", 0, 2**34, 2**34)
    monkeypatch.setattr(devices, "find", lambda device: gpu if device == "gpu:1" else None)
    asked: list[Any] = []
    monkeypatch.setattr(grading, "_grade_assignment", lambda *given, **more: asked.append(given))
    # As TensorFlow sees none here, the first worker says so.
    assert grading.grade(course, ("rnn",), device="gpu:1", sandbox="none") == 2
    said = " ".join((captured := capsys.readouterr()).out.split()) + captured.err
    assert "Some GPU does not compute for workers: TensorFlow" in said
    assert asked == []
    full = Gpu("Full GPU", "GPU-0", 0, 2**34, 2**28)
    monkeypatch.setattr(devices, "find", lambda device: full)
    assert grading.grade(course, ("rnn",), device="gpu", sandbox="none") == 2
    assert "Full GPU has 0.2 of 16.0 GB free" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("command", ["grade", "report", "release"])
def test_a_wrong_setting_is_refused_by_every_command(command: str, tmp_path: Path) -> None:
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()\nc.Gatebook.memroy = 3\n")
    done = CliRunner().invoke(cli.app, [command, "--course", str(tmp_path)], env={"COLUMNS": "300"})
    assert done.exit_code == 2
    assert "c.Gatebook.memroy" in done.output.replace("\n", " ")
    assert "c.Gatebook.memory" in done.output.replace("\n", " ")


def test_a_wrong_option_is_refused(course: Path) -> None:
    done = CliRunner().invoke(cli.app, ["grade", "--course", str(course), "--question-seconds", "0"])
    assert done.exit_code == 2
    assert "--question-seconds is 0.0; it must be a number of seconds, at least 0.1." in done.output.replace("\n", " ")


@pytest.mark.parametrize(
    ("number", "said"), [(1, "1 unchanged submission kept its"), (2, "2 unchanged submissions kept their")]
)
def test_one_submission_is_not_two(number: int, said: str) -> None:
    assert grading.told_kept(number).startswith(f"{said} grade; ")


def test_what_stands_is_shown_again_without_a_look_at_it(course: Path, tmp_path: Path) -> None:
    """Nothing is imported for it but what shows it, and it is what a run shows that looks at everything."""
    own = shutil.copytree(course, tmp_path / "own")

    def run(*options: str, to: str = "rnn") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, *options, "-m", "autograder", "grade", to, "--course", str(own)]
        return subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)

    def shown(done: subprocess.CompletedProcess[str]) -> list[str]:
        """Without what tells of a wait."""
        return [line for line in done.stdout.splitlines() if not line.endswith("…") and not line.startswith("Grading ")]

    first = run()
    again = run("-X", "importtime")
    imported = {line.rpartition("|")[2].strip() for line in again.stderr.splitlines()}
    assert "autograder.course.settled" in imported
    assert not imported & {"nbgrader", "sqlalchemy", "tensorflow"}
    os.utime(own / "gradebook.db")
    assert shown(run()) == shown(again) == [grading.told_kept(1), *shown(first)]
    assert any("ada" in line for line in shown(again))


def test_help_is_plain_where_it_is_piped() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "autograder", "grade", "--help"], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert "as c.Gatebook in nbgrader_config.py says" in done.stdout
