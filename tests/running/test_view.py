"""What a worker sees, wherever Gatebook is installed and wherever it is started from.

Small installations are made here: an interpreter, the one library that the walls need, Gatebook, and private files in
all the wrong places. Then the walls are put up, and what stands behind them is looked at from inside.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from autograder.running import sandbox
from autograder.running import view as seen

PACKAGE = Path(sandbox.__file__).parents[1]
INSIDE = """
import json, os, sys
def opens(path):
    try:
        os.close(os.open(path, os.O_RDONLY))
        return True
    except OSError:
        return False
def imports(name):
    try:
        __import__(name)
        return True
    except (ImportError, PermissionError):
        return False
if {level!r} == "restricted":
    isolate(Bounds(), level="restricted", keep=[], readable={readable!r})
import msgspec, email.charset
found = [name for name in ("autograder.worker", "reference.layers") if imports(name)]
print(json.dumps(dict(seen=[path for path in {paths!r} if opens(path)], found=found)))
"""
OUTSIDE = """
import json, subprocess, sys
from pathlib import Path
from autograder.running import sandbox
level, private, paths, inside = json.loads(sys.argv[1])
with sandbox.Walls.build(level, private=list(map(Path, private))) as walls:
    call = inside.format(level=level, readable=walls._readable(), paths=paths)
    command = [*walls._bwrap(), *walls._python("isolation", "isolate, Bounds", f"exec({call!r})")]
    done = subprocess.run(command, env=walls.environment, capture_output=True, text=True)
    sys.stdout.write(done.stdout)
    sys.stderr.write(done.stderr)
    sys.exit(done.returncode)
"""


@dataclass(frozen=True)
class Layout:
    """An installation and where it is started from. libraries: the folder that Gatebook lies in."""

    python: Path
    libraries: Path
    current: Path
    home: Path
    private: tuple[Path, ...] = ()
    """Folders that are given as private, such as the course."""
    variables: dict[str, str] = field(default_factory=dict)


def install(libraries: Path) -> None:
    """What an installer leaves of Gatebook and of msgspec."""
    libraries.mkdir(parents=True, exist_ok=True)
    shutil.copytree(PACKAGE, libraries / "autograder", ignore=shutil.ignore_patterns("__pycache__", "_course"))
    (libraries / "reference").mkdir()
    for name in ("__init__.py", "layers.py"):
        (libraries / "reference" / name).touch()
    record(libraries, "gatebook-0.1.0.dist-info", ["autograder/__init__.py", "reference/__init__.py"])
    files = importlib.metadata.files("msgspec") or []
    for file in files:
        target = libraries / file
        target.parent.mkdir(parents=True, exist_ok=True)
        if Path(str(file.locate())).is_file():
            shutil.copyfile(str(file.locate()), target)


def record(libraries: Path, name: str, files: list[str]) -> None:
    (libraries / name).mkdir(parents=True)
    (libraries / name / "RECORD").write_text("".join(f"{file},,\n" for file in [*files, f"{name}/RECORD"]))


def environment(folder: Path) -> tuple[Path, Path]:
    """A bare virtual environment: its interpreter, and its folder of libraries."""
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    return python, folder / "lib" / version / "site-packages"


def a_wheel_in_an_environment(folder: Path) -> Layout:
    python, libraries = environment(folder / "env")
    install(libraries)
    return Layout(python, libraries, folder / "course", folder / "home", (folder / "course",))


def installed_for_a_user(folder: Path) -> Layout:
    home = folder / "home"
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    libraries = home / ".local" / "lib" / version / "site-packages"
    install(libraries)
    python = Path(os.path.realpath(sys.executable))
    return Layout(python, libraries, folder / "course", home, (folder / "course",))


def installed_into_a_target(folder: Path) -> Layout:
    python, _ = environment(folder / "env")
    install(folder / "course" / "things")
    variables = {"PYTHONPATH": str(folder / "course" / "things")}
    return Layout(python, folder / "course" / "things", folder / "course", folder / "home", variables=variables)


def started_in_the_target(folder: Path) -> Layout:
    layout = installed_into_a_target(folder)
    return replace(layout, current=layout.libraries)


def started_in_the_environment(folder: Path) -> Layout:
    return replace(a_wheel_in_an_environment(folder), current=folder / "env")


def started_in_the_folder_of_libraries(folder: Path) -> Layout:
    layout = a_wheel_in_an_environment(folder)
    return replace(layout, current=layout.libraries)


def started_in_a_library(folder: Path) -> Layout:
    layout = a_wheel_in_an_environment(folder)
    return replace(layout, current=layout.libraries / "msgspec")


def started_beside_the_programs(folder: Path) -> Layout:
    return replace(a_wheel_in_an_environment(folder), current=folder / "env" / "bin")


def an_environment_for_a_home(folder: Path) -> Layout:
    return replace(a_wheel_in_an_environment(folder), home=folder / "env")


def an_environment_in_the_home(folder: Path) -> Layout:
    python, libraries = environment(folder / "home" / "env")
    install(libraries)
    return Layout(python, libraries, folder / "course", folder / "home", (folder / "course",))


def an_environment_in_the_course(folder: Path) -> Layout:
    python, libraries = environment(folder / "course" / ".venv")
    install(libraries)
    return Layout(python, libraries, folder / "course", folder / "home", (folder / "course",))


def a_course_in_the_environment(folder: Path) -> Layout:
    python, libraries = environment(folder / "env")
    install(libraries)
    return Layout(python, libraries, folder, folder / "home", (folder / "env" / "course",))


def an_environment_behind_a_link(folder: Path) -> Layout:
    environment(folder / "disk" / "env")
    (folder / "env").symlink_to(folder / "disk" / "env")
    python, libraries = folder / "env" / "bin" / "python", next((folder / "env" / "lib").glob("*/site-packages"))
    install(libraries)
    return Layout(python, libraries, folder / "disk" / "env", folder / "home", (folder / "disk" / "env" / "course",))


LAYOUTS = (
    a_wheel_in_an_environment,
    installed_for_a_user,
    installed_into_a_target,
    started_in_the_target,
    started_in_the_environment,
    started_in_the_folder_of_libraries,
    started_in_a_library,
    started_beside_the_programs,
    an_environment_for_a_home,
    an_environment_in_the_home,
    an_environment_in_the_course,
    a_course_in_the_environment,
    an_environment_behind_a_link,
)


@pytest.mark.parametrize("level", ["full", "restricted"])
@pytest.mark.parametrize("make", LAYOUTS, ids=lambda make: make.__name__)
def test_libraries_are_seen_and_nothing_private_is(make: Callable[[Path], Layout], level: str, tmp_path: Path) -> None:
    layout = make(tmp_path)
    hidden = [layout.libraries / "autograder" / "worker" / "sandbox.py", layout.libraries / "reference" / "__init__.py"]
    for folder in (layout.current, layout.home, *layout.private):
        (folder / "submitted").mkdir(parents=True, exist_ok=True)
        hidden += [folder / "notes.txt", folder / "submitted" / "answers.ipynb"]
    for path in hidden:
        path.touch()
    bwrap = os.path.dirname(str(sandbox.find_bwrap()))
    given = json.dumps([level, list(map(str, layout.private)), list(map(str, hidden)), INSIDE])
    done = subprocess.run(
        [layout.python, "-P", "-c", OUTSIDE, given],
        cwd=layout.current,
        env={"HOME": str(layout.home), "PATH": bwrap, "TMPDIR": "/tmp", **layout.variables},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert json.loads(done.stdout) == {"seen": [], "found": []}


# --------------------------------------------------------------------------------------- without an interpreter


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An environment of empty files that this process takes for its own."""
    site = tmp_path / "env" / "stuff"
    record(site, "keras-3.15.1.dist-info", ["keras/__init__.py", "keras/src/ops.py", "../bin/keras"])
    record(site, "gatebook-0.1.0.dist-info", ["autograder/__init__.py"])
    for name in ("keras/__init__.py", "keras/src/ops.py", "autograder/__init__.py", "notes.txt", "../bin/keras"):
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).touch()
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "env"))
    monkeypatch.setattr(sys, "path", ["", *sys.path[1:], str(site)])
    return site


def decided(view: seen.View, path: Path) -> bool:
    """Whether a worker sees a file: what is nearest to it says so."""
    return next((place in view.shown for place in (path, *path.parents) if place in (*view.shown, *view.hidden)), False)


def test_folders_of_libraries_are_known_by_what_an_installer_wrote(site: Path, tmp_path: Path, monkeypatch) -> None:
    project = tmp_path / "project"
    (project / "helpers.egg-info").mkdir(parents=True)
    monkeypatch.setattr(sys, "path", [*sys.path, str(project)])
    assert site in seen.libraries()
    assert project not in seen.libraries()
    assert str(site) in seen.search_path()[1]
    monkeypatch.setattr(sys, "path", [str(site), *sys.path])
    assert str(site) in seen.search_path()[0]


def test_only_what_was_installed_stays_of_a_private_folder_of_libraries(site: Path, monkeypatch) -> None:
    monkeypatch.chdir(site)
    view = seen.view()
    told = {name: decided(view, site / name) for name in ("keras/src/ops.py", "notes.txt", "autograder/__init__.py")}
    assert told == {"keras/src/ops.py": True, "notes.txt": False, "autograder/__init__.py": False}
    assert str(site / "keras") in view.readable()
    assert str(site) not in view.readable()
    monkeypatch.chdir(site / "keras" / "src")
    (site / "keras" / "src" / "mine.ipynb").touch()
    view = seen.view()
    assert decided(view, site / "keras" / "src" / "ops.py")
    assert decided(view, site / "keras" / "__init__.py")
    assert not decided(view, site / "keras" / "src" / "mine.ipynb")


@pytest.mark.parametrize("folder", ["/usr", "/usr/lib", "/", os.path.dirname(os.__file__), sys.base_prefix])
def test_the_system_stays_wherever_one_stands(folder: str, monkeypatch) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HOME", folder)
    view = seen.view([Path(folder)])
    for needed in (os.__file__, json.__file__, os.path.realpath(sys.executable), shutil.which("cat")):
        assert decided(view, Path(os.path.realpath(str(needed)))), needed


def test_a_course_in_the_system_is_hidden(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setattr(seen, "SYSTEM", (*seen.SYSTEM, str(tmp_path)))
    course = tmp_path / "share" / "course"
    course.mkdir(parents=True)
    (tmp_path / "share" / "fonts").mkdir()
    view = seen.view([course])
    assert not decided(view, course / "solutions")
    assert decided(view, tmp_path / "share" / "fonts")
    assert str(tmp_path / "share" / "fonts") in view.readable()


def test_what_only_the_grader_needs_is_hidden_and_nothing_else(site: Path, monkeypatch) -> None:
    hidden = ("nbgrader", "nbgrader-0.9.6.dist-info", "SQLAlchemy-2.0.1.dist-info", "sqlalchemy", "notebook_shim.py")
    kept = ("ipywidgets", "notebooks", "nbformat", "sqlalchemy_utils", "makoto-1.dist-info", "pandas", "nbgrader.txt")
    for name in (*hidden, *kept):
        (site / name / "x.py").parent.mkdir()
        (site / name / "x.py").touch()
    view = seen.view()
    assert {path.name for path in view.hidden} >= set(hidden)
    assert [name for name in hidden if decided(view, site / name / "x.py")] == []
    assert [name for name in kept if not decided(view, site / name / "x.py")] == []
    monkeypatch.chdir(site)  # where an installer's records say what stays
    record(site, "mako-1.3.dist-info", ["mako/x.py"])
    (site / "mako").mkdir()
    (site / "mako" / "x.py").touch()
    assert not decided(seen.view(), site / "mako" / "x.py")


def test_neither_a_home_nor_a_current_folder_is_needed(monkeypatch, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    monkeypatch.setattr(Path, "home", lambda: (_ for _ in ()).throw(RuntimeError("no home")))
    assert Path("/usr") in seen.view().shown
