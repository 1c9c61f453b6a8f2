"""The class in a terminal: a table of students by exercises, and progress that suits who is watching."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from autograder.cards.status import FOLLOWED, LOOKS
from autograder.cards.text import one_line, out_of, points
from autograder.model import Penalty, Record, Verdict
from autograder.report.overview import key, place

_LINES = 20
"""Plain progress prints about this many lines, however long the work."""
PATIENCE = 1.0
"""Seconds after which somebody who sees nothing wants to know what is going on."""


def class_table(records: Iterable[Record], console: Console, penalties: Iterable[Penalty] = ()) -> None:
    """Print students by exercises with symbols and points, then what symbols and column numbers mean.

    Where something waits for a person, a column says for how many points. Where a late submission loses points, all
    have two columns more: how many, and what is left in the gradebook.
    """
    ordered = sorted(records, key=lambda r: (r.student.casefold(), r.assignment, r.notebook))
    titles: dict[tuple[str, str], str] = {}
    for record in ordered:
        for verdict in record.verdicts:
            titles.setdefault((record.assignment, verdict.exercise), one_line(verdict.exercise))
    numbered = sum(max(len(title), 6) + 2 for title in titles.values()) + 30 > console.width
    several = len({(record.assignment, record.notebook) for record in ordered}) > 1
    person = any(record.by_hand for record in ordered)

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("Student", overflow="fold", min_width=min(12, console.width // 3))
    if several:
        table.add_column("Notebook", overflow="fold")
    for number, title in enumerate(titles.values(), 1):
        table.add_column(Text(str(number) if numbered else title), justify="right", no_wrap=True)
    table.add_column("Points", justify="right", no_wrap=True)
    if person:
        table.add_column("By hand", justify="right", no_wrap=True)
    off = {(one.student, one.assignment, one.notebook): one for one in penalties}
    late = any(key(record) in off for record in ordered)
    for title in ("Late", "Left") if late else ():
        table.add_column(title, justify="right", no_wrap=True)
    seen = set()
    for record in ordered:
        verdicts = {(record.assignment, verdict.exercise): verdict for verdict in record.verdicts}
        seen |= {verdict.status for verdict in record.verdicts}
        cells = [_cell(verdicts.get(column)) for column in titles]
        total = Text(_MARKS[record.status], "magenta") + Text(str(out_of(record.points, record.max_points)))
        table.add_row(
            Text(one_line(record.student)),
            *([Text(one_line(place(record)))] if several else []),
            *cells,
            total,
            *([_by_hand(record)] if person else []),
            *(_late(off.get(key(record))) if late else ()),
        )
    console.print(table)
    if numbered:
        names = ", ".join(f"{number} {title}" for number, title in enumerate(titles.values(), 1))
        console.print(Text(f"\nExercises: {names}"))
    legend = [f"{look.symbol} {str(look.word).lower()}" for status, look in LOOKS.items() if status in seen]
    if any(verdict.follow_through for record in ordered for verdict in record.verdicts):
        legend.append(f"{FOLLOWED} follow-through marks: right but for a part that it uses")
    if legend:
        console.print(Text("\n" + "   ".join(legend), "dim"))


_MARKS = {"graded": "", "unreadable": "unreadable ", "grader_fault": "grader fault "}


def _by_hand(record: Record) -> Text:
    """The points that a person has still to give."""
    waiting = sum(record.by_hand.values())
    return Text(f"+ {points(waiting)}" if waiting else "", "magenta")


def _late(penalty: Penalty | None) -> tuple[Text, Text]:
    if penalty is None:
        return Text(""), Text("")
    return Text(f"−{points(penalty.points)}", "red"), Text(points(penalty.left))


def _cell(verdict: Verdict | None) -> Text:
    if verdict is None:
        return Text("")
    look = LOOKS[verdict.status]
    return Text(f"{look.symbol} {points(verdict.points)}{FOLLOWED if verdict.follow_through else ''}", look.style)


@contextmanager
def progress(console: Console, what: str, total: int) -> Iterator[Callable[[str], None]]:
    """Show how far a work of `total` pieces is; call what it yields for each piece, with a word about it.

    A bar when a person is watching, otherwise a plain line now and then, and one at the end.
    """
    if _is_watched(console):
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[about]}", markup=False),
        )
        with Progress(*columns, console=console, transient=True) as bar:
            task = bar.add_task(what, total=total, about="")
            yield lambda about: bar.update(task, advance=1, about=one_line(about))
        return
    done = 0
    every = max(total // _LINES, 1)

    def advance(about: str) -> None:
        nonlocal done
        done += 1
        if done % every == 0 or done == total:
            line = f"{what}: {done} of {total}" + (f" ({one_line(about)})" if about else "")
            console.print(Text(line), soft_wrap=True)

    with _said_after_a_while(console, lambda: "" if done else f"{what}: 0 of {total}"):
        yield advance


@contextmanager
def waiting(console: Console, what: str) -> Iterator[None]:
    """Say what is being done meanwhile, where there are no pieces to count: something that moves when a person is
    watching, otherwise a plain line if it takes long."""
    if _is_watched(console):
        with console.status(Text(what)):
            yield
    else:
        with _said_after_a_while(console, lambda: f"{what} …"):
            yield


def _is_watched(console: Console) -> bool:
    return console.is_terminal and not console.is_dumb_terminal


@contextmanager
def _said_after_a_while(console: Console, line: Callable[[], str]) -> Iterator[None]:
    def say() -> None:
        if text := line():
            console.print(Text(text), soft_wrap=True)

    timer = threading.Timer(PATIENCE, say)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
