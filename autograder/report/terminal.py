"""The class in a terminal: a table of students by exercises, and progress that suits who is watching."""

from __future__ import annotations

import statistics
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from rich.cells import cell_len
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from autograder.cards.status import FOLLOWED, LOOKS
from autograder.cards.text import one_line, out_of, points
from autograder.model import Penalty, Record, Standing, Status, Verdict
from autograder.report.attention import FLAGGED, UNREADABLE, look_of
from autograder.report.submission import in_order, place, standing_by

_LINES = 20
"""Plain progress prints about this many lines, however long the work."""
PATIENCE = 1.0
"""Seconds after which somebody who sees nothing wants to know what is going on."""
MOST_ROWS = 200
"""Submissions up to which each is a row of the table."""
_UNBOUNDED = 100_000
_NAME = 12
"""Columns that the name of a student has at least, in the narrowest window."""


def class_table(records: Iterable[Record], console: Console, standings: Iterable[Standing] = ()) -> None:
    """Print students by exercises with symbols and points, what symbols and column numbers mean, and a last line that
    sums it up. Of more than `MOST_ROWS` submissions each exercise is a row, with how often each symbol is there.

    What does not fit leaves out names of exercises first, then their points; names of students are whole. Where
    something waits for a person, a column says for how many points. Where a late submission loses points, all have two
    columns more: how many, and what is left in the gradebook.
    """
    ordered = in_order(records)
    if not ordered:
        return
    standing = standing_by(standings)
    worth = [standing(record) for record in ordered]
    titles = tuple({(one.assignment, verdict.exercise): None for one in ordered for verdict in one.verdicts})
    names = [one_line(exercise) for _, exercise in titles]
    seen = {look_of(record, verdict).symbol for record in ordered for verdict in record.verdicts}
    console.print(Text(", ".join(sorted({one_line(record.assignment) for record in ordered})), "bold"), soft_wrap=True)
    if len(ordered) > MOST_ROWS:
        console.print(_of_exercises(ordered))
        console.print(Text("\nEach student is on the page of the class.", "dim"), soft_wrap=True)
    else:
        _print_of_students(ordered, worth, titles, names, console)
    legend = [f"{look.symbol} {str(look.word).lower()}" for look in LOOKS.values() if look.symbol in seen]
    legend += [f"{mark} {what}" for mark, what, has in _MARKS if any(map(has, ordered))]
    if any(verdict.follow_through for record in ordered for verdict in record.verdicts):
        legend.append(f"{FOLLOWED} right but for a part that it uses (follow-through marks)")
    if legend:
        console.print(Text(_listed("\n", legend, console.width), "dim"), soft_wrap=True)
    console.print(Text(_summary(ordered, worth)), soft_wrap=True)


def _print_of_students(
    records: Sequence[Record],
    worth: Sequence[Standing],
    titles: Sequence[tuple[str, str]],
    names: Sequence[str],
    console: Console,
) -> None:
    for heads, with_points in ((names, True), (_numbers(names), True), (_numbers(names), False)):
        table = _table(records, worth, titles, heads, with_points=with_points)
        if console.measure(table, options=console.options.update(width=_UNBOUNDED)).maximum <= console.width:
            break
    console.print(table)
    if heads is not names:
        numbered = [f"{number} {name}" for number, name in enumerate(names, 1)]
        console.print(Text(_listed("\nExercises:", numbered, console.width)), soft_wrap=True)


def _of_exercises(records: Sequence[Record]) -> Table:
    looks: dict[tuple[str, str], Counter[str]] = {}
    verdicts: dict[tuple[str, str], list[Verdict]] = {}
    for record in records:
        for verdict in record.verdicts:
            title = record.assignment, verdict.exercise
            looks.setdefault(title, Counter())[look_of(record, verdict).symbol] += 1
            verdicts.setdefault(title, []).append(verdict)
    styles = {look.symbol: look.style for look in (*LOOKS.values(), UNREADABLE)}
    seen = [symbol for symbol in styles if any(symbol in some for some in looks.values())]
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column("Exercise", overflow="fold", min_width=_NAME)
    for symbol in seen:
        table.add_column(Text(symbol, styles[symbol]), justify="right", no_wrap=True)
    table.add_column("Mean", justify="right", no_wrap=True)
    for title, some in verdicts.items():
        mean = statistics.fmean(verdict.points for verdict in some)
        table.add_row(
            Text(one_line(title[1])),
            *(Text(str(looks[title][symbol] or "")) for symbol in seen),
            Text(str(out_of(round(mean, 2), max(verdict.max_points for verdict in some)))),
        )
    return table


_MARKS: tuple[tuple[str, str, Callable[[Record], bool]], ...] = (
    (UNREADABLE.symbol, "cannot be read", lambda record: record.status == "unreadable"),
    (
        LOOKS["grader_fault"].symbol,
        "not graded, by a fault of the grader",
        lambda record: record.status == "grader_fault",
    ),
    (FLAGGED.symbol, "flagged", lambda record: bool(record.flags)),
)
"""What stands before the points of a submission, what it means, and whether it does."""
_FOR_YOU: Mapping[Status, tuple[str, str]] = {
    "forbidden": ("uses a forbidden built-in", "use a forbidden built-in"),
    "blocked": ("waits for another part", "wait for another part"),
    "timed_out": ("ran out of time", "ran out of time"),
    "out_of_memory": ("ran out of memory", "ran out of memory"),
}
"""What a teacher is told of one submission, and of several; what else is for them is counted by itself."""


def _listed(start: str, items: Iterable[str], width: int) -> str:
    """Items side by side, as many as a line has room for; none is broken."""
    lines = [start]
    for item in items:
        between = "   " if lines[-1].strip() else ""
        if cell_len(lines[-1].strip("\n") + between + item) > width and lines[-1].strip():
            lines.append(item)
        else:
            lines[-1] += between + item
    return "\n".join(lines)


def _numbers(names: Sequence[str]) -> list[str]:
    return [str(number) for number, _ in enumerate(names, 1)]


def _table(
    records: Sequence[Record],
    worth: Sequence[Standing],
    titles: Sequence[tuple[str, str]],
    heads: Sequence[str],
    *,
    with_points: bool,
) -> Table:
    several = len({(record.assignment, record.notebook) for record in records}) > 1
    person = any(one.waiting for one in worth)
    late = any(one.penalty for one in worth)
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2 if with_points else 1, 0, 0))
    table.add_column("Student", overflow="fold", min_width=_NAME)
    if several:
        table.add_column("Notebook", overflow="fold")
    for head in heads:
        table.add_column(Text(head), justify="right", no_wrap=True)
    table.add_column("Points", justify="right", no_wrap=True)
    for title in (("By hand",) if person else ()) + (("Late", "Left") if late else ()):
        table.add_column(title, justify="right", no_wrap=True)
    for record, one in zip(records, worth, strict=True):
        verdicts = {(record.assignment, verdict.exercise): verdict for verdict in record.verdicts}
        table.add_row(
            Text(one_line(record.student)),
            *([Text(one_line(place(record)))] if several else []),
            *(_cell(record, verdicts.get(column), with_points=with_points) for column in titles),
            Text("".join(f"{mark} " for mark, _, has in _MARKS if has(record)), UNREADABLE.style)
            + Text(str(out_of(one.score, one.possible))),
            *([Text(f"+ {points(one.by_hand)}" if one.waiting else "", "magenta")] if person else []),
            *(_late(one.penalty) if late else ()),
        )
    return table


def _late(penalty: Penalty | None) -> tuple[Text, Text]:
    if penalty is None:
        return Text(""), Text("")
    return Text(f"−{points(penalty.points)}", "red"), Text(points(penalty.left))


def _cell(record: Record, verdict: Verdict | None, *, with_points: bool) -> Text:
    if verdict is None:
        return Text("")
    look = look_of(record, verdict)
    earned = f" {points(verdict.points)}" if with_points else ""
    return Text(f"{look.symbol}{earned}{FOLLOWED if verdict.follow_through else ''}", look.style)


def _summary(records: Sequence[Record], worth: Sequence[Standing]) -> str:
    """How the class did and what is left to do, in one line."""
    median = statistics.median(one.score for one in worth)
    names = ", ".join(sorted({one_line(record.assignment) for record in records}))
    all_of_them = "1 submission" if len(records) == 1 else f"{len(records)} submissions"
    counts = [(sum(map(has, records)), what) for _, what, has in _MARKS]
    for status, (of_one, of_several) in _FOR_YOU.items():
        n = sum(any(verdict.status == status for verdict in record.verdicts) for record in records)
        counts.append((n, of_one if n == 1 else of_several))
    counts.append((sum(one.penalty is not None for one in worth), "late"))
    waiting = sum(bool(one.waiting) for one in worth)
    counts.append((waiting, "waits for a person" if waiting == 1 else "wait for a person"))
    said = ", ".join(f"{count} {what}" for count, what in counts if count)
    scored = f"{names}: {all_of_them}, median {out_of(median, max(one.possible for one in worth))}"
    return f"{scored}; {said}." if said else f"{scored}."


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
