"""The class table and progress in a terminal."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from dataclasses import replace
from unittest import mock

import pytest
from rich.console import Console
from support.verdicts import STATUSES

from autograder.answering.protocol import Problem
from autograder.cards.console import console
from autograder.cards.status import LOOKS
from autograder.model import Penalty, Record, Standing, Verdict
from autograder.report import terminal
from autograder.report.terminal import class_table, progress, waiting


def printed(width: int = 240, **options: object) -> tuple[Console, Callable[[], str]]:
    """A console and what was printed on it."""
    file = io.StringIO()
    return Console(file=file, width=width, **options), file.getvalue  # type: ignore[arg-type]


def test_table_has_a_row_for_each_student(verdict: Verdict, make_record: Callable[..., Record]) -> None:
    verdicts = tuple(replace(verdict, status=status, exercise=status) for status in STATUSES)
    console, text = printed()
    class_table(
        [make_record("[red]bob", verdicts), make_record("alice"), make_record("王小明", status="unreadable")],
        console,
    )
    lines = text().splitlines()
    assert lines[0] == "lstm"
    assert lines[1].split() == ["Student", *STATUSES, "Points"]
    assert lines[2].split() == [
        "[red]bob",
        *(w for s in STATUSES for w in (LOOKS[s].symbol, "1")),
        str(len(STATUSES)),
        "of",
        f"{4.5 * len(STATUSES):g}",
    ]
    assert lines[3].split() == ["alice", "–"]
    assert lines[4].split() == ["王小明", "⚠", "–"]
    assert lines[-1] == (
        f"lstm: 3 submissions, median 0 of {4.5 * len(STATUSES):g}; 1 cannot be read, 1 uses a forbidden built-in, "
        "1 waits for another part, 1 ran out of time, 1 ran out of memory."
    )
    assert all(str(LOOKS[status].word).lower() in text() for status in STATUSES)


def test_what_is_for_the_teacher_is_marked_and_summed_up(verdict: Verdict, make_record: Callable[..., Record]) -> None:
    right = replace(verdict, status="passed", exercise="second", diagnosis=None)
    slow = replace(right, status="timed_out")
    records = [
        make_record("a", (replace(verdict, status="error"), replace(right, status="error")), status="unreadable"),
        make_record(
            "b", (replace(verdict, status="forbidden"), slow), flags=("Makes code from text (own, line 3): eval(x)",)
        ),
        make_record("c", (replace(verdict, status="forbidden"), right)),
    ]
    console, text = printed()
    class_table(records, console)
    _, _, *rows, _, legend, last = text().splitlines()
    assert [row.split() for row in rows] == [
        ["a", "⚠", "1", "⚠", "1", "⚠", "2", "of", "9"],
        ["b", "⊘", "1", "◷", "1", "⚑", "2", "of", "9"],
        ["c", "⊘", "1", "✓", "1", "2", "of", "9"],
    ]
    assert legend.split("   ") == [
        "✓ passed", "◷ ran out of time", "⊘ uses a forbidden built-in", "⚠ cannot be read", "⚑ flagged",
    ]  # fmt: skip
    assert last.partition("; ")[2] == "1 cannot be read, 1 flagged, 2 use a forbidden built-in, 1 ran out of time."


def test_a_late_submission_has_its_penalty_and_what_is_left(make_record: Callable[..., Record]) -> None:
    console, text = printed()
    penalty = Penalty("bob", "lstm", "lstm", 3600, points=2.5, score=10, left=7.5, possible=10)
    class_table(
        [make_record("alice"), make_record("bob")], console, [Standing("bob", "lstm", "lstm", 10, 10, penalty=penalty)]
    )
    _, head, alice, bob, *_, last = (line.split() for line in text().splitlines())
    assert head == ["Student", "Points", "Late", "Left"]
    assert alice == ["alice", "–"]
    assert bob == ["bob", "10", "of", "10", "−2.5", "7.5"]
    assert " ".join(last) == "lstm: 2 submissions, median 5 of 10; 1 late."


def test_narrow_table_numbers_the_exercises(verdict: Verdict, make_record: Callable[..., Record]) -> None:
    verdicts = tuple(replace(verdict, exercise=f"a_long_exercise_{n}") for n in range(8))
    console, text = printed(80)
    class_table([make_record("alice", verdicts)], console)
    assert text().splitlines()[1].split() == ["Student", *"12345678", "Points"]
    assert all(any(f"{n + 1} a_long_exercise_{n}" in line for line in text().splitlines()) for n in range(8))
    assert max(map(len, text().splitlines())) <= 80


def test_names_of_students_stay_whole_in_eighty_columns(verdict: Verdict, make_record: Callable[..., Record]) -> None:
    """Rather the points of single exercises are left out, whose symbols say enough."""
    verdicts = tuple(replace(verdict, exercise=f"exercise_{n}") for n in range(11))
    students = ["a_student_with_a_name", "b"]
    standing = Standing("b", "lstm", "lstm", 11, 53.5, {"essay": 4})
    console, text = printed(80)
    class_table([make_record(student, verdicts) for student in students], console, [standing])
    _, head, first, second, *_ = text().splitlines()
    assert head.split() == ["Student", *map(str, range(1, 12)), "Points", "By", "hand"]
    assert first.split() == ["a_student_with_a_name", *"✗" * 11, "11", "of", "49.5"]
    assert second.split() == ["b", *"✗" * 11, "11", "of", "53.5", "+", "4"]
    assert text().splitlines()[-1] == "lstm: 2 submissions, median 11 of 53.5; 1 waits for a person."
    assert max(map(len, text().splitlines())) <= 80


def test_of_a_large_class_each_exercise_is_a_row(verdict: Verdict, make_record: Callable[..., Record]) -> None:
    right = replace(verdict, status="passed", exercise="second", points=4, max_points=4, diagnosis=None)
    records = [
        make_record(f"s{n}", (verdict, right) if n % 2 else (replace(verdict, points=4), right)) for n in range(8)
    ]
    unread = make_record("t", (replace(verdict, status="error", points=0),), status="unreadable")
    console, text = printed(80)
    with mock.patch.object(terminal, "MOST_ROWS", 8):
        class_table([*records, unread], console)
        _, head, first, second, *_, last = text().splitlines()
        class_table(records, console)
    assert head.split() == ["Exercise", "✓", "✗", "⚠", "Mean"]
    assert first.split() == [verdict.exercise, "8", "1", "2.22", "of", "4.5"]
    assert second.split() == ["second", "8", "4", "of", "4"]
    assert last == "lstm: 9 submissions, median 5 of 8.5; 1 cannot be read."
    assert "s7" in text()


def test_nobody_is_no_table() -> None:
    console, text = printed()
    class_table([], console)
    assert text() == ""


@pytest.mark.parametrize(("total", "lines"), [(1, 1), (20, 20), (1000, 20)])
def test_plain_progress_is_a_few_lines(total: int, lines: int) -> None:
    console, text = printed(60)
    with progress(console, "Grading lstm", total) as advance:
        for n in range(total):
            advance(f"student [{n}]")
    assert len(text().splitlines()) == lines
    assert text().splitlines()[-1] == f"Grading lstm: {total} of {total} (student [{total - 1}])"


def test_a_person_gets_a_bar_that_goes_away() -> None:
    console, text = printed(80, force_terminal=True, _environ={"TERM": "xterm"})
    with progress(console, "Grading [lstm]", 2) as advance:
        advance("alice")
        advance("bob")
    assert "Grading [lstm]" in text()
    assert "2/2" in text()
    assert text().endswith("\x1b[2K")


def test_a_terminal_without_cursor_gets_lines() -> None:
    console, text = printed(80, force_terminal=True, _environ={"TERM": "dumb"})
    with progress(console, "Grading lstm", 2) as advance:
        advance("alice")
        advance("bob")
    assert text().splitlines() == ["Grading lstm: 1 of 2 (alice)", "Grading lstm: 2 of 2 (bob)"]


@pytest.mark.parametrize(("seconds", "lines"), [(0.0, []), (0.2, ["Writing the [reports] …"])], ids=["short", "long"])
def test_a_long_wait_is_a_line(monkeypatch: pytest.MonkeyPatch, seconds: float, lines: list[str]) -> None:
    monkeypatch.setattr(terminal, "PATIENCE", 0.05)
    console, text = printed()
    with waiting(console, "Writing the [reports]"):
        time.sleep(seconds)
    assert text().splitlines() == lines


def test_who_waits_at_a_terminal_sees_something_move() -> None:
    console, text = printed(80, force_terminal=True, _environ={"TERM": "xterm"})
    with waiting(console, "Writing the [reports]"):
        pass
    assert "Writing the [reports]" in text()
    assert text().endswith("\x1b[2K")


def test_a_long_wait_for_the_first_piece_is_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "PATIENCE", 0.05)
    console, text = printed()
    with progress(console, "Grading lstm", 1) as advance:
        time.sleep(0.2)
        advance("bob")
    assert text().splitlines() == ["Grading lstm: 0 of 1", "Grading lstm: 1 of 1 (bob)"]


def test_problem_of_the_worker_does_not_reach_the_table(verdict: Verdict, make_record: Callable[..., Record]) -> None:
    console, text = printed()
    class_table([make_record("a", (replace(verdict, problem=Problem("exception", message="\x1b[2J")),))], console)
    assert "\x1b" not in text()


def test_in_a_pipe_no_line_is_broken(
    verdict: Verdict, make_record: Callable[..., Record], capsys: pytest.CaptureFixture[str]
) -> None:
    """Of a wide table every student is one line, under the names of the exercises."""
    verdicts = tuple(replace(verdict, exercise=f"an_exercise_with_a_long_name_{n}") for n in range(30))
    student = "a student with a very long name " * 8
    made = console()
    class_table([make_record(student, verdicts)], made)
    made.print(f"[red]{student * 50}", markup=False)
    _, head, row, *_, last = capsys.readouterr().out.splitlines()
    assert head.split() == ["Student", *(one.exercise for one in verdicts), "Points"]
    assert row.startswith(student.strip())
    assert last == f"[red]{student * 50}"
