"""`autograder check NOTEBOOK`: run a notebook in this process, as Jupyter would, and show what its checks say."""

from __future__ import annotations

import ast
import contextlib
import functools
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import msgspec
from rich.console import Console

from autograder import versions
from autograder.answering.protocol import Problem
from autograder.cards.console import console as make_console
from autograder.judging.sheet_files import SheetError
from autograder.language import preferred, sentences, words
from autograder.model import CellRun, Sheet, Verdict
from autograder.time_limits import CELL_SECONDS, MOST_SECONDS, LastResort, Watch, limited

os.environ.setdefault("MPLBACKEND", "Agg")

_Found: TypeAlias = Callable[[str], tuple[Sheet, tuple[Sheet, ...]]]
"""Gives the public sheet of an exercise, as `find_sheet` does."""


def check_notebook(
    path: Path,
    *,
    as_json: bool = False,
    show_all: bool = False,
    only: Sequence[str] = (),
    cell_seconds: float = CELL_SECONDS,
    question_seconds: float | None = None,
) -> int:
    """Run the cells in order and check every exercise where its grade cell stands. Then print one line for each, and
    the card of the first that is to be worked on.

    Args:
        show_all: print the cards of all. only: ids of exercises, or names that they ask for; the others are not
            checked. cell_seconds: what one cell may take. question_seconds: what one question may take; None: as long
            as the course gives it when it grades.

    Returns:
        0 when everything was checked, whatever the points; 1 when the file cannot be read or holds no checks, or not
        these, or a library has a version that does not work; 2 when the public cases are missing or damaged. What
        cannot be stopped when its time is over ends the process with 1.
    """
    import nbformat

    from autograder.student.checking import find_sheet

    console = make_console(stderr=True)
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
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    try:
        found = functools.cache(functools.partial(find_sheet, start=path.resolve().parent))
        asked = [_check_call(cell.source, found) for cell in cells]
    except SheetError as error:
        console.print(str(error), markup=False, highlight=False, soft_wrap=True)
        return 2
    unknown = sorted(set(only) - {name for names in asked for name in names or ()})
    if unknown:
        known = ", ".join(names[0] for names in asked if names is not None)
        console.print(f"{path} has no check of {', '.join(unknown)}. There are: {known}.", markup=False, soft_wrap=True)
        return 1
    run = _Run(console, as_json, show_all or bool(only), frozenset(only), cell_seconds, question_seconds)
    run.by_hand = sum(_points_by_hand(cell) for cell in notebook.cells)
    try:
        with contextlib.chdir(path.resolve().parent):
            run.through(cells, asked, found)
    except SheetError as error:
        console.print(str(error), markup=False, highlight=False, soft_wrap=True)
        return 2
    finally:
        run.stderr.close()
    if not run.verdicts and run.not_found:
        return 2
    if not run.verdicts:
        console.print(f"{path} holds no check(...) cell. Is it the notebook of an assignment?", markup=False)
        return 1
    run.sum_up()
    return 0


class _Run:
    """One way through the cells of a notebook."""

    def __init__(
        self,
        console: Console,
        as_json: bool,
        show_all: bool,
        only: frozenset[str],
        cell_seconds: float,
        question_seconds: float | None,
    ) -> None:
        self.console = console
        self.as_json = as_json
        self.show_all = show_all
        self.only = only
        self.cell_seconds = cell_seconds
        self.question_seconds = question_seconds
        self.verdicts: list[Verdict] = []
        self.by_hand = 0.0
        """Points of the notebook that a person gives."""
        self.not_found: list[str] = []
        """Why there are no public cases for some exercises."""
        self.runs: dict[str, CellRun] = {}
        """How the cells ended that did not end well, by their id for nbgrader."""
        self.language = preferred("")
        self.stdout = sys.stdout
        # While a question is asked, the descriptor of stderr leads nowhere.
        self.stderr = os.fdopen(os.dup(2), "w", encoding="utf-8", errors="replace")

    def through(self, cells: list[Any], asked_by: list[tuple[str, str] | None], found: _Found) -> None:
        """asked_by: of each cell, the exercise that it checks and the name of the answer, see `_check_call`."""
        from IPython.core.interactiveshell import InteractiveShell
        from rich.progress import track

        shell = InteractiveShell.instance()
        width = max((len(asked[1] or asked[0]) for asked in asked_by if asked is not None), default=0)
        shown = track(
            cells, "Running the notebook", console=self.console, transient=True, disable=not self.console.is_terminal
        )
        for number, (cell, asked) in enumerate(zip(shown, asked_by, strict=True), 1):
            if asked is None:
                if "demo" not in cell.metadata.get("tags", []):
                    self._run_cell(shell, cell, number)
                continue
            if self.only and not self.only & set(asked):
                continue
            exercise, name = asked
            try:
                sheet, beside = found(exercise)
            except LookupError as error:
                if error.args[0] not in self.not_found:
                    self.not_found.append(error.args[0])
                    self.console.print(error.args[0], markup=False, highlight=False, soft_wrap=True)
                continue
            self.language = preferred(sheet.language) if not self.verdicts else self.language
            self.verdicts.append(self._verdict(sheet, beside, shell.user_ns, name))
            self._line(self.verdicts[-1], width)

    def _run_cell(self, shell: Any, cell: Any, number: int) -> None:
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        first = next(filter(None, map(str.strip, cell.source.splitlines())), "")
        where = f"Code cell {number} ({grade_id or first[:60]})"
        too_long = f"{where} took longer than {self.cell_seconds:g} seconds"
        error: BaseException | None = None
        watch = Watch(0.0)
        try:
            with (
                open(os.devnull, "w") as nowhere,
                contextlib.redirect_stdout(nowhere),
                contextlib.redirect_stderr(nowhere),
                limited(self.cell_seconds, self._last_resort(f"{too_long}, and cannot be stopped.")) as watch,
            ):
                result = shell.run_cell(cell.source, store_history=True)
                error = result.error_before_exec or result.error_in_exec
        except KeyboardInterrupt:
            if not watch.over:
                raise
        if watch.over:
            self.console.print(f"{too_long} and was stopped. Is there a loop that never ends?", markup=False)
            self.runs[grade_id] = CellRun(grade_id, "timed_out")
        elif isinstance(error, KeyboardInterrupt):
            raise error
        elif error is not None and not isinstance(error, NotImplementedError):
            problem = Problem("exception", type(error).__name__, str(error)[:2000])
            self.runs[grade_id] = CellRun(grade_id, "done", problem=problem)

    def _verdict(self, sheet: Sheet, beside: tuple[Sheet, ...], namespace: dict[str, Any], name: str) -> Verdict:
        from autograder.student.checking import Limit, check_sheet, undefined

        name = name or sheet.entry_point
        if name in namespace:
            said = f"{sheet.exercise}: `{name}` did not finish in time, and cannot be stopped."
            limit = Limit(self.question_seconds or sheet.question_seconds, self._last_resort(said))
            return check_sheet(sheet, namespace[name], beside, limit)
        runs = (self.runs[sheet.exercise],) if sheet.exercise in self.runs else ()
        return undefined(sheet, namespace, beside, runs)

    # ------------------------------------------------------------------------------------------------- what is shown

    def _show(self, verdict: Verdict) -> None:
        from autograder.cards.card_text import card_text

        person = sys.stdout.isatty()
        print(card_text(verdict, language=self.language, colour=person, wrapped=person), end="\n\n")

    def _line(self, verdict: Verdict, width: int) -> None:
        """One line for an exercise, at once: what comes later may end the process."""
        from autograder.cards.status import LOOKS

        if not self.as_json:
            look = LOOKS[verdict.status]
            told = words("{points} of {possible}", points=f"{verdict.points:g}", possible=f"{verdict.max_points:g}")
            start = f"{look.symbol} {verdict.entry_point:{width}}  {self.language.say(told):>10}  "
            print(start + self.language.say(look.word), flush=True)

    def _next(self) -> Verdict | None:
        """What to work on: the first that is begun and not right, or else the first that is not begun."""
        open_ones = [verdict for verdict in self.verdicts if verdict.status != "passed"]
        begun = [verdict for verdict in open_ones if verdict.status not in ("not_attempted", "blocked")]
        return next(iter(begun or open_ones), None)

    def sum_up(self) -> None:
        """Everything that is known."""
        from autograder.judging import policy

        if self.as_json:
            sys.stdout.write(msgspec.json.encode(tuple(self.verdicts)).decode() + "\n")
            return
        print()
        following = self._next()
        for verdict in self.verdicts if self.show_all else [following] if following is not None else []:
            self._show(verdict)
        points, possible = policy.total(tuple(self.verdicts))
        passed = sum(verdict.status == "passed" for verdict in self.verdicts)
        told = words(
            "{passed} of {n} exercise is right: {points} of {possible} points.",
            "{passed} of {n} exercises are right: {points} of {possible} points.",
            passed=passed, n=len(self.verdicts), points=f"{points:g}", possible=f"{possible:g}",
        )  # fmt: skip
        by_hand = words(
            "{points} more points are for what you write in words; a person gives them.", points=f"{self.by_hand:g}"
        )
        print(self.language.say(sentences(told, by_hand if self.by_hand else "")))

    def _last_resort(self, why: str) -> LastResort:
        return LastResort(lambda: self._end(why), self.stderr.fileno())

    def _end(self, why: str) -> None:
        """Say what is known and end the process: the notebook's code cannot be stopped by any other means."""
        sys.stdout = self.stdout
        print(f"{why} The command ends here; repair that, and check again.", file=self.stderr)
        if self.verdicts:
            self.sum_up()
        self.stdout.flush()
        self.stderr.flush()
        os._exit(1)


def _points_by_hand(cell: Any) -> float:
    """The points of a cell that is written and graded by people: nbgrader's manually graded answers and tasks."""
    about = cell.metadata.get("nbgrader", {})
    given = about.get("task") or (about.get("grade") and about.get("solution"))
    points = about.get("points") if given else 0
    return float(points) if isinstance(points, int | float) else 0.0


def _check_call(source: str, found: _Found) -> tuple[str, str] | None:
    """(exercise, name of what it asks for, `""` where nobody knows) of a cell that is a `check("...", Name)` call.

    Raises:
        SheetError: see `find_sheet`.
    """
    try:
        body = ast.parse(source).body
    except SyntaxError:
        return None
    match body:
        case [ast.Expr(ast.Call(ast.Name("check"), [ast.Constant(str(exercise)), ast.Name(name)]))]:
            return exercise, name
        case [ast.Expr(ast.Call(ast.Name("check"), [ast.Constant(str(exercise))], []))]:
            with contextlib.suppress(LookupError):
                return exercise, found(exercise)[0].entry_point
            return exercise, ""
    return None


def main() -> None:
    """`autograder check NOTEBOOK`, as the student client has it."""
    import argparse

    parser = argparse.ArgumentParser(prog="autograder", description="Gatebook for students.")
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("check", help="run the visible checks of a notebook, in the terminal")
    command.add_argument("notebook", type=Path)
    command.add_argument("--json", action="store_true", help="print one JSON document and nothing else")
    command.add_argument("--all", action="store_true", help="the cards of all exercises, not only of the next one")
    command.add_argument("--only", action="append", default=[], metavar="EXERCISE", help="check this one; repeatable")
    command.add_argument("--cell-seconds", type=float, default=CELL_SECONDS, help="time limit of one cell")
    command.add_argument(
        "--question-seconds", type=float, help="time limit of one question; default: as when the course grades"
    )
    given = parser.parse_args()
    for name in ("cell_seconds", "question_seconds"):
        seconds = getattr(given, name)
        if seconds is not None and not 0 < seconds <= MOST_SECONDS:
            parser.error(f"--{name.replace('_', '-')} must be a number of seconds above 0, at most {MOST_SECONDS:g}")
    sys.exit(
        check_notebook(
            given.notebook,
            as_json=given.json,
            show_all=given.all,
            only=given.only,
            cell_seconds=given.cell_seconds,
            question_seconds=given.question_seconds,
        )
    )
