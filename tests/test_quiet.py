"""TensorFlow is imported without a word; what others have to say meanwhile comes through."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parents[1]
SETTINGS = ("TF_CPP_MIN_LOG_LEVEL", "TF_ENABLE_ONEDNN_OPTS")
NOISE = """\
2026-01-05 10:11:12.123456: I tensorflow/core/util/port.cc:153] oneDNN custom operations are on.
WARNING: All log messages before absl::InitializeLog() is called are written to STDERR
E0000 00:00:1795916191.576241   15717 cuda_dnn.cc:8579] Unable to register cuDNN factory: one has been registered
W0000 00:00:1795916191.586241   15717 computation_placer.cc:177] computation placer already registered.
I0000 00:00:1795916191.576241   15717 cudart_stub.cc:31] Could not find cuda drivers on your machine.
"""


def run(code: str, *, path: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name not in SETTINGS}
    kept |= {"PYTHONPATH": os.pathsep.join([str(path), str(ROOT)]), **environment}
    return subprocess.run([sys.executable, "-c", code], env=kept, cwd=ROOT, capture_output=True, text=True)


@pytest.fixture
def stand_in(tmp_path: Path) -> Path:
    """A module `tensorflow` that logs as one with a graphics card does."""
    (tmp_path / "tensorflow.py").write_text(f"import os\nos.write(2, {NOISE.encode()!r})\nimport rest\n")
    (tmp_path / "rest.py").write_text("")
    return tmp_path


@pytest.mark.parametrize("first", ["from autograder import check; import keras", "import autograder, tensorflow"])
def test_the_real_one_says_nothing(first: str) -> None:
    done = run(f"{first}; import tensorflow as tf; print(tf.constant(2) + 1)")
    assert done.returncode == 0
    assert done.stderr == ""
    assert "3" in done.stdout


def test_the_first_cell_of_every_notebook_says_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    for path in sorted((ROOT / "assignments").glob("*/*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        first = next(cell for cell in notebook.cells if cell.cell_type == "code")
        notebook.cells = [first, nbformat.v4.new_code_cell("print(check)")]
        NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
        assert first.outputs == [], path
        assert [output.name for output in notebook.cells[1].outputs] == ["stdout"]


def test_what_a_machine_with_a_graphics_card_logs_is_held_back(stand_in: Path) -> None:
    assert run("import autograder, tensorflow", path=stand_in).stderr == ""


def test_looking_whether_there_is_one_changes_nothing(stand_in: Path) -> None:
    looked = "import autograder, importlib.util; importlib.util.find_spec('tensorflow'); import tensorflow"
    assert run(looked, path=stand_in).stderr == ""


def test_a_warning_of_python_comes_through(stand_in: Path) -> None:
    (stand_in / "rest.py").write_text("import warnings\nwarnings.warn('the protobuf is old')\n")
    done = run("import autograder, tensorflow", path=stand_in)
    assert "UserWarning: the protobuf is old" in done.stderr
    assert "cuDNN" not in done.stderr


def test_what_comes_later_comes_through(stand_in: Path) -> None:
    later = "import autograder, tensorflow, os; os.write(2, b'E0000 00:00:1.5   7 a.cc:8] out of memory\\n')"
    assert "out of memory" in run(later, path=stand_in).stderr


def test_nothing_is_held_back_where_the_import_fails(stand_in: Path) -> None:
    (stand_in / "rest.py").write_text("raise ImportError('libcudart.so.12 is missing')\n")
    done = run("import autograder, tensorflow", path=stand_in)
    assert done.returncode == 1
    assert "libcudart.so.12 is missing" in done.stderr
    assert "cuDNN" in done.stderr


def test_the_readers_own_settings_stay(stand_in: Path) -> None:
    assert "cuDNN" in run("import autograder, tensorflow", path=stand_in, TF_CPP_MIN_LOG_LEVEL="0").stderr
    shown = "import autograder, os; print(os.environ['TF_CPP_MIN_LOG_LEVEL'], os.environ['TF_ENABLE_ONEDNN_OPTS'])"
    assert run(shown, TF_CPP_MIN_LOG_LEVEL="0").stdout.split() == ["0", "0"]
