"""The class as CSV: what a program reads back, and what a spreadsheet must not run."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import replace

import pytest

from autograder.model import Diagnosis, Penalty, Record, Standing, Verdict
from autograder.report.submission import standing_by
from autograder.report.tables import exercise_table, student_table

MakeRecord = Callable[..., Record]


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_a_row_for_each_student_and_exercise(verdict: Verdict, make_record: MakeRecord) -> None:
    passed = replace(verdict, exercise="gru", status="passed", points=1 / 3, diagnosis=None)
    two = replace(verdict, diagnosis=Diagnosis("a", "One, two", "?", second=Diagnosis("b", 'A "quoted" one', "?")))
    rows = read(exercise_table([make_record("王, 小明", (passed, two)), make_record("b", (verdict,))], {"b": "Monday"}))
    assert [tuple(row.values()) for row in rows] == [
        ("王, 小明", "", "lstm", "lstm", "gru", "passed", "0.333333", "4.5", "0", "", ""),
        ("王, 小明", "", "lstm", "lstm", "lstm", "failed", "1", "4.5", "0", 'One, two; A "quoted" one', ""),
        ("b", "Monday", "lstm", "lstm", "lstm", "failed", "1", "4.5", "0", "Two gates are exchanged", ""),
    ]


def test_a_row_for_each_student(verdict: Verdict, make_record: MakeRecord) -> None:
    penalty = Penalty("a", "lstm", "lstm", 60, points=1.5, score=4, left=2.5, possible=8)
    standings = [Standing("a", "lstm", "lstm", 4, 8, {"essay": 3.5}, penalty)]
    records = [
        make_record("b", (verdict,)),
        make_record("a", (verdict,)),
        make_record("a", (verdict,), assignment="gru", notebook="gru"),
    ]
    assert read(student_table(records, standing_by(standings), {})) == [
        {"student": "a", "section": "", "gru": "1", "lstm": "2.5", "total": "3.5", "possible": "12.5",
         "late_penalty": "1.5", "waits_for_a_person": "3.5", "flags": ""},
        {"student": "b", "section": "", "gru": "", "lstm": "1", "total": "1", "possible": "4.5",
         "late_penalty": "0", "waits_for_a_person": "0", "flags": ""},
    ]  # fmt: skip


def test_flags_and_unreadable_files_stand_in_both(verdict: Verdict, make_record: MakeRecord) -> None:
    flags = (
        "Makes code from text (own, line 3): eval('1: 2 (x, line 9)')",
        "Makes code from text (own, line 5): eval(y)",
        "Shares 40 passages of 12 words with the source of Keras.",
    )
    records = [make_record("a", (verdict,), flags=flags), make_record("b", (verdict,), status="unreadable")]
    kinds = "Makes code from text; Shares code with a library"
    rows = read(exercise_table(records, {}))
    assert [(row["status"], row["flags"]) for row in rows] == [("failed", kinds), ("unreadable", "")]
    assert [row["flags"] for row in read(student_table(records, standing_by(()), {}))] == [kinds, ""]


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r\n=1", "=cmd|' /C calc'!A0", " =1"])
def test_no_text_is_a_formula(verdict: Verdict, make_record: MakeRecord, name: str) -> None:
    record = make_record(name, (replace(verdict, exercise=name),), assignment=name, notebook=name)
    for text in (exercise_table([record], {name: name}), student_table([record], standing_by(()), {name: name})):
        for row in csv.reader(io.StringIO(text, newline="")):
            assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row)
    negative = Standing(name, name, name, -1, 4.5)
    assert read(student_table([record], standing_by([negative]), {}))[0]["total"] == "-1"  # a number is a number
