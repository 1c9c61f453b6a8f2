"""Pages of HTML that need nothing else: one for a student, one for a class. Pure but for `write_reports`."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup

from autograder.cards import templating
from autograder.cards.card import card_html, card_style
from autograder.cards.status import LOOKS, Tone
from autograder.cards.text import clean, one_line
from autograder.course.files import safe_name, write_atomically
from autograder.course.records import write_record
from autograder.language import ENGLISH, Language, Said, Text, words
from autograder.model import CellRun, Misplaced, Penalty, Record
from autograder.report.overview import Key, Likeness, key, overview, place

_TONES: tuple[tuple[Tone, Text], ...] = (
    ("good", words("passed")),
    ("part", words("partly right")),
    ("wrong", words("not right")),
    ("quiet", words("not started")),
    ("person", words("for you")),
)
_IMAGES = ("image/png", "image/jpeg", "image/svg+xml")
_TEXT_AT_MOST = 20_000
FOLDER = Path(__file__).parent / "templates"

# ------------------------------------------------------------------------------------------ one student


def student_page(
    record: Record,
    outputs: Mapping[str, Sequence[CellRun]] | None = None,
    language: Language = ENGLISH,
    penalty: Penalty | None = None,
) -> str:
    """A page with all cards of a submission.

    outputs: by the id of the exercise, the runs of its solution cells, as in `Observation.solution_runs`;
        their pictures and texts are shown folded. HTML that the notebook made is never shown.
    """
    rows = [
        {
            "verdict": verdict,
            "look": LOOKS[verdict.status],
            "card": Markup(card_html(verdict, language, style=False)),
            "outputs": _outputs((outputs or {}).get(verdict.exercise, ())),
        }
        for verdict in record.verdicts
    ]
    right = sum(verdict.status == "passed" for verdict in record.verdicts)
    return _template("student.html", language).render(
        record=record,
        by_hand={one_line(name): waiting for name, waiting in record.by_hand.items()},
        penalty=penalty,
        late=late_by(penalty.seconds_late) if penalty else "",
        total=penalty.left if penalty else record.points,
        possible=penalty.possible if penalty and penalty.score != record.points else record.max_points,
        rows=rows,
        right=right,
        all_right=bool(rows) and right == len(rows) and record.status == "graded",
        facts=_facts(record),
        page_style=templating.style("page.css", FOLDER),
        card_style=card_style(),
    )


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


@dataclass(frozen=True)
class _Output:
    """One thing that a cell showed: a picture as a data address, or a text."""

    image: str = ""
    text: str = ""


def _outputs(runs: Iterable[CellRun]) -> list[_Output]:
    found = (_output(output) for run in runs for output in run.outputs)
    return [shown for shown in found if shown is not None]


def _output(output: Mapping[str, Any]) -> _Output | None:
    data = output.get("data")
    if isinstance(data, Mapping):
        for mime in _IMAGES:
            address = _image(mime, _joined(data.get(mime)))
            if address:
                return _Output(image=address)
        text = _joined(data.get("text/plain"))
    elif output.get("output_type") == "error":
        text = f"{_joined(output.get('ename'))}: {_joined(output.get('evalue'))}"
    else:
        text = _joined(output.get("text"))
    text = clean(text)
    if len(text) > _TEXT_AT_MOST:
        text = f"{text[:_TEXT_AT_MOST]}\n… ({len(text) - _TEXT_AT_MOST} more characters)"
    return _Output(text=text) if text.strip() else None


def _image(mime: str, content: str) -> str:
    """A data address, `""` when the content is none. An SVG in an `img` runs no script and loads nothing."""
    if not content:
        return ""
    if mime == "image/svg+xml":
        return f"data:{mime};base64,{base64.b64encode(content.encode('utf-8', 'replace')).decode()}"
    try:
        data = base64.b64decode("".join(content.split()), validate=True)
    except (binascii.Error, ValueError):
        return ""
    return f"data:{mime};base64,{base64.b64encode(data).decode()}"


def _joined(text: object) -> str:
    """nbformat keeps text as a string or as a list of lines."""
    if isinstance(text, list | tuple):
        return "".join(line for line in text if isinstance(line, str))
    return text if isinstance(text, str) else ""


# ------------------------------------------------------------------------------------------ the class


def page_name(record: Record) -> str:
    """The name of a submission's files, without ending: safe everywhere, different for each submission."""
    parts = [record.student, record.assignment]
    if record.notebook != record.assignment:
        parts.append(record.notebook)
    return "--".join(map(safe_name, parts))


def student_link(record: Record) -> str:
    """Where the class page finds the page of a student."""
    return f"students/{page_name(record)}.html"


def class_page(
    records: Iterable[Record],
    link: Callable[[Record], str] | None = student_link,
    language: Language = ENGLISH,
    alike: Sequence[Likeness] = (),
    penalties: Iterable[Penalty] = (),
    misplaced: Sequence[Misplaced] = (),
) -> str:
    """A page for the teacher: what needs a person, what to teach again, how each exercise went, and everyone.

    link: the address of a student's page; None: no links. alike: which submissions resemble each other. penalties: of
    late submissions. misplaced: what was handed in and belongs to no submission.
    """
    seen = overview(records)
    off = _by_submission(penalties)
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
    return _template("class.html", language).render(
        title=", ".join(map(one_line, sorted(sittings))),
        seen=seen,
        tones=_TONES,
        who=lambda record: people[key(record)],
        of_student=_of_student(seen.records),
        penalty_of=lambda record: off.get(key(record)),
        misplaced=misplaced,
        late=[place(record) for record in seen.records if key(record) in off],
        alike=[one for one in alike if one.compared > 1],
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


def _by_submission(penalties: Iterable[Penalty]) -> dict[Key, Penalty]:
    return {(one.student, one.assignment, one.notebook): one for one in penalties}


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


def write_reports(
    records: Iterable[Record],
    directory: Path,
    outputs: Callable[[Record], Mapping[str, Sequence[CellRun]] | None] = lambda record: None,
    language: Language = ENGLISH,
    alike: Sequence[Likeness] = (),
    penalties: Iterable[Penalty] = (),
    misplaced: Sequence[Misplaced] = (),
) -> Path:
    """Write `index.html` (the class), `students/` (a page each) and `records/` (JSON each).

    Returns the path of the index. Every file is written whole or not at all, and the index last, so that its
    links lead somewhere.

    Raises:
        ValueError: two records are of the same submission.
    """
    kept = list(records)
    twice = [key for key, number in Counter(map(key, kept)).items() if number > 1]
    if twice:
        raise ValueError(f"{len(twice)} submission(s) with more than one record, first {twice[0]}")
    late = tuple(penalties)
    off = _by_submission(late)
    for record in kept:
        write_record(record, directory / "records" / f"{page_name(record)}.json")
        write_atomically(
            directory / student_link(record), student_page(record, outputs(record), language, off.get(key(record)))
        )
    index = directory / "index.html"
    write_atomically(index, class_page(kept, language=language, alike=alike, penalties=late, misplaced=misplaced))
    return index


def _template(name: str, language: Language) -> Any:
    return templating.environment(language, FOLDER).get_template(name)
