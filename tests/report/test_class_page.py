"""What the class page says, and that nothing of a student's runs on it."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.hostile import ATTACK, attacked
from support.html_tree import Element, Tree
from support.verdicts import STATUSES

from autograder.language import Language
from autograder.model import Diagnosis, Finding, Penalty, Record, Verdict
from autograder.report.overview import AlikeGroup, AlikePair, Likeness, overview
from autograder.report.pages import class_page

MakeRecord = Callable[..., Record]
GROUP = AlikeGroup(("a", "b"), (AlikePair("a", "b", 0.87, 42),), ("so",), ("q",))
ALIKE = Likeness("lstm", 3, 1, 0.1, 0.2, 0.6, (0, 1, 0, 2), (GROUP,))


def section(page: str, name: str) -> Element:
    (found,) = [s for s in Tree(page).tags("section") if s.attributes["aria-labelledby"] == name]
    return found


def said(element: Element) -> str:
    return " ".join(element.text.split())


def test_only_its_own_script_and_style_may_be_used(verdict: Verdict, make_record: MakeRecord) -> None:
    page = class_page([make_record("a", (verdict,))], alike=[ALIKE])
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)
    for tag in ("script", "style"):
        (content,) = re.findall(f"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    names = {name for element in Tree(page).elements for name in element.attributes}
    assert "style" not in names
    assert not any(name.startswith("on") for name in names)


def test_no_text_of_likeness_becomes_a_tag(verdict: Verdict, make_record: MakeRecord) -> None:
    record = make_record("a", (verdict,))
    plain, bad = (
        Tree(class_page([attacked(record, text)], alike=[attacked(ALIKE, text)])) for text in ("kind", ATTACK)
    )
    assert bad.skeleton == plain.skeleton
    assert [e for e in bad.elements if any(name.startswith("on") for name in e.attributes)] == []


def test_likeness_is_shown_beside_the_classes_own(verdict: Verdict, make_record: MakeRecord) -> None:
    records = [make_record(name, (verdict,)) for name in "abc"]
    text = said(section(class_page(records, alike=[ALIKE]), "alike"))
    assert "≈ 87% a · b" in text
    assert "42 passages that hardly anyone else wrote" in text
    assert "usually share 10%" in text
    assert "named from 60% on" in text
    assert "1 has too little code" in text
    nobody = replace(ALIKE, groups=())
    assert "No two are more alike" in said(section(class_page(records, alike=[nobody]), "alike"))
    assert 'id="alike"' not in class_page(records)


def test_a_mistake_has_its_gate_its_people_and_a_sentence(verdict: Verdict, make_record: MakeRecord) -> None:
    records = [make_record("a", (verdict,)), make_record("b", (replace(verdict, diagnosis=None),))]
    text = said(section(class_page(records), "mistakes"))
    assert "forget gate" in text
    assert "1 of 2 students made this mistake: Two gates are exchanged. Which block is which?" in text
    (lesson,) = overview(records).lessons
    assert [record.student for record in lesson.records] == ["a"]


def test_both_of_two_mistakes_are_counted(verdict: Verdict, make_record: MakeRecord) -> None:
    second = Diagnosis("lstm.bias", "The bias is missing", "Where is b?")
    both = replace(
        verdict, diagnosis=Diagnosis("lstm.i_f", "Two gates are exchanged", "?", "forget", "forget gate", second=second)
    )
    lessons = overview([make_record("a", (both,)), make_record("b", (replace(verdict, diagnosis=second),))]).lessons
    assert [(str(lesson.title), len(lesson.records)) for lesson in lessons] == [
        ("The bias is missing", 2), ("Two gates are exchanged", 1),
    ]  # fmt: skip


def test_a_gate_that_is_wrong_is_named_without_a_known_mistake(verdict: Verdict, make_record: MakeRecord) -> None:
    wrong = replace(verdict, diagnosis=None, finding=Finding(("It is wrong.",), "forget", "forget gate"))
    records = [
        make_record("a", (wrong,)),
        make_record("b", (wrong,)),
        make_record("c", (replace(wrong, finding=None),)),
    ]
    assert "forget gate (2)3" in said(section(class_page(records), "unexplained"))


def test_what_uses_a_wrong_exercise_does_not_look_for_a_name(verdict: Verdict, make_record: MakeRecord) -> None:
    resting = replace(verdict, diagnosis=None, roots=("lstm_step",))
    assert overview([make_record("a", (resting,))]).unexplained == ()
    assert len(overview([make_record("a", (replace(resting, roots=()),))]).unexplained) == 1


@pytest.mark.parametrize(
    ("places", "why"),
    [
        ([None] * 3, "Nothing was started."),
        ([6, 6, 6], "3 exercises written in other cells than their stubs, which are what was graded"),
        ([None, 0, None], "1 exercise written in another cell than its stub, which is what was graded"),
    ],
)
def test_help_tells_who_wrote_beside_the_stubs(
    verdict: Verdict, make_record: MakeRecord, places: list[int | None], why: str
) -> None:
    untouched = replace(verdict, status="not_attempted", points=0.0, diagnosis=None)
    verdicts = tuple(replace(untouched, exercise=str(n), written_in=place) for n, place in enumerate(places))
    (mention,) = overview([make_record("a", verdicts)]).help
    assert str(mention.said).startswith(why)
    assert ("Nothing was started" in str(mention.said)) == (places == [None] * 3)


@pytest.mark.parametrize(
    ("statuses", "why"),
    [
        (["not_attempted"] * 4, "Nothing was started."),
        (["passed", "failed", "not_attempted", "not_attempted"], "Stopped after “two”"),
        (["error", "failed", "not_attempted", "error"], "2 exercises stopped by an error, mostly NameError"),
        (["forbidden", "failed", "failed", "failed"], "“Two gates are exchanged” in 4 exercises"),
    ],
)
def test_help_says_why(verdict: Verdict, make_record: MakeRecord, statuses: list, why: str) -> None:
    verdicts = tuple(
        replace(
            verdict, exercise=title, title=title, status=status, points=0.0,
            diagnosis=None if status in ("not_attempted", "error", "passed") else verdict.diagnosis,
        )
        for title, status in zip(["one", "two", "three", "four"], statuses, strict=True)
    )  # fmt: skip
    assert why in said(section(class_page([make_record("a", verdicts)]), "help"))


def test_flags_come_with_their_line(verdict: Verdict, make_record: MakeRecord) -> None:
    flags = (
        "Makes code from text or files (solution, line 3): exec(open('x').read())",
        "Makes code from text or files (solution, line 9): eval(y)",
        "Shares 952 passages of 12 words with the source of Keras.",
    )
    text = said(section(class_page([make_record("a", (verdict,), flags=flags)]), "attention"))
    assert "⚑ Makes code from text or files1a in 2 lines, first: exec(open('x').read())" in text
    assert "⚑ Shares code with a library1a Shares 952 passages" in text


def test_who_was_graded_otherwise_is_named(verdict: Verdict, make_record: MakeRecord) -> None:
    records = [make_record(f"s{n}", (verdict,)) for n in range(4)]
    assert overview(records).differences == ()
    odd = make_record("odd", (verdict,), versions={"keras": "3.14.0", "python": "3.12"})
    page = class_page([*records, odd])
    assert "1 submission with keras 3.14.0 instead of 3.15.1" in said(section(page, "attention"))
    assert "keras3.15.1 (4); 3.14.0 (1) ⚠ differs" in said(section(page, "grading"))
    unread = make_record("u", (verdict,), status="unreadable", sandbox="")
    assert overview([*records, unread]).differences == ()


def test_time_is_told(verdict: Verdict, make_record: MakeRecord) -> None:
    records = [make_record(f"s{n}", (verdict,), seconds={"total": float(n)}) for n in range(1, 6)]
    text = said(section(class_page(records), "grading"))
    assert "15.0 seconds for all submissions together, 3.0 for half" in text
    assert "The slowest: s5 (5.0 s), s4 (4.0 s), s3 (3.0 s)." in text


def test_assignments_have_tables_of_their_own(verdict: Verdict, make_record: MakeRecord) -> None:
    other = replace(verdict, exercise="gru", title="The GRU")
    records = [make_record("a", (verdict,)), make_record("a", (other,), assignment="gru", notebook="gru")]
    tables = Tree(class_page(records)).of_class("grades")
    assert [[said(cell) for cell in table.children[1].children[0].children] for table in tables] == [
        ["Student", "Total", "The GRU"], ["Student", "Total", "The LSTM as a Keras layer"],
    ]  # fmt: skip


def test_the_page_speaks_the_language_it_is_asked_for(verdict: Verdict, make_record: MakeRecord) -> None:
    class Loud:
        def gettext(self, text: str) -> str:
            return text.upper() if "{" not in text else text

        def ngettext(self, one: str, many: str, n: int) -> str:
            return one if n == 1 else many

    page = class_page(
        [make_record("a", (replace(verdict, points=0.0),))], language=Language("xx", Loud()), alike=[ALIKE]
    )
    tree = Tree(page)
    assert tree.tags("html")[0].attributes["lang"] == "xx"
    assert all(heading.text == heading.text.upper() for heading in tree.tags("h2"))
    assert all(head.text == head.text.upper() for head in tree.tags("th") if head.attributes.get("scope") == "col")


@given(st.lists(st.lists(st.sampled_from(STATUSES), max_size=5), max_size=12), st.booleans())
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_counts_of_any_class_add_up(
    verdict: Verdict, make_record: MakeRecord, statuses: list[list], diagnosed: bool
) -> None:
    diagnosis = verdict.diagnosis if diagnosed else None
    records = [
        make_record(
            f"s{n}",
            tuple(
                replace(verdict, exercise=f"e{k}", title=f"E{k}", status=status, diagnosis=diagnosis)
                for k, status in enumerate(some)
            ),
        )
        for n, some in enumerate(statuses)
    ]
    seen = overview(records)
    for sitting in seen.sittings:
        assert sum(count for _, count in sitting.bins) == len(sitting.rows) == len(records)
        for exercise in sitting.exercises:
            assert sum(exercise.tones.values()) == exercise.answers
    for lesson in seen.lessons:
        assert len({record.student for record in lesson.records}) == len(lesson.records) <= lesson.of
    rows = [row for table in Tree(class_page(records)).of_class("grades") for row in table.children[2].children]
    assert len(rows) == len(records)


def test_a_time_that_nobody_can_read_waits_for_a_person(verdict: Verdict, make_record: MakeRecord) -> None:
    flag = "Not known when this was handed in: timestamp.txt says “<b>noon</b>: or so”"
    page = class_page([make_record("ada", (verdict,), flags=(flag,)), make_record("bob", (verdict,))])
    text = said(section(page, "attention"))
    assert "⚑ Not known when this was handed in1ada timestamp.txt says “<b>noon</b>: or so”" in text
    assert "bob" not in text.partition("Not known")[2].partition("⚑")[0]


def test_the_total_of_a_late_submission_is_what_is_left(verdict: Verdict, make_record: MakeRecord) -> None:
    penalty = Penalty("ada", "lstm", "lstm", 7200, points=3, score=8, left=5, possible=8)
    records = [make_record("ada", (verdict,)), make_record("bob", (verdict,))]
    text = said(section(class_page(records, penalties=[penalty]), "all"))
    assert "ada5 = 8 − 3" in text
    assert "1 late submission loses points." in text
    assert "loses points" not in said(section(class_page(records), "all"))
