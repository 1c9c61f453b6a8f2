"""What is imported when."""

from __future__ import annotations

import ast
import pathlib
import subprocess
import sys

import pytest

import reference

FOLDER = pathlib.Path(reference.__file__).parent


def python(program: str) -> str:
    """What a fresh interpreter prints."""
    command = [sys.executable, "-c", program]
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd=FOLDER.parent).stdout.strip()


@pytest.mark.parametrize(
    "module", ["reference", "reference.diagram", "reference.equations", "reference.traces", "reference.weights"]
)
def test_numpy_is_enough(module: str) -> None:
    heavy = "{'keras', 'tensorflow', 'jax', 'torch'}"
    assert python(f"import sys, {module}; print({heavy} & set(sys.modules))") == "set()"


def test_layers_come_when_asked_for() -> None:
    for name in reference.__all__:
        assert getattr(reference, name).__name__ == name
        assert name in dir(reference)
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        reference.Nothing


def imports_of(path: pathlib.Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.py")), ids=lambda path: str(path.relative_to(FOLDER)))
def test_witnesses_do_not_know_each_other(path: pathlib.Path) -> None:
    imports = imports_of(path)
    assert not any(name.startswith("autograder") for name in imports)
    if "equations" in path.parts:
        assert not any(name.startswith(("reference.layers", "keras", "tensorflow")) for name in imports)
    if "diagram" in path.parts or path.name == "traces.py":  # students have these
        assert not any(name.startswith(("reference.equations", "reference.layers")) for name in imports)
    if "layers" in path.parts:
        assert not any(name.startswith(("reference.equations", "tensorflow", "jax", "torch")) for name in imports)
