"""The class as CSV, for spreadsheets and programs: a row for each student and exercise, and a row for each student."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping

from autograder.cards.text import one_line
from autograder.model import Record, Standing
from autograder.report.attention import flag_kinds
from autograder.report.students import by_student
from autograder.report.teaching import diagnoses

EXERCISES, STUDENTS = "exercises.csv", "students.csv"
_FORMULA = ("=", "+", "-", "@")
"""What a cell begins with that a spreadsheet takes for a formula, and runs."""


def exercise_table(records: Iterable[Record], sections: Mapping[str, str]) -> str:
    """A row for each student and exercise. flags: of the submission, in each of its rows."""
    head = [
        "student", "section", "assignment", "notebook", "exercise", "status", "points", "possible", "follow_through",
        "mistakes", "flags",
    ]  # fmt: skip
    return _csv(
        head,
        (
            [
                record.student, sections.get(record.student, ""), record.assignment, record.notebook, one.exercise,
                "unreadable" if record.status == "unreadable" else one.status, one.points, one.max_points,
                one.follow_through, "; ".join(str(found.title) for found in diagnoses(one)), flag_kinds([record]),
            ]
            for record in records
            for one in record.verdicts
        ),
    )  # fmt: skip


def student_table(
    records: Iterable[Record], standing: Callable[[Record], Standing], sections: Mapping[str, str]
) -> str:
    """A row for each student: what every notebook is worth, as nbgrader's gradebook has it; empty where nothing was
    handed in."""
    places, rows = by_student(records, standing)
    return _csv(
        ["student", "section", *places, "total", "possible", "late_penalty", "waits_for_a_person", "flags"],
        (
            [
                row.student, sections.get(row.student, ""),
                *("" if one is None else one[1].total for one in row.submissions),
                row.total, row.possible,
                sum(one[1].penalty.points for one in row.submissions if one and one[1].penalty), row.by_hand,
                flag_kinds(one[0] for one in row.submissions if one),
            ]
            for row in rows
        ),
    )  # fmt: skip


def _csv(head: Iterable[str], rows: Iterable[Iterable[str | float]]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow(map(_cell, head))
    writer.writerows(map(_cell, row) for row in rows)
    return text.getvalue()


def _cell(value: str | float) -> str | float:
    """A number without noise, or a text that no spreadsheet takes for a formula: it begins with an apostrophe then."""
    if isinstance(value, str):
        text = one_line(value)
        return f"'{text}" if text.startswith(_FORMULA) else text
    return int(value) if value == int(value) else round(value, 6)
