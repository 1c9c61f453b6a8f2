"""A student's code on a page: as it stands, the line concerned marked, and never markup."""

from __future__ import annotations

import html
import re
import time
from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st
from support.hostile import ATTACK
from support.html_tree import Tree

from autograder.cards.text import clean
from autograder.model import Record, Verdict
from autograder.report.code import MOST, code_html
from autograder.report.pages import student_page

MakeRecord = Callable[..., Record]
CELL = "def call(x):\n    # <b>&amp;\n    z = sigmoid(x)\n    return '<script>'\n"
HOSTILE = ('"""', "'", "#", 'rb"', '"\\', "b", "'''\\", "\n\n")


def test_the_page_of_a_student_shows_the_code_of_each_answer(verdict: Verdict, make_record: MakeRecord) -> None:
    tree = Tree(student_page(make_record(verdicts=(verdict,)), answers={"cell-lstm": (CELL,)}))
    (folded,) = tree.of_class("answer")
    assert folded.children[1].text.replace("This is the line: ", "") == CELL.rstrip("\n")
    assert "open" in folded.attributes, "what is wrong is looked at first"
    (mark,) = tree.tags("mark")
    assert mark.text == "This is the line:     z = sigmoid(x)"
    assert tree.tags("script") == []
    assert Tree(student_page(make_record(verdicts=(verdict,)))).of_class("answer") == []


def test_a_written_answer_stands_on_the_page_with_what_it_waits_for(verdict: Verdict, make_record: MakeRecord) -> None:
    answers = {"cell-lstm": (CELL,), "why": (ATTACK,), "how": ("So.",)}
    record = make_record(verdicts=(verdict,), by_hand={"why": 4.0})
    tree = Tree(student_page(record, answers=answers))
    why, how = tree.of_class("answer")[1:]
    assert [" ".join(one.children[0].text.split()) for one in (why, how)] == ["why … waits: 4 points", "how"]
    assert [one.children[1].children for one in (why, how)] == [[], []]
    assert how.children[1].text == "So."


def test_nothing_of_the_code_becomes_a_tag(verdict: Verdict, make_record: MakeRecord) -> None:
    record = make_record(verdicts=(verdict,))
    plain, bad = (Tree(student_page(record, answers={"cell-lstm": (text,)})) for text in ("kind", ATTACK))
    assert [tag for tag in bad.skeleton if tag != "span"] == [tag for tag in plain.skeleton if tag != "span"]
    assert [e for e in bad.elements if any(name.startswith("on") for name in e.attributes)] == []


@given(st.lists(st.text(st.sampled_from("\n\t '\"#\\rbf<>&adefor\u202e\x1b"), max_size=60), max_size=3))
@settings(max_examples=200, deadline=None)
def test_any_code_stands_as_it_was_written(cells: list[str]) -> None:
    shown = code_html(cells, cells[-1:])
    assert {element.tag for element in Tree(f"<pre>{shown}</pre>").elements} <= {"pre", "span", "mark"}
    text = re.sub(r'<mark><span class="sr"> </span>|</?(?:mark|span)\b[^>]*>', "", shown)
    assert html.unescape(text) == clean("\n\n".join(cell.strip("\n") for cell in cells)).expandtabs(4)


def test_the_nearest_line_that_is_there_is_marked() -> None:
    assert "<mark>" not in code_html(["a = 1"], ["b = 2", "", "  "])
    shown = code_html(["a = 1\nb = 2"], ["a = 1", " b = 2 "])
    assert re.findall(r"<mark>.*</span>(.*)</mark>", shown) == ["b = 2"]


def test_hostile_code_takes_no_time() -> None:
    started = time.process_time()
    for text in HOSTILE:
        assert len(code_html([text * 50_000], ["z"])) < 60 * MOST
    assert time.process_time() - started < 5
