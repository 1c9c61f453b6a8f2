"""The student's page, the class page, and the files they are written to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.hostile import ATTACK, attacked
from support.html_tree import Tree
from support.verdicts import STATUSES

from autograder.cards.status import ATTENTION, LOOKS
from autograder.course.files import safe_name, write_atomically
from autograder.course.records import read_record
from autograder.model import CheckResult, Record, Standing, Verdict
from autograder.report.pages import StudentPages, class_page, student_page, write_reports
from autograder.report.submission import page_name, student_link

MakeRecord = Callable[..., Record]


def test_student_page_has_a_card_and_a_link_for_each_exercise(verdict: Verdict, make_record: MakeRecord) -> None:
    verdicts = tuple(replace(verdict, status=status, exercise=status) for status in STATUSES)
    tree = Tree(student_page(make_record(verdicts=verdicts)))
    assert len(tree.of_class("gbk")) == len(STATUSES)
    targets = [link.attributes["href"] for link in tree.tags("a")]
    assert targets == [f"#{article.attributes['id']}" for article in tree.tags("article")]
    assert f"1 of {len(STATUSES)} exercises right." in tree.text
    assert len(tree.tags("style")) == 2  # of the page, of cards


def test_student_page_says_well_done_only_when_all_is_right(verdict: Verdict, make_record: MakeRecord) -> None:
    passed = replace(verdict, status="passed")
    assert "Well done" in student_page(make_record(verdicts=(passed, passed)))
    assert "Well done" not in student_page(make_record(verdicts=(passed, verdict)))


@pytest.mark.parametrize(
    ("status", "words"), [("unreadable", "could not be read"), ("grader_fault", "not your mistake")]
)
def test_student_page_explains_a_submission_that_was_not_graded(
    make_record: MakeRecord, status: str, words: str
) -> None:
    assert words in Tree(student_page(make_record(status=status, notes=("It ends early.",)))).text


def test_pages_of_a_student_lead_to_each_other(tmp_path: Path, verdict: Verdict, make_record: MakeRecord) -> None:
    records = [
        make_record("a", (verdict,)),
        make_record("a", (verdict,), assignment="gru", notebook="gru"),
        make_record("b", (verdict,)),
    ]
    feedback = tmp_path / "feedback" / "a b?#" / "lstm.html"
    standing = Standing("a", "lstm", "lstm", 1, 4.5, id="0123")
    students = StudentPages(
        tmp_path / "reports",
        feedback=lambda one: feedback if one is records[0] else None,
        formgrader="https://hub/formgrader/",
    )
    index = write_reports(records, students, standings=[standing])
    pages = [Tree((index.parent / student_link(record)).read_text("utf-8")) for record in records]
    found = [
        [(a.text, href) for a in page.tags("a") if not (href := a.attributes["href"] or "").startswith("#")]
        for page in pages
    ]
    assert found == [
        [
            ("The class", "../index.html"),
            ("Feedback page", "../../feedback/a%20b%3F%23/lstm.html"),
            ("Formgrader", "https://hub/formgrader/submissions/0123"),
            ("gru", "a--gru.html"),
        ],
        [("The class", "../index.html"), ("lstm", "a--lstm.html")],
        [("The class", "../index.html")],
    ]


def test_no_text_of_a_record_becomes_a_tag(verdict: Verdict, make_record: MakeRecord) -> None:
    record = make_record(verdicts=(verdict, verdict), notes=("a note",))
    for page in (student_page, lambda one: class_page([one])):
        plain, bad = Tree(page(attacked(record, "kind"))), Tree(page(attacked(record)))
        assert bad.skeleton == plain.skeleton
        assert "onmouseover" not in {name for element in bad.elements for name in element.attributes}
        assert "\x00" not in bad.text
        assert "{{7*7}}" in bad.text


def test_pages_load_nothing_from_elsewhere(verdict: Verdict, make_record: MakeRecord) -> None:
    record = make_record(verdicts=(verdict,))
    for page in (student_page(record), class_page([record])):
        tree = Tree(page)
        assert tree.tags("link") == []
        assert [e for e in tree.elements if (e.attributes.get("src") or "").startswith(("http", "//"))] == []
        assert "url(" not in page
        assert "@import" not in page


def test_class_page_puts_what_needs_a_person_first(verdict: Verdict, make_record: MakeRecord) -> None:
    verdicts = tuple(replace(verdict, status=status, exercise=status) for status in STATUSES)
    records = [
        make_record("a", verdicts),
        make_record("b", status="unreadable"),
        make_record("c", status="grader_fault"),
    ]
    tree = Tree(class_page(records))
    headings = [heading.text for heading in tree.tags("h2")]
    assert headings[0] == "For you to look at first"
    rows = [" ".join(row.text.split()) for row in tree.tags("tbody")[0].children]
    words = [
        "Cannot be read",
        "Grader fault",
        LOOKS["ungraded"].word,
        *(LOOKS[s].word for s in ("forbidden", "blocked", "timed_out", "out_of_memory")),
    ]
    assert [
        row.startswith(f"{symbol} {word}")
        for row, word, symbol in zip(rows, words, ["⚠", "?", "…", "⊘", "■", "◷", "▣"], strict=True)
    ] == [True] * 7


def test_class_page_counts_a_mistake_once_for_each_student(verdict: Verdict, make_record: MakeRecord) -> None:
    twice = (verdict, replace(verdict, exercise="other"))
    tree = Tree(class_page([make_record("a", twice), make_record("b", twice), make_record("c")]))
    (count,) = tree.of_class("count")
    assert " ".join(count.text.split()) == "2 of 3"


def test_class_page_lists_failures_without_a_name(verdict: Verdict, make_record: MakeRecord) -> None:
    unknown = replace(verdict, diagnosis=None, problem=None)
    text = Tree(class_page([make_record("a", (unknown,)), make_record("b", (verdict,))])).text
    assert "Failed without a known mistake" in text
    assert "Failed without a known mistake" not in Tree(class_page([make_record("b", (verdict,))])).text


def test_class_page_finds_who_needs_help(verdict: Verdict, make_record: MakeRecord) -> None:
    weak = replace(verdict, points=0.0)
    strong = replace(verdict, points=4.5, status="passed")
    records = [make_record("strong", (strong,)), make_record("weak", (weak,))]
    (section,) = [s for s in Tree(class_page(records)).tags("section") if s.attributes["aria-labelledby"] == "help"]
    assert "weak" in section.text
    assert "strong" not in section.text


def test_class_page_of_nobody(make_record: MakeRecord) -> None:
    assert "Nothing has been graded yet." in Tree(class_page([])).text


def test_class_page_of_a_thousand_students_stays_small(verdict: Verdict, make_record: MakeRecord) -> None:
    exercises = [f"exercise {n}" for n in range(12)]
    many = len(STATUSES)
    verdicts = [
        tuple(replace(verdict, exercise=e, title=e, status=STATUSES[(n + k) % many]) for k, e in enumerate(exercises))
        for n in range(many)
    ]
    page = class_page([make_record(f"student-{n:04}", verdicts[n % many]) for n in range(1000)])
    (grades,) = Tree(page).of_class("grades")
    (body,) = [child for child in grades.children if child.tag == "tbody"]
    assert len(body.children) == 1000
    assert {len(row.children) for row in body.children} == {14}
    entries = 1000 * (14 + len(ATTENTION))  # everybody is in every list of those who need a person, too
    assert len(page) < 110 * entries  # a link to the answer in every cell


def test_class_page_tells_notebooks_of_a_student_apart(verdict: Verdict, make_record: MakeRecord) -> None:
    records = [make_record("a", (verdict,), notebook=name) for name in ("lstm", "extra")]
    tree = Tree(class_page(records))
    links = {link.text: link.attributes["href"] or "" for link in tree.tags("a")}
    assert {text: href for text, href in links.items() if text.startswith("a, ")} == {
        "a, lstm": "students/a--lstm.html",
        "a, extra": "students/a--lstm--extra.html",
    }


def test_reports_are_written_and_linked(tmp_path: Path, verdict: Verdict, make_record: MakeRecord) -> None:
    students = [
        "alice",
        "Alice",
        "../../etc/passwd",
        "con",
        "王小明",
        "",
        ".",
        "a/b",
        "x" * 300,
        ATTACK,
        "\udcff",
    ]
    records = [make_record(student, (verdict,)) for student in students]
    index = write_reports(records, StudentPages(tmp_path / "new" / "reports"))
    written = sorted(path.relative_to(index.parent).as_posix() for path in index.parent.rglob("*") if path.is_file())
    assert len(written) == 3 + 2 * len(students)
    assert len({name.lower() for name in written}) == len(written)
    tree = Tree(index.read_text(encoding="utf-8"))
    hrefs = {href for link in tree.tags("a") if not (href := link.attributes["href"] or "").startswith("#")}
    pages = {student_link(record) for record in records}
    assert hrefs == pages | {f"{page}#e1" for page in pages} | {"exercises.csv", "students.csv"}
    assert {name for name in written if name.startswith("students/")} == pages
    assert read_record(index.parent / "records" / f"{page_name(records[0])}.json") == records[0]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new"]


def test_a_page_stays_until_what_it_is_made_of_changes(
    tmp_path: Path, verdict: Verdict, make_record: MakeRecord
) -> None:
    kept = make_record("a", (verdict,))

    def written(record: Record = kept, made_of: str = "1", standings: Sequence[Standing] = (), **others: Any) -> bool:
        before = page.stat().st_mtime_ns if page.exists() else 0
        write_reports([record], StudentPages(tmp_path, made_of=lambda _: made_of, **others), standings=standings)
        assert copy.exists()
        return page.stat().st_mtime_ns != before

    page, copy = tmp_path / student_link(kept), tmp_path / "records" / f"{page_name(kept)}.json"
    assert written()
    assert not written()
    copy.unlink()
    assert written()
    page.write_text("half a page")
    assert written()
    assert written(replace(kept, points=kept.points + 1))
    assert written(made_of="2")
    assert written(made_of="2", standings=[Standing("a", "lstm", "lstm", 3, 4.5)])
    assert written(made_of="2", feedback=lambda _: tmp_path / "feedback.html")
    assert not written(made_of="2", feedback=lambda _: tmp_path / "feedback.html")
    assert written(made_of="")
    assert written(made_of="")
    assert written(make_record("\udcff", (verdict,))) is False  # another page, and no note can be made of its name
    other = tmp_path / student_link(make_record("\udcff", (verdict,)))
    assert "<!-- " not in other.read_text("utf-8")[-80:]


def test_two_records_of_one_submission_are_refused(tmp_path: Path, make_record: MakeRecord) -> None:
    with pytest.raises(ValueError, match="more than one record"):
        write_reports([make_record(), make_record()], StudentPages(tmp_path))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["alice", "alice.smith", "s1234-a_b"])
def test_safe_names_stay(name: str) -> None:
    assert safe_name(name) == name


def test_a_name_that_looks_hashed_is_hashed_again() -> None:
    hashed = safe_name("Alice")
    assert safe_name(hashed) != hashed


def test_a_failed_write_leaves_nothing_behind(tmp_path: Path) -> None:
    write_atomically(tmp_path / "folder" / "file", "old")
    with pytest.raises(OSError, match="folder"):
        write_atomically(tmp_path / "folder", "a file cannot replace a folder")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
    assert (tmp_path / "folder" / "file").read_text() == "old"


def test_other_parts_of_a_check_are_folded(verdict: Verdict, make_record: MakeRecord) -> None:
    first = verdict.checks[0]
    more = replace(first.parts[0], part="sequence.state.1", message="The second state is wrong, too.")
    check: CheckResult = replace(first, parts=(first.parts[0], more))
    tree = Tree(student_page(make_record(verdicts=(replace(verdict, checks=(check,)),))))
    folded = [e for e in tree.tags("details") if "The second state is wrong, too." in e.text]
    assert len(folded) == 1


def test_an_unreadable_file_is_explained_once(verdict: Verdict, make_record: MakeRecord) -> None:
    page = Tree(student_page(make_record(verdicts=(verdict, verdict), status="unreadable", notes=("It ends early.",))))
    assert page.text.count("It ends early.") == 1
    assert page.of_class("gbk") == page.tags("a") == []
