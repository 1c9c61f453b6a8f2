"""The demonstration, graded once: what it says, what it counts, and which mistakes it names."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from pathlib import Path

import pytest
from support.pictures import load_pictures

from autograder.commands.demo import demo
from autograder.course.completed import completed_records
from autograder.course.folder import open_course
from autograder.demo.pieces import students
from autograder.model import Record
from autograder.report.overview import diagnoses

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]

MISTAKES = {
    "Sends the candidate through a sigmoid": ("The candidate goes through a sigmoid", 4),
    "Exchanges the forget and the input gate": ("The input gate and the forget gate are exchanged", 3),
    "returns its states as [c, h]": ("The new states are returned as [c, h]", 3),
    "Forgets the tanh of the memory": ("The hidden state is the output gate times the raw cell state", 2),
    "the initial state is ignored": (
        "The initial state that was handed in is ignored; the loop starts from zeros", 2,
    ),
    "every step starts from the initial state": (
        "Every step is fed the initial state; the new state is never carried on", 2,
    ),
    "joins the backward half without turning it round": (
        "The backward outputs are joined in the order in which they were made", 2,
    ),
    "Gives the last output only": ("Only the last step is returned, whatever return_sequences says", 1),
}  # fmt: skip
"""What docstrings of students say -> what is diagnosed, and how many made the mistake."""
ACCIDENTS = {
    ("fischer_jonas", "rnn_unroll"): "timed_out",
    ("hernandez_diego", "rnn_step"): "error",
    ("jansen_sanne", "rnn_unroll"): "error",
    ("larsen_mikkel", "lstm"): "forbidden",
    ("novak_tereza", "rnn_step"): "error",
    ("osullivan_niamh", "rnn_unroll"): "error",
    ("wilson_emma", "rnn_step"): "error",
    ("yilmaz_elif", "rnn_step"): "error",
}


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> tuple[tuple[Record, ...], str, str]:
    """The records, what was printed, and the class page."""
    root = tmp_path_factory.mktemp("demonstration") / "course"
    with pytest.MonkeyPatch.context() as patched:
        lines: list[str] = []
        patched.setattr("rich.console.Console.print", lambda _, *said, **__: lines.append(" ".join(map(str, said))))
        assert demo(root) == 0
    page = (root / "reports" / "index.html").read_text("utf-8")
    return completed_records(open_course(root)), "\n".join(lines), page


def test_counts_agree(graded: tuple[tuple[Record, ...], str, str]) -> None:
    records, printed, page = graded
    each = Counter(record.assignment for record in records)
    people = len({record.student for record in records})
    assert f"A class of {people} students and {len(records)} submissions" in printed
    assert people == len(students())
    for name, count in each.items():
        assert f"{count} of {name}" in printed
        assert f"Grading {name}: {count} of {count}" in printed
    assert f"<dt>Students</dt><dd>{people}</dd>" in page
    assert f"<dt>Submissions</dt><dd>{len(records)}</dd>" in page
    assert page.count("1 late submission loses points") == len(each)


def test_mistakes_are_as_frequent_as_the_students_say(graded: tuple[tuple[Record, ...], str, str]) -> None:
    records, _, page = graded
    named = defaultdict(set)
    for record in records:
        for verdict in record.verdicts:
            for found in diagnoses(verdict):
                named[str(found.title)].add(record.student)
    for phrase, (title, count) in MISTAKES.items():
        said = {student.id for student in students() if phrase.lower() in " ".join(student.said.split()).lower()}
        assert named[title] == said, phrase
        assert len(said) == count
    counts = list(map(int, re.findall(r'<div class="count"><strong>(\d+)</strong>', page)))
    assert counts == sorted(counts, reverse=True)
    assert counts[:3] == [4, 3, 3]


def test_who_has_all_right_gets_all_points(graded: tuple[tuple[Record, ...], str, str]) -> None:
    right = {student.id for student in students() if student.said.startswith("All right")}
    for record in graded[0]:
        if record.student in right:
            assert record.points == record.max_points, (record.student, record.assignment)


def test_accidents_stay_with_those_who_had_them(graded: tuple[tuple[Record, ...], str, str]) -> None:
    records, *_ = graded
    kinds = ("timed_out", "forbidden", "error", "blocked", "out_of_memory")
    found = {
        (record.student, verdict.exercise): verdict.status
        for record in records
        if record.status == "graded"
        for verdict in record.verdicts
        if verdict.status in kinds
    }
    assert found == ACCIDENTS
    assert [record.student for record in records if record.status == "unreadable"] == ["nakamura_yui"]


def test_the_picture_in_the_readme_is_this_class(graded: tuple[tuple[Record, ...], str, str]) -> None:
    shown = (ROOT / "docs" / "pictures" / "class.svg").read_text("utf-8")
    assert load_pictures().class_page(graded[2]) == shown, "run `make pictures`"
