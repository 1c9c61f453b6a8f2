"""What the class page says, and that nothing of a student's runs on it."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.hostile import ATTACK, attacked
from support.html_tree import Element, Tree
from support.verdicts import STATUSES

from autograder.answering.protocol import Problem
from autograder.language import Language
from autograder.model import Diagnosis, Finding, Penalty, Record, Standing, Status, Verdict
from autograder.report.overview import AlikeGroup, AlikePair, Likeness, overview
from autograder.report.pages import class_page, student_page

MakeRecord = Callable[..., Record]
GROUP = AlikeGroup(("a", "b"), (AlikePair("a", "b", 0.87, 42),), ("so",), ("q",))
ALIKE = Likeness("lstm", 3, 1, 0.1, 0.2, 0.6, (0, 1, 0, 2), (GROUP,))


def section(page: str, name: str) -> Element:
    (found,) = [s for s in Tree(page).tags("section") if s.attributes.get("aria-labelledby") == name]
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
    records = [make_record("a", (verdict,)), make_record("b", (replace(verdict, diagnosis=None, problem=None),))]
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
    wrong = replace(verdict, diagnosis=None, problem=None, finding=Finding(("It is wrong.",), "forget", "forget gate"))
    records = [
        make_record("a", (wrong,)),
        make_record("b", (wrong,)),
        make_record("c", (replace(wrong, finding=None),)),
    ]
    assert "forget gate (2)3" in said(section(class_page(records), "unexplained"))


def test_what_uses_a_wrong_exercise_does_not_look_for_a_name(verdict: Verdict, make_record: MakeRecord) -> None:
    resting = replace(verdict, diagnosis=None, problem=None, roots=("lstm_step",))
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


def test_a_flag_leads_to_its_line(verdict: Verdict, make_record: MakeRecord) -> None:
    flags = (
        "Reaches into Python (own-62, line 3): x = gc.get_objects()",
        "Reaches into Python (own-62, line 5): y = gc.get_objects() + " + 200 * "z",
        "Reaches into Python (helpers.py, line 1): import ctypes",
    )
    flags = (flags[0], flags[1][: flags[1].index(": ") + 202], flags[2])
    record = make_record("a", (verdict,), flags=flags)
    page = Tree(class_page([record, make_record("b", (verdict,))]))
    leads = [one for one in page.tags("a") if one.attributes["href"] == "students/a--lstm.html#flags"]
    assert [said(one) for one in leads] == ["a", "⚑Flagged"], "in the list, and in the table of everyone"
    assert [row.attributes.get("data-f") for row in page.tags("tbody")[-1].children] == ["⚑", None]
    assert "⚑" in [option.attributes["value"] for option in page.tags("option")]
    cell = f"import gc\n\nx = gc.get_objects()\nplain = 1\ny = gc.get_objects() + {200 * 'z'}\n"
    shown = section(student_page(record, cells={"own-62": cell, "other": "not this one"}), "flags")
    assert [said(one).replace("This is the line: ", "")[:20] for one in elements_in(shown) if one.tag == "mark"] == [
        "x = gc.get_objects()",
        "y = gc.get_objects()",
    ]
    assert "Reaches into Python import ctypes import gc" in said(shown)
    assert "not this one" not in said(shown)
    assert Tree(student_page(make_record("b", (verdict,)))).of_class("notice") == []


@pytest.mark.parametrize("status", ["graded", "unreadable"])
def test_what_is_for_the_teacher_is_so_everywhere(verdict: Verdict, make_record: MakeRecord, status: str) -> None:
    """The tile, the list, the bars and the filter go by one definition."""
    slow = replace(verdict, status="timed_out" if status == "graded" else "error", diagnosis=None)
    seen = overview([make_record("a", (slow,), status=status), make_record("b", (verdict,))])
    symbol = "◷" if status == "graded" else "⚠"
    assert seen.looked_at == 1
    assert [(one.symbol, [mention.record.student for mention in one.mentions]) for one in seen.attention] == [
        (symbol, ["a"])
    ]
    assert seen.sittings[0].exercises[0].tones == {"person": 1, "wrong": 1}
    assert [look.symbol for look in seen.present] == ["✗", symbol]
    assert [row.cells[0][0].symbol for row in seen.sittings[0].rows if row.cells[0]] == [symbol, "✗"]


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
        ["Student", "gru of 4.5", "lstm of 4.5", "Total", "Of"],
        ["Student", "Total of 4.5", "The GRU"],
        ["Student", "Total of 4.5", "The LSTM as a Keras layer"],
    ]


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
    heads = [head.text.partition(" of ")[0] for head in tree.tags("th") if head.attributes.get("scope") == "col"]
    assert heads == [head.upper() for head in heads]


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
    listed = {mention.record.student for group in seen.attention for mention in group.mentions}
    assert len(listed) == seen.looked_at
    assert listed == {row.record.student for one in seen.sittings for row in one.rows
                      if any(cell and cell[0].tone == "person" for cell in row.cells)}  # fmt: skip
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
    standing = Standing("ada", "lstm", "lstm", 8, 8, penalty=penalty)
    records = [make_record("ada", (verdict,)), make_record("bob", (verdict,))]
    text = said(section(class_page(records, standings=[standing]), "all"))
    assert "ada5 = 8 − 3" in text
    assert "1 late submission loses points." in text
    assert "loses points" not in said(section(class_page(records), "all"))


def error(verdict: Verdict, kind: str, message: str, status: Status = "error") -> Verdict:
    problem = Problem("exception", kind, message)
    return replace(verdict, diagnosis=None, status=status, problem=problem)


def test_errors_and_wrong_names_are_taught_again(verdict: Verdict, make_record: MakeRecord) -> None:
    mistakes = {
        "A name is used that is not defined": [
            error(verdict, "NameError", "name 'sgimoid' is not defined"),
            error(verdict, "UnboundLocalError", "cannot access local variable 'h'", status="failed"),
        ],
        "Something is called with other arguments than it takes": [
            error(verdict, "TypeError", "step() takes 2 positional arguments but 5 were given"),
            error(verdict, "TypeError", "step() missing 1 required positional argument: 'b'"),
            error(verdict, "TypeError", "step() got an unexpected keyword argument 'W'"),
        ],
        "Arrays meet whose shapes do not fit": [
            error(verdict, "ValueError", "operands could not be broadcast together with shapes (2,4) (4,4)"),
        ],
        "The cell is not valid Python": [error(verdict, "IndentationError", "unexpected indent")],
        "It stops with KeyError": [error(verdict, "KeyError", "'h'")],
        "Nothing has the name that the exercise asks for": [
            replace(verdict, diagnosis=None, problem=None, checks=()),
        ],
    }  # fmt: skip
    for title, verdicts in mistakes.items():
        records = [make_record(f"s{n}", (one,)) for n, one in enumerate(verdicts)]
        seen = overview(records)
        assert [(str(one.title), len(one.records)) for one in seen.lessons] == [(title, len(verdicts))]
        assert seen.unexplained == ()
        assert title in said(section(class_page(records), "mistakes"))


def test_no_error_is_taught_that_is_not_the_students(verdict: Verdict, make_record: MakeRecord) -> None:
    own_test = replace(error(verdict, "AssertionError", ""), entry_point="")
    built_on = replace(error(verdict, "NameError", "name 'f' is not defined"), roots=("lstm_step",))
    fault = error(verdict, "NameError", "name 'f' is not defined", status="grader_fault")
    unwritten = replace(verdict, diagnosis=None, problem=Problem("not_implemented", "NotImplementedError"))
    assert overview([make_record("a", (own_test, built_on, fault, unwritten))]).lessons == ()


def test_everything_that_waits_for_a_person_is_counted(verdict: Verdict, make_record: MakeRecord) -> None:
    records = [make_record(name, (verdict,), by_hand={"essay": 4.0}) for name in "abc"]
    # a person has graded the answer of b, and gave 3 points; of c the gradebook knows nothing
    standings = [
        Standing("a", "lstm", "lstm", 1, 8.5, {"essay": 4.0}, id="1"),
        Standing("b", "lstm", "lstm", 4, 8.5, id="2"),
    ]
    seen = overview(records, standings)
    assert seen.by_hand == (2, 8.0)
    assert [(row.standing.score, row.standing.possible) for row in seen.sittings[0].rows] == [
        (1, 8.5),
        (4, 8.5),
        (1, 8.5),
    ]
    page = class_page(records, standings=standings)
    assert "To grade by hand2 8 points" in said(Tree(page).tags("header")[0])
    assert "✎ To grade by hand2lstm essay (2)" in said(section(page, "attention"))
    assert "essayto grade by hand: 2 of 3" in said(section(page, "exercises"))
    graded = class_page(
        records, standings=[replace(one, waiting={}) for one in (*standings, Standing("c", "lstm", "lstm", 4, 8.5))]
    )
    assert "essaygraded by hand: 3" in said(section(graded, "exercises"))
    table = section(page, "all")
    assert "In 2 submissions something waits for a person: 8 points in all." in said(table)
    assert [said(row) for row in Tree(page).tags("tbody")[-1].children] == ["a1+ 4✗ 1", "b4✗ 1", "c1+ 4✗ 1"]
    assert "Total of 8.5" in said(table)


def test_what_a_person_has_still_to_give_is_not_missing_yet(verdict: Verdict, make_record: MakeRecord) -> None:
    records = [make_record("a", (verdict,))]
    for score, waiting, names in ((1, {"essay": 2.5}, 0), (0.5, {"essay": 2.5}, 1), (1, {}, 1)):
        standing = Standing("a", "lstm", "lstm", score, 4.5, waiting)
        assert len(overview(records, [standing]).help) == names


def test_a_student_is_one_row_over_all_assignments(verdict: Verdict, make_record: MakeRecord) -> None:
    penalty = Penalty("ada", "gru", "gru", 60, points=1, score=4, left=3, possible=4.5)
    records = [
        make_record("bob", (verdict,)),
        make_record("ada", (verdict,)),
        make_record("ada", (verdict,), assignment="gru", notebook="gru"),
    ]
    standings = [Standing("ada", "gru", "gru", 4, 4.5, {"essay": 0.5}, penalty)]
    page = class_page(records, standings=standings)
    (table,) = Tree(page).of_class("all")
    head, *rows = [[said(cell) for cell in row.children] for part in table.children[1:] for row in part.children]
    assert head == ["Student", "gru of 4.5", "lstm of 4.5", "Total", "Of", "By hand"]
    assert rows == [["ada", "3", "1", "4", "9", "+ 0.5"], ["bob", "–", "1", "1", "4.5", ""]]
    assert Tree(class_page(records[:2])).of_class("all") == []


def test_a_cell_leads_to_the_answer(verdict: Verdict, make_record: MakeRecord) -> None:
    first = replace(verdict, exercise="other", title="The other")
    records = [make_record("a", (first, verdict)), make_record("b", (verdict,))]
    rows = Tree(class_page(records)).tags("tbody")[-1].children
    leads = [[cell.children[0].attributes["href"] for cell in row.children[2:] if cell.children] for row in rows]
    assert leads == [["students/a--lstm.html#e1", "students/a--lstm.html#e2"], ["students/b--lstm.html#e1"]]
    articles = [one.attributes["id"] for one in Tree(student_page(records[0])).tags("article")]
    assert articles == ["e1", "e2"]
    assert "#e1" not in class_page(records, link=None)


def test_lists_lead_to_the_exercise_that_they_speak_of(verdict: Verdict, make_record: MakeRecord) -> None:
    right = replace(verdict, exercise="first", status="passed", diagnosis=None)
    unknown = replace(verdict, exercise="third", diagnosis=None, problem=None)
    slow = replace(verdict, exercise="fourth", status="timed_out", diagnosis=None)
    page = class_page([make_record("a", (right, verdict, unknown, slow))])
    leads = {
        name: [link.attributes["href"] for link in elements_in(section(page, name)) if link.tag == "a"]
        for name in ("mistakes", "unexplained", "attention")
    }
    assert leads == {
        "mistakes": ["students/a--lstm.html#e2"],
        "unexplained": ["students/a--lstm.html#e3"],
        "attention": ["students/a--lstm.html#e4"],
    }


def elements_in(element: Element) -> Iterator[Element]:
    for child in element.children:
        yield child
        yield from elements_in(child)


def test_sections_are_a_column_and_a_filter(verdict: Verdict, make_record: MakeRecord) -> None:
    records = [make_record(name, (verdict,)) for name in "abc"]
    page = class_page(records, sections={"a": "<b>", "b": "Monday", "d": "nobody handed in"})
    options = [
        option.text for one in Tree(page).tags("select") if one.attributes["id"] == "section" for option in one.children
    ]
    assert options == ["any", "<b>", "Monday"]
    assert [said(row.children[1]) for row in Tree(page).tags("tbody")[-1].children] == ["<b>", "Monday", ""]
    assert 'id="section"' not in class_page(records)
    assert "1 student of sections.csv has handed in nothing: d" in said(section(page, "help"))
