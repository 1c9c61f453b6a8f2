"""`autograder exercise`: a new exercise that runs, and the proofs of one alone."""

from __future__ import annotations

import importlib.util
import keyword
import string
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console

from autograder import exercises
from autograder.cards.console import console as make_console
from autograder.cards.text import clean
from autograder.commands.refusals import EXPECTED_ERRORS, refused, said
from autograder.course.files import write_atomically
from autograder.course.folder import Course, open_course
from autograder.grading.publish import prove_exercise
from autograder.model import Exercise
from autograder.quiet import quiet_stderr
from autograder.sheets.proofs import Proof, prove

KIT = Path(exercises.__file__).parent / exercises.KIT


@dataclass(frozen=True)
class _Kind:
    """What a new exercise begins as: the template of its file, its points, and a right answer."""

    template: str
    points: int
    answer: str


FUNCTION = _Kind(
    "function.txt", 2, "def {name}(x, W, b):\n    ### BEGIN SOLUTION\n    return x @ W + b\n    ### END SOLUTION"
)
LAYER = _Kind(
    "layer.txt",
    3,
    """import keras


class {name}(keras.layers.Layer):
    ### BEGIN SOLUTION
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        self.kernel = self.add_weight(shape=(input_shape[-1], self.units), name="kernel")
        self.bias = self.add_weight(shape=(self.units,), initializer="zeros", name="bias")

    def call(self, x):
        return keras.ops.matmul(x, self.kernel) + self.bias  # (batch, units)

    def get_config(self):
        return super().get_config() | {{"units": self.units}}
    ### END SOLUTION""",
)


# ------------------------------------------------------------------------------------------------------------------ new


def new(
    identity: str,
    assignment: str,
    *,
    course_dir: Path,
    into: Path | None = None,
    notebook: bool = True,
    layer: bool = False,
) -> int:
    """Write an exercise that runs, and its cells into the notebook of its assignment.

    layer: whether it asks for a Keras layer, whose name is `MyLayer` for `my_layer`; else for a function of its id.
    into: the folder of the file; by default that of the assignment among Gatebook's own, in a checkout, else the
        current one.
    """
    console = make_console()
    for name in (identity, assignment):
        if not name.isidentifier() or keyword.iskeyword(name) or name.startswith("_"):
            return _refuse(console, f"{name!r} cannot be a name of Python, which ids and assignments have to be.")
    if identity in exercises.ids():
        where = exercises.module_of(identity)
        return _refuse(console, f"There is an exercise {identity!r} already, in {where}. Choose another id.")
    if into is None and _is_another_checkout(Path.cwd()):
        return _refuse(
            console,
            f"{Path.cwd()} is a checkout of Gatebook, and what runs is another, {Path(exercises.__file__).parents[2]}. "
            "Install this one (`pip install --editable .`), or say --into FOLDER.",
        )
    folder, own = (into, False) if into is not None else _folder(assignment)
    if notebook and (taken := _already_in(_notebook(course_dir, assignment), identity)):
        return _refuse(
            console, f"{_notebook(course_dir, assignment)} has a cell `{taken}` already; nothing was written."
        )
    path = folder / f"{identity}.py"
    if path.exists():
        return _refuse(console, f"{path} is there already; nothing was written.")
    kind = LAYER if layer else FUNCTION
    names = {
        "id": identity,
        "assignment": assignment,
        "title": identity.replace("_", " ").capitalize(),
        "name": "".join(map(str.capitalize, identity.split("_"))) if layer else identity,
    }
    text = string.Template((KIT / kind.template).read_text("utf-8")).substitute(names)
    if own and not (folder / "__init__.py").exists():
        write_atomically(folder / "__init__.py", "")
    write_atomically(path, text)
    steps = [f"{path} holds an exercise that runs. Make it yours: equation, cases, lines, mistakes."]
    if not own:
        package = folder.name if (folder / "__init__.py").exists() else ""
        module = f"{package}.{identity}" if package else identity
        steps.append(
            "So that Gatebook finds it wherever your package is installed, its pyproject.toml needs:\n"
            f'    [project.entry-points."{exercises.EXERCISES}"]\n    {identity} = "{module}:EXERCISE"'
        )
    if notebook:
        steps.append(_written_into(course_dir, names, kind))
    steps.append(f"`autograder exercise check {identity if own else path}` proves it, alone and in seconds.")
    steps.append(f"`autograder release {assignment}` makes what students get.")
    for number, step in enumerate(steps, 1):
        console.print(f"{number}. {step}", markup=False, highlight=False, soft_wrap=True)
    return 0


def _is_another_checkout(folder: Path) -> bool:
    own = folder / "autograder" / "exercises"
    return own.is_dir() and own.resolve() != Path(exercises.__file__).resolve().parent


def _notebook(course_dir: Path, assignment: str) -> Path:
    return open_course(course_dir).path("source", ".", assignment) / f"{assignment}.ipynb"


def _already_in(path: Path, identity: str) -> str:
    """A grade id of the new cells that the notebook has; `""` where it has none."""
    if not path.exists():
        return ""
    cells = msgspec.json.decode(path.read_bytes())["cells"]
    there = {cell["metadata"].get("nbgrader", {}).get("grade_id") for cell in cells}
    return next((name for name in (identity, f"{identity}_check", f"{identity}_text") if name in there), "")


def _folder(assignment: str) -> tuple[Path, bool]:
    """Where a new exercise goes, and whether that is among Gatebook's own."""
    own = Path(exercises.__file__).parent
    if (own.parents[1] / "pyproject.toml").exists():
        return own / assignment, True
    return Path.cwd(), False


def _written_into(course_dir: Path, names: Mapping[str, str], kind: _Kind) -> str:
    """Put the cells of an exercise at the end of the notebook of its assignment. Returns what was done."""
    import nbformat
    from nbformat import v4

    identity, assignment, name = names["id"], names["assignment"], names["name"]
    path = _notebook(course_dir, assignment)
    if path.exists():
        made = nbformat.read(path, as_version=4)
    else:
        made = v4.new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})
        made.cells = [
            _cell(v4.new_markdown_cell(f"# {assignment}"), f"{assignment}_title"),
            _cell(v4.new_code_cell("import numpy as np\n\nfrom autograder import check"), f"{assignment}_imports"),
        ]
    made.cells += [
        _cell(
            v4.new_markdown_cell(f"## {names['title']}\n\nWrite `{name}`. ({kind.points} points)"), f"{identity}_text"
        ),
        _cell(v4.new_code_cell(kind.answer.format(name=name)), identity, solution=True),
        _cell(v4.new_code_cell(f'check("{identity}")'), f"{identity}_check", grade=True, points=kind.points),
    ]
    write_atomically(path, nbformat.writes(made, version=4) + "\n")
    return f"{path} asks it, at the end: a cell for the answer, with a right one, and the check."


def _cell(cell: Any, name: str, **flags: Any) -> Any:
    """A cell as nbgrader marks it; locked unless it is for an answer."""
    answer = flags.get("solution", False)
    meta = {"schema_version": 3, "grade": False, "solution": False, "task": False, "locked": not answer}
    cell.metadata["nbgrader"] = {**meta, "grade_id": name, **flags}
    cell["id"] = name.replace("_", "-")[:64]
    return cell


def _refuse(console: Console, why: str) -> int:
    console.print(why, style="red", markup=False, highlight=False, soft_wrap=True)
    return 2


# ---------------------------------------------------------------------------------------------------------------- check


def check(wanted: tuple[str, ...], *, course_dir: Path, as_json: bool = False) -> int:
    """Prove exercises alone, each by its id or the path of its file. Exit code 1 where something is missing."""
    console = make_console()
    if refused(make_console(stderr=True) if as_json else console):
        return 1
    found: dict[str, list[Proof]] = {}
    for name in wanted:
        proofs = found.setdefault(name, [])
        if not as_json:
            console.print(name, style="bold", markup=False, highlight=False)
        with quiet_stderr():
            for proof in proofs_of(name, course_dir):
                proofs.append(proof)
                if not as_json:
                    _show(console, proof)
    missing = sum(len(proof.missing) for proofs in found.values() for proof in proofs)
    if as_json:
        sys.stdout.buffer.write(msgspec.json.encode(found) + b"\n")
    else:
        told = "Nothing is missing." if not missing else f"{missing} to do."
        console.print(told, style="bold green" if not missing else "bold", highlight=False)
    return 1 if missing else 0


def proofs_of(name: str, course_dir: Path) -> Iterator[Proof]:
    """Everything that is proved of an exercise, of its solution and its stub too."""
    try:
        exercise = _load(name)
    except Exception as error:
        said_why = str(error.args[0]) if isinstance(error, KeyError | FileNotFoundError) else ""
        yield Proof("The exercise can be loaded", (said_why or f"{type(error).__name__}: {error}",))
        return
    yield Proof("The exercise can be loaded", ())
    yield from prove(exercise)
    title = "The notebook's solution earns all points, its stub none"
    try:
        course = open_course(course_dir)
        if not _asks(course, exercise):
            source = course.path("source", ".", exercise.assignment)
            why = f'No notebook in {source} has a cell `check("{exercise.id}")`.'
            yield Proof(title, (why,))
            return
        yield Proof(title, tuple(prove_exercise(course, exercise)))
    except EXPECTED_ERRORS as error:
        yield Proof(title, (said(error),))


def _load(name: str) -> Exercise:
    """The exercise of that id, or in that file."""
    if not name.endswith(".py"):
        return exercises.load(name)
    path = Path(name).resolve()
    if not path.is_file():
        raise FileNotFoundError(f"There is no file {path}.")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    exercise = module.EXERCISE
    if not isinstance(exercise, Exercise) or exercise.id != path.stem:
        raise ValueError(f"EXERCISE of {path} is not an Exercise with the id {path.stem!r}")
    return exercise


def _asks(course: Course, exercise: Exercise) -> bool:
    """Whether a source notebook of the assignment mentions the exercise in a check."""
    folder = course.path("source", ".", exercise.assignment)
    return any(f'check(\\"{exercise.id}\\"' in path.read_text("utf-8") for path in folder.glob("*.ipynb"))


def _show(console: Console, proof: Proof) -> None:
    console.print(f"  {'✓' if not proof.missing else '✗'} {proof.title}", markup=False, highlight=False)
    for line in proof.missing:
        console.print(f"      {clean(line)}", style="red", markup=False, highlight=False, soft_wrap=True)
