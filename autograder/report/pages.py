"""Pages of HTML that need nothing else: one for a student, one for a class. Pure but for what is called `write`."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
from markupsafe import Markup

from autograder.cards import templating
from autograder.cards.card import card_html, card_style
from autograder.cards.status import LOOKS, Tone
from autograder.cards.text import clean, one_line
from autograder.course.files import write_atomically
from autograder.course.records import write_record
from autograder.language import ENGLISH, Language, Said, Text, words
from autograder.model import Misplaced, Record, Standing
from autograder.report.attention import FLAGGED, Flag, flags_of
from autograder.report.code import MOST, code_html, lines_concerned
from autograder.report.overview import Likeness, overview
from autograder.report.submission import Key, in_order, key, page_name, place, standing_by, student_link
from autograder.report.tables import EXERCISES, STUDENTS, exercise_table, student_table

_TONES: tuple[tuple[Tone, Text], ...] = (
    ("good", words("passed")),
    ("part", words("partly right")),
    ("wrong", words("not right")),
    ("quiet", words("not started")),
    ("person", words("for you")),
)
FOLDER = Path(__file__).parent / "templates"

# ------------------------------------------------------------------------------------------ one student


@dataclass(frozen=True)
class Way:
    """A link from the page of a student to another one."""

    said: Said
    href: str


def student_page(
    record: Record,
    language: Language = ENGLISH,
    standing: Standing | None = None,
    answers: Mapping[str, Sequence[str]] | None = None,
    ways: Sequence[Way] = (),
    cells: Mapping[str, str] | None = None,
) -> str:
    """A page with all cards of a submission.

    standing: what it is worth; by default what its record says. answers: the cells of each answer, by the id of the
        test, see `autograder.course.answers`. ways: where else to look. cells: every cell, by its name in flags.
    """
    worth = standing or standing_by(())(record)
    concerned = language.say(words("This is the line:"))
    rows = [
        {
            "verdict": verdict,
            "look": LOOKS[verdict.status],
            "card": Markup(card_html(verdict, language, style=False)),
            "code": code_html((answers or {}).get(verdict.cell_id, ()), lines_concerned(verdict), concerned),
        }
        for verdict in record.verdicts
    ]
    judged = {verdict.cell_id for verdict in record.verdicts}
    written = {
        one_line(name): clean("\n\n".join(cells))[:MOST]
        for name, cells in (answers or {}).items()
        if name not in judged
    }
    right = sum(verdict.status == "passed" for verdict in record.verdicts)
    return _template("student.html", language).render(
        record=record,
        by_hand={one_line(name): waiting for name, waiting in worth.waiting.items()},
        penalty=worth.penalty,
        late=late_by(worth.penalty.seconds_late) if worth.penalty else "",
        worth=worth,
        rows=rows,
        written=written,
        flags=_flags(record, cells or {}, concerned),
        flagged=FLAGGED,
        right=right,
        all_right=bool(rows) and right == len(rows) and record.status == "graded",
        facts=_facts(record),
        ways=ways,
        page_style=templating.style("page.css", FOLDER),
        card_style=card_style(),
    )


@dataclass(frozen=True)
class _Flagged:
    """Flags of one kind. said: what stands in no cell of the notebook. code: the cells with the others, marked."""

    kind: Text
    said: tuple[str, ...]
    code: tuple[Markup, ...]


def _flags(record: Record, cells: Mapping[str, str], concerned: str) -> list[_Flagged]:
    by_kind: dict[Text, list[Flag]] = {}
    for flag in flags_of(record):
        by_kind.setdefault(flag.kind, []).append(flag)
    found = []
    for kind, flags in by_kind.items():
        lines: dict[str, list[str]] = {}
        for flag in flags:
            if flag.place in cells:
                lines.setdefault(flag.place, []).append(flag.text)
        code = tuple(code_html((cells[name],), here=concerned, flagged=some) for name, some in lines.items())
        found.append(_Flagged(kind, tuple(flag.text for flag in flags if flag.place not in cells), code))
    return found


def _facts(record: Record) -> list[tuple[Said, str]]:
    facts: list[tuple[Said, str]] = [
        (words("notebook"), record.notebook),
        ("SHA-256", record.sha256),
        (words("graded"), record.started),
        (words("seed"), record.seed),
        (words("sandbox"), record.sandbox),
        (words("device"), record.device),
        (words("backend"), record.backend),
    ]
    facts += sorted(record.versions.items())
    facts += [
        (words("seconds, {stage}", stage=stage), f"{spent:.2f}") for stage, spent in sorted(record.seconds.items())
    ]
    return [(name, value) for name, value in facts if value]


# ------------------------------------------------------------------------------------------ the class


def class_page(
    records: Iterable[Record],
    link: Callable[[Record], str] | None = student_link,
    language: Language = ENGLISH,
    alike: Sequence[Likeness] = (),
    standings: Iterable[Standing] = (),
    misplaced: Sequence[Misplaced] = (),
    sections: Mapping[str, str] | None = None,
    formgrader: str = "",
) -> str:
    """A page for the teacher: what needs a person, what to teach again, how each exercise went, and everyone.

    link: the address of a student's page; None: no links. alike: which submissions resemble each other. standings: what
    the gradebook says. misplaced: what was handed in and belongs to no submission. sections: of students. formgrader:
    its address.
    """
    seen = overview(records, standings)
    repeated = Counter((record.student, record.assignment) for record in seen.records)
    sittings = {record.assignment for record in seen.records}
    people = {
        key(record): _Person(
            _name(record, alone=repeated[record.student, record.assignment] == 1),
            link(record) if link else "",
        )
        for record in seen.records
    }
    style = templating.style("page.css", FOLDER) + templating.style("class.css", FOLDER)
    script = templating.style("class.js", FOLDER)
    of_section = {student: one_line(name) for student, name in (sections or {}).items()}
    return _template("class.html", language).render(
        title=", ".join(map(one_line, sorted(sittings))),
        seen=seen,
        tones=_TONES,
        who=lambda record: people[key(record)],
        standing=seen.standing,
        of_student=_of_student(seen.records),
        misplaced=misplaced,
        section_of=lambda student: of_section.get(student, ""),
        formgrader=(lambda record: _in_formgrader(formgrader, record)) if formgrader else None,
        absent=sorted(of_section.keys() - {record.student for record in seen.records}),
        sections=sorted({of_section.get(record.student, "") for record in seen.records} - {""}),
        alike=[one for one in alike if one.compared > 1],
        tables=(EXERCISES, STUDENTS) if link else (),
        page_style=style,
        script=script,
        style_hash=_digest(style),
        script_hash=_digest(script),
    )


@dataclass(frozen=True)
class _Person:
    """How a submission is named, and where its page is."""

    name: str
    href: str


def _name(record: Record, *, alone: bool) -> str:
    name = one_line(record.student)
    return name if alone else f"{name}, {one_line(record.notebook)}"


def _of_student(records: Iterable[Record]) -> Callable[[str, str], Record | None]:
    found = {(record.assignment, record.student): record for record in records}
    return lambda assignment, student: found.get((assignment, student))


def late_by(seconds: float) -> Text:
    """How late that is, as people say it: in minutes, hours or days."""
    minutes = max(round(seconds / 60), 1)
    if minutes < 120:
        return words("{n} minute", "{n} minutes", n=minutes)
    hours = round(seconds / 3600)
    if hours < 48:
        return words("{n} hour", "{n} hours", n=hours)
    return words("{n} day", "{n} days", n=round(seconds / 86400))


def _digest(text: str) -> str:
    """What a content security policy calls a piece of this page."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


# ------------------------------------------------------------------------------------------ writing


@dataclass(frozen=True)
class StudentPages:
    """Where pages of students and copies of records are written, and what they show beside these.

    answers: the code of a submission, by test. cells: by cell; asked where there are flags. feedback: where its
    feedback page is. formgrader: its address. made_of: what code and cells of a submission depend on, and what makes
    the page of them; `""`: it is written each time.
    """

    directory: Path
    language: Language = ENGLISH
    answers: Callable[[Record], Mapping[str, Sequence[str]]] = lambda record: {}
    cells: Callable[[Record], Mapping[str, str]] = lambda record: {}
    feedback: Callable[[Record], Path | None] = lambda record: None
    formgrader: str = ""
    made_of: Callable[[Record], str] = lambda record: ""

    def write(self, record: Record, standing: Standing, beside: Iterable[Key] = ()) -> None:
        """The page and the copy, whole or not at all. What they are made of is noted in the page, and where it would be
        made of the same, both stay.

        standing: what the submission is worth. beside: the other submissions of its student.
        """
        ways = [Way(words("The class"), "../index.html")]
        if told := self.feedback(record):
            ways.append(Way(words("Feedback page"), _relative(told, self.directory / "students")))
        if self.formgrader and standing.id:
            ways.append(Way(words("Formgrader"), f"{self.formgrader.rstrip('/')}/submissions/{standing.id}"))
        ways += [Way(one_line(place(other)), f"{page_name(other)}.html") for other in beside]
        copy = self.directory / "records" / f"{page_name(record)}.json"
        path = self.directory / student_link(record)
        others = self.made_of(record)
        note = _note((others, self.language.code, record, standing, ways)) if others else ""
        if note and copy.exists() and _ends_with(path, note):
            return
        write_record(record, copy, durable=False)
        cells = self.cells(record) if record.flags else {}
        shown = student_page(record, self.language, standing, self.answers(record), ways, cells)
        write_atomically(path, shown + note)


def write_reports(
    records: Iterable[Record],
    students: StudentPages,
    alike: Sequence[Likeness] = (),
    standings: Iterable[Standing] = (),
    misplaced: Sequence[Misplaced] = (),
    sections: Mapping[str, str] | None = None,
) -> Path:
    """Write `index.html` (the class), `students/` (a page each), `records/` (JSON each), and tables as CSV.

    Returns the path of the index. Every file is written whole or not at all, and the index last, so that its
    links lead somewhere.

    Raises:
        ValueError: two records are of the same submission.
    """
    kept = in_order(records)
    twice = [key for key, number in Counter(map(key, kept)).items() if number > 1]
    if twice:
        raise ValueError(f"{len(twice)} submission(s) with more than one record, first {twice[0]}")
    known = tuple(standings)
    standing = standing_by(known)
    of_student: dict[str, list[Key]] = {}
    for record in kept:
        of_student.setdefault(record.student, []).append(key(record))
    for record in kept:
        beside = (other for other in of_student[record.student] if other != key(record))
        students.write(record, standing(record), beside)
    write_atomically(students.directory / EXERCISES, exercise_table(kept, sections or {}))
    write_atomically(students.directory / STUDENTS, student_table(kept, standing, sections or {}))
    index = students.directory / "index.html"
    page = class_page(
        kept,
        language=students.language,
        alike=alike,
        standings=known,
        misplaced=misplaced,
        sections=sections,
        formgrader=students.formgrader,
    )
    write_atomically(index, page)
    return index


def _note(made_of: Any) -> str:
    """A comment that is another one whenever this is; `""` where there is something that is no text."""
    try:
        return f"<!-- {hashlib.sha256(msgspec.msgpack.encode(made_of)).hexdigest()} -->\n"
    except UnicodeEncodeError:
        return ""


def _ends_with(path: Path, text: str) -> bool:
    with contextlib.suppress(OSError), path.open("rb") as file:
        file.seek(-len(text), os.SEEK_END)
        return file.read() == text.encode()
    return False


def _in_formgrader(address: str, record: Record) -> str:
    """Where the formgrader lists the submissions of a notebook."""
    return f"{address.rstrip('/')}/gradebook/{quote(record.assignment, safe='')}/{quote(record.notebook, safe='')}"


def _relative(page: Path, folder: Path) -> str:
    return quote(os.path.relpath(page, folder).replace(os.sep, "/"), errors="surrogateescape")


def read_templates(language: Language) -> None:
    """Compile the templates now, which takes longer than a page."""
    for name in ("class.html", "student.html"):
        _template(name, language)


def _template(name: str, language: Language) -> Any:
    return templating.environment(language, FOLDER).get_template(name)
