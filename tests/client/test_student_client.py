"""The student client alone completes a notebook: no reference, no exercises, no grader."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RUN = """
import sys
client, root, notebook = sys.argv[1:]
sys.path[:] = [client] + [path for path in sys.path if path not in ("", root)]
import importlib.util
assert importlib.util.find_spec("reference") is None
import autograder
assert autograder.__file__.startswith(client), autograder.__file__
assert importlib.util.find_spec("autograder.exercises") is None
from pathlib import Path
from autograder.check_notebook import check_notebook
sys.exit(check_notebook(Path(notebook), as_json=True))
"""


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked wheel."""
    folder = tmp_path_factory.mktemp("client")
    subprocess.run(
        [sys.executable, str(ROOT / "packaging" / "student" / "build.py"), str(folder)], check=True, capture_output=True
    )
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def check(client: Path, notebook: Path) -> list[dict[str, object]]:
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(client), str(ROOT), str(notebook)],
        cwd=notebook.parent, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return list(json.loads(done.stdout.splitlines()[-1]))


def test_the_client_holds_no_answer(client: Path) -> None:
    names = {path.relative_to(client).as_posix() for path in client.rglob("*") if path.is_file()}
    assert "autograder/checking.py" in names
    assert not [name for name in names if "exercises" in name or "reference" in name or "families" in name]
    assert not [name for name in names if "oracle" in name or "solutions" in name or name.endswith(".ipynb")]


@pytest.mark.parametrize(("step", "status"), [("solutions", "passed"), ("assignments", "not_attempted")])
def test_a_notebook_is_checked_with_the_client_alone(client: Path, tmp_path: Path, step: str, status: str) -> None:
    shutil.copy(ROOT / step / "rnn" / "rnn.ipynb", tmp_path)
    shutil.copy(ROOT / "assignments" / "rnn" / "rnn.checks", tmp_path)
    verdicts = check(client, tmp_path / "rnn.ipynb")
    assert len(verdicts) == 5
    assert {verdict["status"] for verdict in verdicts} == {status}
