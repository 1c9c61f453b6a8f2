"""Who may import whom, and what stays unloaded until it is needed."""

from __future__ import annotations

import ast
import graphlib
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.handout import client
from autograder.running import sandbox

ROOT = Path(__file__).parents[1]
GRADER = ROOT / "autograder"
LEAVES = {"axes", "language", "model", "quiet", "syntax", "time_limits", "versions"}
"""Files beside the rooms that know no room but what a question and its answer are made of."""
MAY_IMPORT = {
    "answering": set(),
    "worker": {"answering"},
    "judging": {"answering"},
    "cards": {"answering", "judging"},
    "student": {"answering", "judging", "cards", "sheets", "exercises"},
    "exercises": {"answering"},
    "sheets": {"answering", "judging", "exercises"},
    "notebooks": {"judging", "student"},
    "running": {"answering", "worker", "judging", "notebooks", "exercises"},
    "course": {"cards", "judging", "notebooks", "running", "sheets", "worker"},
    "report": {"cards", "course"},
    "integrity": {"answering", "course", "notebooks", "report"},
    "demo": set(),
    "handout": {"course", "notebooks"},
    "grading": {"cards", "course", "integrity", "judging", "notebooks", "running", "sheets"},
    "commands": {
        "cards", "course", "demo", "exercises", "grading", "handout", "integrity", "judging", "notebooks", "report",
        "running", "sheets",
    },
    "cli": {"commands", "student"},
    "__main__": {"cli"},
    "nbgrader_steps": {"course", "grading", "notebooks", "running"},
}  # fmt: skip
"""Of each room, the rooms that it may know. Whatever is not written down here is not meant."""
WITHOUT_SHEETS_OF_ITS_OWN = ("student/checking.py",)
"""What may ask `sheets` and `exercises`, within a function: the student client has neither."""


def imported(path: Path, *, at_the_top: bool = False) -> set[str]:
    """Absolute names of all modules that a file imports, also inside functions unless only the top is asked for."""
    package = ".".join(path.relative_to(ROOT).with_suffix("").parts[:-1])
    tree = ast.parse(path.read_text("utf-8"))
    names = set()
    for node in tree.body if at_the_top else ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parent = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*parent, base]).rstrip(".")
            names |= {base, *(f"{base}.{alias.name}" for alias in node.names)}
    return names


def modules(folder: Path) -> dict[str, Path]:
    """The modules of a package, by their absolute names."""
    found = {}
    for path in folder.rglob("*.py"):
        if "_course" not in path.parts:
            found[".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")] = path
    return found


def room(name: str) -> str:
    """The room of a module; `""` for the package itself."""
    return name.removeprefix("autograder").lstrip(".").partition(".")[0]


def rooms_known(path: Path, own: str, *, at_the_top: bool = False) -> set[str]:
    """The other rooms that a file imports."""
    names = imported(path, at_the_top=at_the_top) & modules(GRADER).keys()
    return {room(name) for name in names} - {own, ""}


def test_the_table_names_every_room() -> None:
    there = {path.stem for path in GRADER.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert there == MAY_IMPORT.keys() | LEAVES | {"__init__"}
    assert sum((GRADER / name).is_dir() for name in MAY_IMPORT) <= 16
    graphlib.TopologicalSorter(MAY_IMPORT).prepare()  # raises where rooms stand in a circle


@pytest.mark.parametrize("name", sorted(MAY_IMPORT))
def test_a_room_knows_only_what_the_table_says(name: str) -> None:
    for module, path in modules(GRADER).items():
        if room(module) == name:
            leaves = set() if name in sandbox.ROOMS else LEAVES
            assert rooms_known(path, name) <= MAY_IMPORT[name] | leaves, module


def test_leaves_know_no_room_but_the_one_of_answers() -> None:
    for name in LEAVES:
        assert rooms_known(GRADER / f"{name}.py", name) <= LEAVES | {"answering"}, name


def test_no_module_imports_itself_by_others() -> None:
    there = modules(GRADER) | modules(ROOT / "reference")
    known = {
        name: {other for other in imported(path) & there.keys() if there[other].name != "__init__.py"} - {name}
        for name, path in there.items()
    }
    graphlib.TopologicalSorter(known).prepare()


def test_the_client_is_whole_by_itself() -> None:
    """Its rooms import each other and root files of it; what it lacks is asked for within a function, after a look."""
    held = {*client.ROOMS, *client.FILES}
    for module, path in modules(GRADER).items():
        if room(module) in held:
            lazily = str(path.relative_to(GRADER)) in WITHOUT_SHEETS_OF_ITS_OWN
            assert rooms_known(path, room(module), at_the_top=lazily) <= held, module


BY_ITSELF = ("answering", "worker", "demo", "student")
"""Rooms whose trees are made while no other thread makes any."""


def test_trees_are_made_in_one_place() -> None:
    """CPython 3.11 counts the nesting of all threads' trees together: two at once end in a SystemError."""
    for module, path in modules(GRADER).items():
        if room(module) in (*BY_ITSELF, "syntax"):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
            made_there = called.endswith("literal_eval") and "tree_of" in ast.unparse(node)
            assert called not in ("ast.parse", "ast.literal_eval") or made_there, f"{module} calls {called}"


def test_the_reference_does_not_know_the_autograder() -> None:
    for path in (ROOT / "reference").rglob("*.py"):
        assert not {name for name in imported(path) if name.split(".")[0] == "autograder"}, path


def test_equations_and_layers_are_two_witnesses() -> None:
    for path in (ROOT / "reference" / "equations").rglob("*.py"):
        assert not any(name.startswith(("reference.layers", "keras", "tensorflow")) for name in imported(path)), path
    for path in (ROOT / "reference" / "layers").rglob("*.py"):
        assert not any(name.startswith("reference.equations") for name in imported(path)), path


LONG = 550
"""Lines that a module may have; one that has more says why in the paragraph at its top."""


def test_long_modules_say_why() -> None:
    for module, path in modules(GRADER).items():
        text = path.read_text("utf-8")
        if text.count("\n") > LONG:
            assert "One file, because" in (ast.get_docstring(ast.parse(text)) or ""), f"{module} is long"


@pytest.mark.parametrize(
    "code",
    [
        "import autograder",
        "import autograder.cli; from typer.testing import CliRunner; "
        "assert CliRunner().invoke(autograder.cli.app, ['--help']).exit_code == 0",
        "import reference.equations",
        "import autograder.running.cluster, autograder.running.seats",
    ],
)
def test_nothing_heavy_is_loaded_before_it_is_needed(code: str) -> None:
    heavy = {"tensorflow", "keras", "nbgrader", "distributed"}
    check = f"import sys; {code}; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", check], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip().splitlines()[-1] == "[]"
