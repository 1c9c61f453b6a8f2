"""What those who install Gatebook get: built, installed into bare environments, and run far from the checkout.

Takes minutes and a registry of packages, so it has a target of its own (`make install-check`).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.parser import Parser
from pathlib import Path
from typing import Any

import pytest
from as_user import TOOLS, USER, as_user, closed_folder
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
SMALL_SET = Path(__file__).with_name("small_set.py")
POINTS = {"rnn": 26, "lstm": 46, "cnn": 40}
"""What a right notebook earns."""
QUICKLY = ("--no-compile",)
"""Half of an installation is compiling modules, most of which nobody imports here."""
USERS = ("root", "ordinary") if os.getuid() == 0 else ("ordinary",)


@pytest.fixture(scope="session")
def place() -> Iterator[Path]:
    """A folder that everybody may enter; pytest's own are closed to others."""
    folder = Path(tempfile.mkdtemp(prefix="gatebook-installed-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    done(["rm", "-rf", "--one-file-system", folder])  # gigabytes, for which `shutil` takes long


def done(command: Sequence[object], **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(one) for one in command], capture_output=True, text=True, **options)


def succeeded(command: Sequence[object], **options: Any) -> str:
    ended = done(command, **options)
    assert ended.returncode == 0, (ended.stdout + ended.stderr)[-4000:]
    return ended.stdout


def pip(python: object, *arguments: object) -> None:
    succeeded([python, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments], cwd="/")


@dataclass(frozen=True)
class Environment:
    """A virtual environment, and where those who use it are at home."""

    folder: Path
    home: Path

    @classmethod
    def make(cls, folder: Path) -> Environment:
        succeeded([sys.executable, "-m", "venv", folder])
        return cls(folder, folder.parent)

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    @property
    def bundled(self) -> Path:
        """The course in the installed package."""
        return next(self.folder.glob("lib/*/site-packages/autograder/_course"))

    def run(self, *command: object, user: str = USERS[0], **more: str) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment, nowhere near the checkout."""
        home = self.home / f"home-{user}"
        home.mkdir(exist_ok=True)
        words = [str(self.folder / "bin" / str(command[0])), *map(str, command[1:])]
        if user == "ordinary" and os.getuid() == 0:
            missing = [tool for tool in TOOLS if shutil.which(tool) is None]
            assert not missing, f"cannot become an ordinary user here without {', '.join(missing)}"
            os.chown(home, USER, USER)
            words = as_user(words, home)
        variables = {"HOME": str(home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TMPDIR": "/tmp", **more}
        return done(words, cwd=home, env=variables)


# --------------------------------------------------------------------------------------------------- what is built


@pytest.fixture(scope="session")
def wheel(place: Path) -> Path:
    pip(sys.executable, "wheel", "--no-deps", "--wheel-dir", place / "wheel", ROOT)
    return next((place / "wheel").glob("gatebook-*.whl"))


def contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist() if not name.endswith("/RECORD")}


def test_the_source_distribution_gives_the_same_wheel(wheel: Path, place: Path) -> None:
    tools = Environment.make(place / "tools")
    pip(tools.python, "install", "build")
    succeeded([tools.python, "-m", "build", "--sdist", "--outdir", place / "source", ROOT], cwd="/")
    (source,) = (place / "source").iterdir()
    pip(sys.executable, "wheel", "--no-deps", "--wheel-dir", place / "again", source)
    (again,) = (place / "again").iterdir()
    assert contents(again) == contents(wheel)
    names = contents(again).keys()
    assert {"autograder/cli.py", "reference/__init__.py", "autograder/_course/nbgrader_config.py"} <= names
    assert {"autograder/demo/students/okafor_ada.py", "autograder/demo/styles/lstm.py"} <= names
    assert not any(name.startswith("autograder/_course/tests/") for name in names)


# --------------------------------------------------------------------------------------------- a bare environment


@pytest.fixture(scope="session")
def bare(wheel: Path, place: Path) -> Environment:
    """The wheel and the versions that are known to work, and nothing else."""
    environment = Environment.make(place / "bare")
    assert closed_folder(environment.folder) is None
    pip(environment.python, "install", *QUICKLY, "--constraint", ROOT / "constraints.txt", wheel)
    return environment


@pytest.mark.parametrize("user", USERS)
def test_doctor(bare: Environment, user: str) -> None:
    ended = bare.run("autograder", "doctor", user=user)
    assert ended.returncode == 0, ended.stderr
    assert "full: works" in ended.stdout
    assert "restricted: works" in ended.stdout


@pytest.mark.parametrize("user", USERS)
def test_demo(bare: Environment, user: str) -> None:
    ended = bare.run("autograder", "demo", "demo-course", user=user)
    assert ended.returncode == 0, (ended.stdout + ended.stderr)[-4000:]
    course = bare.home / f"home-{user}" / "demo-course"
    records = [json.loads(path.read_bytes()) for path in (course / ".gatebook" / "records").rglob("*.json")]
    students = {path.name for path in (course / "submitted").iterdir()}
    assert {record["student"] for record in records} == students
    assert {record["sandbox"] for record in records} == {"full"}
    for folder in ("reports", "feedback", "autograded"):
        assert {path.name for path in (course / folder).iterdir()} >= (
            students if folder != "reports" else {"index.html"}
        )
    assert (course / "gradebook.db").is_file()


@pytest.mark.parametrize("user", USERS)
def test_grade(bare: Environment, user: str) -> None:
    told = graded(bare, {"right": "solutions", "empty": "assignments"}, ("rnn",), user)
    assert {(record["student"], record["points"], record["sandbox"]) for record in told} == {
        ("right", POINTS["rnn"], "full"),
        ("empty", 0, "full"),
    }


def graded(environment: Environment, students: dict[str, str], names: Sequence[str], user: str) -> list[dict[str, Any]]:
    """The records of a small course made of what the installation brings along."""
    home = environment.home / f"home-{user}"
    course = home / "course"
    shutil.rmtree(course, ignore_errors=True)
    for folder in ("solutions", "assignments"):
        shutil.copytree(environment.bundled / folder, course / folder)
    shutil.copy(environment.bundled / "nbgrader_config.py", course)
    (course / ".gatebook").mkdir(mode=0o700)
    for student, what in students.items():
        for name in names:
            (course / "submitted" / student / name).mkdir(parents=True)
            shutil.copy(course / what / name / f"{name}.ipynb", course / "submitted" / student / name)
    if user == "ordinary" and os.getuid() == 0:
        succeeded(["chown", "-R", f"{USER}:{USER}", course])
    ended = environment.run("autograder", "grade", "--course", course, "--json", *names, user=user)
    assert ended.returncode == 0, (ended.stdout + ended.stderr)[-4000:]
    assert (course / "reports" / "index.html").is_file()
    assert len(list((course / "reports" / "students").glob("*.html"))) == len(students) * len(names)
    told = json.loads(ended.stdout)
    assert told["failures"] == []
    return list(told["records"])


# ------------------------------------------------------------------------------------------------ oldest and newest


@pytest.fixture(scope="session")
def oldest(wheel: Path, place: Path) -> Environment:
    """The lower bound of everything that the wheel asks for."""
    with zipfile.ZipFile(wheel) as archive:
        (metadata,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        asked = Parser().parsestr(archive.read(metadata).decode()).get_all("Requires-Dist", [])
    bounds = []
    for requirement in map(Requirement, asked):
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            (lowest,) = (one.version for one in requirement.specifier if one.operator == ">=")
            bounds.append(f"{requirement.name}=={lowest}")
    (place / "oldest.txt").write_text("\n".join(bounds))
    environment = Environment.make(place / "oldest")
    pip(environment.python, "install", *QUICKLY, "--constraint", place / "oldest.txt", wheel)
    return environment


@pytest.fixture(scope="session")
def newest(bare: Environment, wheel: Path) -> Environment:
    """The same environment with the newest of everything. Tests of `bare` hold for it, too."""
    pip(bare.python, "install", *QUICKLY, "--upgrade", "--upgrade-strategy", "eager", wheel)
    return bare


@pytest.fixture(scope="session", params=["newest", "oldest"])
def environment(request: pytest.FixtureRequest) -> Environment:
    found: Environment = request.getfixturevalue(request.param)
    return found


def test_layers_and_names_of_keras(environment: Environment) -> None:
    ended = environment.run("python", "-P", SMALL_SET)
    assert ended.returncode == 0, ended.stderr[-4000:]
    told = json.loads(ended.stdout.splitlines()[-1])
    assert max(told["apart"].values()) < 1e-5, told["apart"]
    assert told["not found"] == []
    assert told["drawn"][0] == told["drawn"][1]
    assert told["seed"]
    assert told["directly"]
    assert told["variable"]


@pytest.mark.parametrize("name", POINTS)
def test_right_notebooks_are_right(environment: Environment, name: str) -> None:
    folder = environment.home / f"check-{name}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    shutil.copy(environment.bundled / "solutions" / name / f"{name}.ipynb", folder)
    shutil.copy(environment.bundled / "assignments" / name / f"{name}.checks", folder)
    ended = environment.run("autograder", "check", folder / f"{name}.ipynb", "--json")
    assert ended.returncode == 0, ended.stderr[-4000:]
    verdicts = json.loads(ended.stdout.splitlines()[-1])
    assert {verdict["exercise"]: verdict["status"] for verdict in verdicts if verdict["status"] != "passed"} == {}
    assert sum(verdict["points"] for verdict in verdicts) == POINTS[name]


def test_right_notebooks_are_graded_as_right(environment: Environment) -> None:
    told = graded(environment, {"right": "solutions"}, tuple(POINTS), USERS[0])
    assert {record["assignment"]: record["points"] for record in told} == POINTS
    assert {record["sandbox"] for record in told} == {"full"}


def test_help_is_shown(environment: Environment) -> None:
    for command in ((), ("grade",), ("demo",), ("check",)):
        assert environment.run("autograder", *command, "--help").returncode == 0


def test_a_version_that_is_too_old_is_refused(bare: Environment, place: Path) -> None:
    pip(bare.python, "install", "--no-deps", "--target", place / "old-keras", "keras==3.5.0")
    for command in (["doctor"], ["grade"], ["check", bare.bundled / "assignments" / "rnn" / "rnn.ipynb"]):
        ended = bare.run("autograder", *command, PYTHONPATH=str(place / "old-keras"))
        assert ended.returncode == 1
        said = ended.stdout + ended.stderr
        assert "Gatebook needs keras >=3.6, and keras 3.5.0 is installed here: run `" in said
        assert "Traceback" not in said
