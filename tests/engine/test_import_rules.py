"""Who may import whom, and what stays unloaded until it is needed."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UNTRUSTED = (
    "answers",
    "child",
    "decoys",
    "failures",
    "folders",
    "isolation",
    "keras_internals",
    "landlock",
    "protocol",
    "zygote",
)
"""Modules of the worker that live in the sandbox."""
SHOWABLE = ("autograder.judging.axis_words", "autograder.language", "autograder.model", "autograder.answering.protocol")
"""What reports may know of the grader."""


def imported(path: Path) -> set[str]:
    """Absolute names of all modules that a file imports, also inside functions."""
    package = ".".join(path.relative_to(ROOT).with_suffix("").parts[:-1])
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parent = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*parent, base]).rstrip(".")
            names |= {base, *(f"{base}.{alias.name}" for alias in node.names)}
    return names


@pytest.mark.parametrize("module", UNTRUSTED)
def test_what_runs_in_the_sandbox_imports_nothing_that_knows_an_answer(module: str) -> None:
    own = {
        name for name in imported(ROOT / "autograder" / "worker" / f"{module}.py")
        if name.split(".")[0] in ("autograder", "reference")
    }  # fmt: skip
    allowed = {f"autograder.worker.{other}" for other in UNTRUSTED} | {"autograder.worker"}
    assert {name for name in own if not any(name == a or name.startswith(a + ".") for a in allowed)} == set()


def test_the_reference_does_not_know_the_autograder() -> None:
    for path in (ROOT / "reference").rglob("*.py"):
        assert not {name for name in imported(path) if name.split(".")[0] == "autograder"}, path


def test_equations_and_layers_are_two_witnesses() -> None:
    for path in (ROOT / "reference" / "equations").rglob("*.py"):
        assert not any(name.startswith(("reference.layers", "keras", "tensorflow")) for name in imported(path)), path
    for path in (ROOT / "reference" / "layers").rglob("*.py"):
        assert not any(name.startswith("reference.equations") for name in imported(path)), path


def test_data_flows_one_way() -> None:
    """Reports know verdicts only; what judges knows neither workers' hosts nor gradebooks."""
    for path in (ROOT / "autograder" / "report").rglob("*.py"):
        own = {name for name in imported(path) if name.startswith("autograder.") and ".report" not in name}
        assert {name for name in own if not name.startswith(SHOWABLE)} == set(), path
    for name in ("compare", "diagnose", "policy", "oracle"):
        own = imported(ROOT / "autograder" / f"{name}.py")
        assert (
            not {
                "autograder.course.gradebook",
                "autograder.grading.pipeline",
                "autograder.running.session",
                "autograder.running.host",
            }
            & own
        )


@pytest.mark.parametrize(
    "code",
    [
        "import autograder",
        "import autograder.cli; from typer.testing import CliRunner; "
        "assert CliRunner().invoke(autograder.cli.app, ['--help']).exit_code == 0",
        "import reference.equations",
    ],
)
def test_nothing_heavy_is_loaded_before_it_is_needed(code: str) -> None:
    check = f"import sys; {code}; print(sorted({{'tensorflow', 'keras', 'nbgrader'}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", check], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip().splitlines()[-1] == "[]"
