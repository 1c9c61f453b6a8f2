"""Pages of HTML that need nothing else: one for a student, one for a class. Pure but for `write_reports`."""

from __future__ import annotations

import base64
import binascii
import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup

from autograder.language import ENGLISH, Language
from autograder.model import CellRun, Record, Status, Verdict
from autograder.report import templating
from autograder.report.card import card_html, card_style
from autograder.report.files import safe_name, write_atomically
from autograder.report.records import write_record
from autograder.report.status import ATTENTION, LOOKS, Look, Tone
from autograder.report.text import clean, one_line, points

_TONES: tuple[tuple[Tone, str], ...] = (
    ("good", "passed"),
    ("part", "partly right"),
    ("wrong", "not right"),
    ("quiet", "not started"),
    ("person", "for you"),
)
_IMAGES = ("image/png", "image/jpeg", "image/svg+xml")
_TEXT_AT_MOST = 20_000

# ------------------------------------------------------------------------------------------ one student


def student_page(
    record: Record, outputs: Mapping[str, Sequence[CellRun]] | None = None, language: Language = ENGLISH
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
        rows=rows,
        right=right,
        all_right=bool(rows) and right == len(rows) and record.status == "graded",
        facts=_facts(record),
        page_style=templating.style("page.css"),
        card_style=card_style(),
    )


def _facts(record: Record) -> list[tuple[str, str]]:
    facts = [
        ("notebook", record.notebook),
        ("SHA-256", record.sha256),
        ("graded", record.started),
        ("seed", record.seed),
        ("sandbox", record.sandbox),
        ("device", record.device),
        ("backend", record.backend),
    ]
    facts += sorted(record.versions.items())
    facts += [(f"seconds, {stage}", f"{spent:.2f}") for stage, spent in sorted(record.seconds.items())]
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
    records: Iterable[Record], link: Callable[[Record], str] | None = student_link, language: Language = ENGLISH
) -> str:
    """A page for the teacher: what needs a person, what to teach again, how each exercise went, and everyone.

    link: the address of a student's page; None: no links.
    """
    ordered = sorted(records, key=lambda r: (r.student.casefold(), r.assignment, r.notebook))
    keys = {_key(record): record for record in ordered}
    assignments = sorted({record.assignment for record in ordered})
    summary = _summary(ordered)
    by_exercise = {_key(r): {_place(r, v): v for v in r.verdicts} for r in ordered}
    repeated = Counter(record.student for record in ordered)
    present = {v.status for r in ordered for v in r.verdicts}
    return _template("class.html", language).render(
        title=", ".join(map(one_line, assignments)) or "Class",
        summary=summary,
        tones=_TONES,
        present=[look for status, look in LOOKS.items() if status in present],
        links=_ByRecord({key: link(record) for key, record in keys.items()} if link else {}),
        names=_ByRecord({k: _name(r, alone=repeated[r.student] == 1) for k, r in keys.items()}),
        flags=_ByRecord({k: _FLAGS[r.status] for k, r in keys.items()}),
        cells=_ByRecord({k: [_cell(by_exercise[k].get(e["place"])) for e in summary["exercises"]] for k in keys}),
        page_style=templating.style("page.css"),
    )


_FLAGS = {"graded": "", "unreadable": "⚠ ", "grader_fault": "? "}


class _ByRecord(dict[tuple[str, str, str], Any]):
    """A table looked up by the record itself, which cannot be hashed."""

    def __getitem__(self, record: Any) -> Any:
        return super().__getitem__(_key(record))

    def get(self, record: Any, default: Any = None) -> Any:
        """As of a dictionary."""
        return super().get(_key(record), default)


def _key(record: Record) -> tuple[str, str, str]:
    return record.student, record.assignment, record.notebook


def _name(record: Record, *, alone: bool) -> str:
    return one_line(record.student if alone else f"{record.student}, {record.notebook}")


def _place(record: Record, verdict: Verdict) -> tuple[str, str]:
    return record.assignment, verdict.exercise


def _cell(verdict: Verdict | None) -> tuple[Look | None, str]:
    return (None, "") if verdict is None else (LOOKS[verdict.status], points(verdict.points))


@dataclass(frozen=True)
class _Group:
    """Records that have something in common."""

    title: str
    where: str
    records: list[Record]
    hint: str = ""
    word: str = ""
    symbol: str = ""


def _summary(records: Sequence[Record]) -> dict[str, Any]:
    totals = [record.points for record in records]
    bins = _histogram(records)
    return {
        "submissions": len(records),
        "records": records,
        "possible": max((record.max_points for record in records), default=0.0),
        # Points of assignments that are worth different sums have no common mean.
        "comparable": len({record.max_points for record in records}) == 1,
        "median": statistics.median(totals) if totals else 0.0,
        "mean": statistics.fmean(totals) if totals else 0.0,
        "attention": _attention(records),
        "mistakes": _mistakes(records),
        "unexplained": _unexplained(records),
        "exercises": _exercises(records),
        "histogram": bins,
        "tallest": max((one["count"] for one in bins), default=0) or 1,
        "help": _help(records),
    }


def _attention(records: Sequence[Record]) -> list[_Group]:
    groups = []
    whole = (("unreadable", "Cannot be read", "⚠"), ("grader_fault", "Grader fault", "?"))
    for status, word, symbol in whole:
        found = [record for record in records if record.status == status]
        if found:
            groups.append(_Group("", "the whole notebook", found, word=word, symbol=symbol))
    for verdict_status in ATTENTION:
        by_place: dict[str, list[Record]] = {}
        for record in records:
            for verdict in record.verdicts:
                if verdict.status == verdict_status:
                    by_place.setdefault(verdict.title, []).append(record)
        look = LOOKS[verdict_status]
        for where, who in by_place.items():
            groups.append(_Group("", where, who, word=str(look.word), symbol=look.symbol))
    return [*groups, *_flagged(records)]


def _flagged(records: Sequence[Record]) -> list[_Group]:
    """What a person should judge: code that reaches far, copies of a library."""
    found: dict[str, list[tuple[Record, str]]] = {}
    for record in records:
        for flag in record.flags:
            kind, _, line = flag.partition(": ")
            found.setdefault(kind.partition(" (")[0], []).append((record, line or flag))
    groups = []
    for kind, places in found.items():
        who = list({_key(record): record for record, _ in places}.values())
        lines = _few([f"{one_line(record.student)}: {one_line(line)[:120]}" for record, line in places])
        groups.append(_Group("", kind, who, word="Look at the code", symbol="⚑", hint=lines))
    return groups


def _mistakes(records: Sequence[Record]) -> list[_Group]:
    """Known mistakes; each counts a student once, whatever number of exercises it spoiled."""
    found: dict[str, tuple[Any, dict[str, None], dict[tuple[str, str, str], Record]]] = {}
    for record in records:
        for verdict in record.verdicts:
            if verdict.diagnosis is not None:
                diagnosis = verdict.diagnosis
                _, places, who = found.setdefault(diagnosis.mistake, (diagnosis, {}, {}))
                places[verdict.title] = None
                who[_key(record)] = record
    groups = [
        _Group(one_line(diagnosis.title), _few(list(places)), list(who.values()), hint=diagnosis.hint)
        for diagnosis, places, who in found.values()
    ]
    return sorted(groups, key=lambda group: (-len(group.records), group.title))


def _few(names: Sequence[str], most: int = 4) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def _unexplained(records: Sequence[Record]) -> list[_Group]:
    found: dict[tuple[str, str], list[Record]] = {}
    for record in records:
        for verdict in record.verdicts:
            failed = [check for check in verdict.checks if check.outcome == "failed"]
            if verdict.status in ("failed", "partial") and verdict.diagnosis is None and failed:
                found.setdefault((verdict.title, failed[0].title), []).append(record)
    groups = [_Group(check, where, who) for (where, check), who in found.items()]
    return sorted(groups, key=lambda group: -len(group.records))[:12]


def _exercises(records: Sequence[Record]) -> list[dict[str, Any]]:
    """In the order of the notebooks."""
    found: dict[tuple[str, str], list[Verdict]] = {}
    for record in records:
        for verdict in record.verdicts:
            found.setdefault(_place(record, verdict), []).append(verdict)
    return [
        {
            "place": place,
            "title": one_line(verdicts[0].title),
            "tones": {tone: 0 for tone, _ in _TONES} | Counter(LOOKS[v.status].tone for v in verdicts),
            "mean": statistics.fmean(verdict.points for verdict in verdicts),
            "possible": max(verdict.max_points for verdict in verdicts),
        }
        for place, verdicts in found.items()
    ]


def _share(record: Record) -> float:
    return record.points / record.max_points if record.max_points else 0.0


def _histogram(records: Sequence[Record]) -> list[dict[str, Any]]:
    full = sum(_share(record) >= 1 for record in records)
    bins = Counter(min(max(int(_share(record) * 10), 0), 9) for record in records if _share(record) < 1)
    below = [{"label": f"{10 * n}–{10 * n + 9}", "count": bins[n]} for n in range(10)]
    return [*below, {"label": "100", "count": full}]


def _help(records: Sequence[Record]) -> list[dict[str, Any]]:
    behind = sorted((r for r in records if _share(r) < 0.5 and r.max_points), key=_share)
    return [{"record": record, "why": _why(record)} for record in behind]


def _why(record: Record) -> str:
    if record.status == "unreadable":
        return "the file cannot be read"
    tally: Counter[Status] = Counter(verdict.status for verdict in record.verdicts)
    return ", ".join(f"{number} {str(LOOKS[status].word).lower()}" for status, number in tally.most_common())


# ------------------------------------------------------------------------------------------ writing


def write_reports(
    records: Iterable[Record],
    directory: Path,
    outputs: Callable[[Record], Mapping[str, Sequence[CellRun]] | None] = lambda record: None,
    language: Language = ENGLISH,
) -> Path:
    """Write `index.html` (the class), `students/` (a page each) and `records/` (JSON each).

    Returns the path of the index. Every file is written whole or not at all, and the index last, so that its
    links lead somewhere.

    Raises:
        ValueError: two records are of the same submission.
    """
    kept = list(records)
    twice = [key for key, number in Counter(map(_key, kept)).items() if number > 1]
    if twice:
        raise ValueError(f"{len(twice)} submission(s) with more than one record, first {twice[0]}")
    for record in kept:
        write_record(record, directory / "records" / f"{page_name(record)}.json")
        write_atomically(directory / student_link(record), student_page(record, outputs(record), language))
    index = directory / "index.html"
    write_atomically(index, class_page(kept, language=language))
    return index


def _template(name: str, language: Language) -> Any:
    return templating.environment(language).get_template(name)
