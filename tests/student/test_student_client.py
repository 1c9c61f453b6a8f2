"""The student client alone completes a notebook and draws: no equations, no layers, no exercises, no grader."""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from autograder import exercises
from autograder.handout.client import build
from reference import equations

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]
ALONE = """
import sys
client, root, notebook = sys.argv[1:]
sys.path[:] = [client] + [path for path in sys.path if path not in ("", root)]
import importlib.util
import autograder, reference
assert autograder.__file__.startswith(client), autograder.__file__
assert reference.__file__.startswith(client), reference.__file__
for hidden in ("autograder.exercises", "autograder.sheets", "reference.equations", "reference.layers"):
    assert importlib.util.find_spec(hidden) is None, hidden
"""
CHECK = """
from pathlib import Path
from autograder.student.check_notebook import check_notebook
sys.exit(check_notebook(Path(notebook), as_json=True))
"""
DRAW = """
from reference import diagram
half, one = [[0.5] * 4], [[1.0]]
values = {"input": 0.68, "forget": 0.85, "candidate": 0.64, "output": 0.68, "cell": 2.14, "hidden": 0.66}
step = diagram.lstm_trace(one, half, half, [0, 1, 0, 0], [0.5], [2.0], **{k: [[v]] for k, v in values.items()})
assert ">2.14<" in diagram.lstm(step, timestep=0).svg
assert "2.14" in diagram.lstm(step).html and "≠" not in diagram.lstm_steps(step).html
assert ">0.46<" in diagram.rnn(diagram.rnn_trace(one, [[0.5]], [[0.5]], hidden=[[0.46]])).svg
assert diagram.lstm_schematic("forget").svg.startswith("<svg")
for name in ("lstm", "rnn", "gru"):
    assert diagram.explore(name)._repr_html_().startswith("<iframe")
assert diagram.explore_convolution()._repr_html_().startswith("<iframe")
assert diagram.explore_pooling()._repr_html_().startswith("<iframe")
try:
    from reference import LSTM
except ImportError as error:
    assert "the student client has the diagrams only" in str(error), error
else:
    raise AssertionError("the client has a layer")
"""


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked wheel."""
    folder = tmp_path_factory.mktemp("client")
    with zipfile.ZipFile(build(folder)) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


WITHOUT_POSIX = """
import importlib.abc
class Windows(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name in ("fcntl", "resource", "pwd", "grp", "termios", "tty", "pty"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
import keras, tensorflow, IPython, matplotlib.pyplot, sklearn  # what they ask for is theirs
for name in ("fcntl", "resource", "pwd", "grp", "termios", "tty", "pty"):
    sys.modules.pop(name, None)
sys.meta_path.insert(0, Windows())
sys.path_importer_cache.clear()
"""


def run_alone(program: str, client: Path, notebook: Path) -> str:
    """What a program prints that finds the client and no other part of Gatebook."""
    done = subprocess.run(
        [sys.executable, "-c", ALONE + program, str(client), str(ROOT), str(notebook)],
        cwd=notebook.parent, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def check(client: Path, notebook: Path) -> list[dict[str, object]]:
    return list(json.loads(run_alone(CHECK, client, notebook).splitlines()[-1]))


def test_the_client_holds_no_answer(client: Path) -> None:
    names = {path.relative_to(client).as_posix() for path in client.rglob("*") if path.is_file()}
    assert "autograder/student/checking.py" in names
    assert not [name for name in names if "exercises" in name or "kit" in name]
    assert not [name for name in names if "oracle" in name or "solutions" in name or name.endswith(".ipynb")]
    drawing = {f"reference/diagram/{path.name}" for path in (ROOT / "reference" / "diagram").glob("*.py")}
    drawing |= {
        f"reference/diagram/interactive/{path.name}"
        for path in (ROOT / "reference" / "diagram" / "interactive").iterdir()
        if path.is_file()
    }
    drawing |= {f"reference/diagram/languages/{path.name}" for path in (ROOT / "reference/diagram/languages").iterdir()}
    data = {f"reference/data/{path.name}" for path in (ROOT / "reference" / "data").glob("*.[pm][yd]")}
    data |= {f"reference/data/files/{path.name}" for path in (ROOT / "reference" / "data" / "files").iterdir()}
    assert {name for name in names if name.startswith("reference/")} == drawing | data | {
        "reference/__init__.py",
        "reference/traces.py",
        "reference/weights.py",
    }


def test_no_file_of_the_client_defines_what_a_student_writes(client: Path) -> None:
    """Neither a function or class of an exercise nor a name of the equations; `rnn` and `lstm` draw."""
    written = {exercises.load(name).entry_point for name in exercises.ids()} | set(equations.__all__)
    for path in (client / "reference").rglob("*.py"):
        nodes = ast.walk(ast.parse(path.read_text("utf-8")))
        defined = {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)}
        allowed = {"lstm"} if path.parent.name == "diagram" else {"GRUTrace", "LSTMTrace", "RNNTrace"}
        assert not (defined & written) - allowed, path


def test_the_client_draws(client: Path, tmp_path: Path) -> None:
    run_alone(DRAW, client, tmp_path / "none.ipynb")


def test_a_version_that_does_not_work_is_refused(client: Path, tmp_path: Path) -> None:
    shutil.copy(ROOT / "assignments" / "rnn" / "rnn.ipynb", tmp_path)
    older = """
from pathlib import Path
from autograder import check, versions
from autograder.student.check_notebook import check_notebook
versions.NEEDED["keras"] = ">=99"
assert check_notebook(Path(notebook)) == 1
try:
    check("rnn_step", print)
except versions.VersionError as error:
    print(error)
"""
    assert "Gatebook needs keras >=99, and keras " in run_alone(older, client, tmp_path / "rnn.ipynb")


@pytest.mark.parametrize(("step", "status"), [("solutions", "passed"), ("assignments", "not_attempted")])
def test_a_notebook_is_checked_with_the_client_alone(client: Path, tmp_path: Path, step: str, status: str) -> None:
    shutil.copy(ROOT / step / "rnn" / "rnn.ipynb", tmp_path)
    shutil.copy(ROOT / "assignments" / "rnn" / "rnn.checks", tmp_path)
    verdicts = check(client, tmp_path / "rnn.ipynb")
    assert len(verdicts) == 5
    assert {verdict["status"] for verdict in verdicts} == {status}


def test_the_client_asks_for_nothing_that_only_posix_has(client: Path, tmp_path: Path) -> None:
    shutil.copy(ROOT / "solutions" / "rnn" / "rnn.ipynb", tmp_path)
    shutil.copy(ROOT / "assignments" / "rnn" / "rnn.checks", tmp_path)
    said = run_alone(WITHOUT_POSIX + CHECK, client, tmp_path / "rnn.ipynb")
    assert [verdict["status"] for verdict in json.loads(said.splitlines()[-1])] == ["passed"] * 5


@pytest.mark.parametrize("assignment", sorted(path.name for path in (ROOT / "assignments").iterdir() if path.is_dir()))
def test_a_notebook_says_what_to_do_where_the_client_is_missing(assignment: str) -> None:
    notebook = json.loads((ROOT / "assignments" / assignment / f"{assignment}.ipynb").read_text("utf-8"))
    first = next("".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code")
    program = "import sys\nsys.modules['autograder'] = None\n" + first
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert "`autograder` is not installed where this notebook runs. Run %pip install FILE" in done.stderr
    assert done.stderr.count("Traceback") == 1


def test_without_its_cases_a_notebook_is_told_once_what_is_missing(client: Path, tmp_path: Path) -> None:
    shutil.copy(ROOT / "solutions" / "rnn" / "rnn.ipynb", tmp_path)
    alone = CHECK.replace(
        "sys.exit(check_notebook(Path(notebook), as_json=True))",
        """
code = check_notebook(Path(notebook))
sys.stderr.flush()
print("code", code)
""",
    )
    done = subprocess.run(
        [sys.executable, "-c", ALONE + alone, str(client), str(ROOT), str(tmp_path / "rnn.ipynb")],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == "code 2"
    assert done.stderr.count("No file of public cases (*.checks)") == 1
    assert "Traceback" not in done.stderr
