"""`autograder check NOTEBOOK`: run a notebook in this process, as Jupyter would, and show what its checks say."""

from __future__ import annotations

import ast
import contextlib
import os
import sys
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console

from autograder import versions
from autograder.language import Language, preferred, words
from autograder.model import Observation, Verdict
from autograder.worker.protocol import Problem

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
os.environ.setdefault("MPLBACKEND", "Agg")


def check_notebook(path: Path, *, as_json: bool = False) -> int:
    """Run the cells in order and check every exercise where its grade cell stands.

    Returns:
        0 when everything was checked, whatever the points; 1 when the file cannot be read or holds no checks, or a
        library has a version that does not work.
    """
    import nbformat

    console = Console(stderr=True)
    try:
        versions.require()
    except versions.VersionError as error:
        console.print(preferred().say(error.said), markup=False, highlight=False, soft_wrap=True)
        return 1
    try:
        notebook = nbformat.read(path, as_version=4)
    except (OSError, ValueError, nbformat.reader.NotJSONError, nbformat.ValidationError) as error:
        console.print(f"{path} cannot be read as a notebook: {error}", markup=False)
        return 1
    # As in Jupyter, the notebook's folder is the current one, and the first place that imports are looked for.
    sys.path.insert(0, str(path.resolve().parent))
    with contextlib.chdir(path.resolve().parent):
        verdicts, spoken = _run([cell for cell in notebook.cells if cell.cell_type == "code"], console)
    if not verdicts:
        console.print(f"{path} holds no check(...) cell. Is it the notebook of an assignment?", markup=False)
        return 1
    if as_json:
        sys.stdout.write(msgspec.json.encode(verdicts).decode() + "\n")
        return 0
    _show(verdicts, spoken)
    return 0


def _run(cells: list[Any], console: Console) -> tuple[tuple[Verdict, ...], Language]:
    from IPython.core.interactiveshell import InteractiveShell
    from rich.progress import track

    from autograder.checking import find_sheet

    shell = InteractiveShell.instance()
    verdicts: list[Verdict] = []
    problems: dict[str, Problem] = {}
    course = ""
    shown = console if console.is_terminal else Console(quiet=True)
    for cell in track(cells, "Running the notebook", console=shown, transient=True):
        asked = _check_call(cell.source)
        if asked is None:
            if "demo" not in cell.metadata.get("tags", []):
                _note_problem(shell, cell, problems)
            continue
        exercise, name = asked
        try:
            sheet, beside = find_sheet(exercise)
        except LookupError as error:
            console.print(str(error.args[0]), markup=False)
            continue
        course = course or sheet.language
        verdicts.append(_verdict(sheet, beside, shell.user_ns, name, problems, _names(shell)))
    return tuple(verdicts), preferred(course)


def _verdict(
    sheet: Any, beside: Any, namespace: dict[str, Any], name: str, problems: dict[str, Problem], names: Any
) -> Verdict:
    from autograder import policy
    from autograder.checking import check_sheet
    from autograder.model import CellRun
    from autograder.worker.protocol import Answer

    if name in namespace:
        return check_sheet(sheet, namespace[name], beside)
    missing = Answer(problem=Problem("missing", "NameError", f"`{name}` is not defined."))
    problem = problems.get(sheet.exercise)
    runs = (CellRun(sheet.exercise, "done", problem=problem),) if problem else ()
    observation = Observation(
        sheet.exercise, {case.id: missing for case in sheet.cases}, names=names, solution_runs=runs
    )
    return policy.judge(sheet, observation, f"{sheet.exercise}_check")


def _note_problem(shell: Any, cell: Any, problems: dict[str, Problem]) -> None:
    with (
        open(os.devnull, "w") as nowhere,
        contextlib.redirect_stdout(nowhere),
        contextlib.redirect_stderr(nowhere),
    ):
        result = shell.run_cell(cell.source, store_history=True)
    error = result.error_before_exec or result.error_in_exec
    if error is not None and not isinstance(error, NotImplementedError):
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        problems[grade_id] = Problem("exception", type(error).__name__, str(error)[:2000])


def _names(shell: Any) -> tuple[str, ...]:
    return tuple(name for name in shell.user_ns if not name.startswith("_"))


def _check_call(source: str) -> tuple[str, str] | None:
    """(exercise, name of the entry point) of a cell that is a `check("...", Name)` call."""
    try:
        body = ast.parse(source).body
    except SyntaxError:
        return None
    match body:
        case [ast.Expr(ast.Call(ast.Name("check"), [ast.Constant(str(exercise)), ast.Name(name)]))]:
            return exercise, name
    return None


def _show(verdicts: tuple[Verdict, ...], language: Language) -> None:
    from autograder import policy
    from autograder.report.card import card_text

    for verdict in verdicts:
        print(card_text(verdict, language=language, colour=sys.stdout.isatty()))
        print()
    points, possible = policy.total(verdicts)
    passed = sum(verdict.status == "passed" for verdict in verdicts)
    told = words(
        "{passed} of {n} exercise is right: {points} of {possible} points.",
        "{passed} of {n} exercises are right: {points} of {possible} points.",
        passed=passed, n=len(verdicts), points=f"{points:g}", possible=f"{possible:g}",
    )  # fmt: skip
    print(language.say(told))


def main() -> None:
    """`autograder check NOTEBOOK`, as the student client has it."""
    import argparse

    parser = argparse.ArgumentParser(prog="autograder", description="Gatebook for students.")
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("check", help="run the visible checks of a notebook, in the terminal")
    command.add_argument("notebook", type=Path)
    command.add_argument("--json", action="store_true", help="print one JSON document and nothing else")
    given = parser.parse_args()
    sys.exit(check_notebook(given.notebook, as_json=given.json))
