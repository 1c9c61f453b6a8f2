"""What docs/adding-an-exercise.md tells, done word by word: the exercise, its notebook, a package that is installed."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from autograder.commands.exercise import proofs_of

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "adding-an-exercise.md").read_text("utf-8")
EXERCISE, ANSWER = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
(PROJECT,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
SEES = """
import importlib.util
try:
    with open({path!r}) as file:
        print("READ", file.read()[:20])
except OSError:
    print("cannot be read")
print("imported from", getattr(importlib.util.find_spec("my_course"), "origin", None))
"""


def run(*arguments: str, at: Path, site: Path | None = None) -> subprocess.CompletedProcess[str]:
    """The command, with what was installed in `site`."""
    command = [sys.executable, "-c", "from autograder.cli import main; main()", *arguments]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, filter(None, [ROOT, site])))}
    return subprocess.run(command, cwd=at, env=environment, capture_output=True, text=True)


def missing(file: Path, course: Path) -> list[str]:
    """What `exercise check` finds missing."""
    return [line for proof in proofs_of(str(file), course) for line in proof.missing]


@pytest.fixture(scope="module")
def author(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An author's folder: what `exercise new` wrote, edited as the page says."""
    folder = tmp_path_factory.mktemp("author")
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    (folder / "my_course").mkdir()
    (folder / "my_course" / "__init__.py").touch()
    made = run("exercise", "new", "leaky_step", "--assignment", "leaky", "--into", "my_course", at=folder)
    assert made.returncode == 0, made.stderr
    assert 'leaky_step = "my_course.leaky_step:EXERCISE"' in made.stdout
    assert 'leaky_step = "my_course.leaky_step:EXERCISE"' in PROJECT
    file = folder / "my_course" / "leaky_step.py"
    assert missing(file, folder) == []
    file.write_text(EXERCISE, "utf-8")
    of_the_solution, of_the_points = missing(file, folder)
    assert of_the_solution.startswith("The solution in leaky.ipynb earns 0 points where it should earn 3")
    assert of_the_points == "leaky.ipynb gives 2 points for it, the exercise 3."
    path = folder / "solutions" / "leaky" / "leaky.ipynb"
    notebook = nbformat.read(path, as_version=4)
    *_, answer, check = notebook.cells
    answer.source, check.metadata["nbgrader"]["points"] = ANSWER, 3
    nbformat.write(notebook, path)
    return folder


def test_the_page_is_short_enough_to_read() -> None:
    template = ROOT / "autograder" / "exercises" / "kit" / "function.txt"
    assert len(PAGE.splitlines()) + len(template.read_text("utf-8").splitlines()) < 300


def test_a_new_layer_runs_and_nothing_is_written_twice(tmp_path: Path) -> None:
    shutil.copy(ROOT / "nbgrader_config.py", tmp_path)
    written = ("exercise", "new", "my_layer", "--assignment", "leaky", "--into", ".", "--layer")
    assert run(*written, at=tmp_path).returncode == 0
    assert missing(tmp_path / "my_layer.py", tmp_path) == []
    (tmp_path / "my_layer.py").unlink()
    again = run(*written, at=tmp_path)
    assert again.returncode == 2
    assert "has a cell `my_layer` already; nothing was written." in again.stdout
    assert not (tmp_path / "my_layer.py").exists()


def test_the_exercise_of_the_page_is_proved(author: Path) -> None:
    proved = run("exercise", "check", "my_course/leaky_step.py", "--json", at=author)
    proofs = json.loads(proved.stdout)["my_course/leaky_step.py"]
    assert [proof["missing"] for proof in proofs] == [[]] * len(proofs)
    assert proved.returncode == 0
    assert len(proofs) >= 9


def test_a_mistake_that_no_case_shows_is_told(author: Path, tmp_path: Path) -> None:
    right = "(1 - a) * old + a * new"
    (tmp_path / "leaky_step.py").write_text(EXERCISE.replace("a * old + (1 - a) * new", right), "utf-8")
    told = missing(tmp_path / "leaky_step.py", author)
    assert any("`leaky.shares_exchanged` costs nothing: no case shows it." in line for line in told)


def test_a_package_is_installed_released_and_graded(author: Path, tmp_path: Path) -> None:
    """Found by its entry point; its notebook comes with it; and no worker can read or import it."""
    package = tmp_path / "package"
    shutil.copytree(author / "my_course", package / "my_course")
    shutil.copytree(author / "solutions", package / "my_course" / "solutions")
    (package / "pyproject.toml").write_text(PROJECT, "utf-8")
    site = tmp_path / "site"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(site), str(package)]
    subprocess.run(pip, check=True, capture_output=True)
    course = tmp_path / "course"
    course.mkdir()
    shutil.copy(ROOT / "nbgrader_config.py", course)
    released = run("release", "leaky", "--no-prove", at=course, site=site)
    assert released.returncode == 0, released.stdout + released.stderr
    assert "taken from an installed package" in released.stdout
    assert "released 1 exercises, 3 points" in released.stdout
    handed_in = nbformat.read(course / "solutions" / "leaky" / "leaky.ipynb", as_version=4)
    handed_in.cells[-2].source = (
        "def leaky_step(x, h, W, U, b, a):\n    return np.tanh(x @ W + h @ U + b)\n"
        + SEES.format(path=str(site / "my_course" / "leaky_step.py"))
    )
    (course / "submitted" / "ada" / "leaky").mkdir(parents=True)
    nbformat.write(handed_in, course / "submitted" / "ada" / "leaky" / "leaky.ipynb")
    graded = run("grade", "--json", at=course, site=site)
    (record,) = json.loads(graded.stdout)["records"]
    (verdict,) = record["verdicts"]
    assert (verdict["exercise"], verdict["points"]) == ("leaky_step", 0.0)
    assert verdict["diagnosis"]["mistake"] == "leaky.leak_ignored"
    page = next((course / "autograded").rglob("leaky.ipynb")).read_text("utf-8")
    assert "cannot be read" in page
    assert "READ" not in page.replace('READ\\"', "")
    checked = run("exercise", "check", "leaky_step", at=course, site=site)
    assert checked.returncode == 0, checked.stdout
