"""What a teacher may teach again: known mistakes, errors that stop an answer, and what is wrong in no known way."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from autograder.cards import shapes
from autograder.cards.exceptions import explain
from autograder.cards.text import one_line
from autograder.language import Said, Text, text_of, words
from autograder.model import Diagnosis, Record, Verdict
from autograder.report.submission import Key, key


@dataclass(frozen=True)
class Lesson:
    """A mistake of some. at: of each record, the number of the first exercise with it. sentence: to be read to the
    class."""

    title: Said
    hint: Said
    gates: tuple[Said, ...]
    places: tuple[Said, ...]
    records: tuple[Record, ...]
    at: tuple[int, ...]
    of: int
    sentence: Text


@dataclass(frozen=True)
class Unexplained:
    """Answers to a check that were wrong in no known way."""

    place: Said
    check: Said
    gates: tuple[tuple[Said, int], ...]
    """The gate that is wrong by itself, where one is, and in how many; commonest first."""
    records: tuple[Record, ...]
    at: tuple[int, ...]
    """Of each record, the number of the exercise."""


@dataclass(frozen=True)
class _Slip:
    """What may be taught again of one verdict."""

    title: Said
    hint: Said
    gate: Said = ""


def diagnoses(verdict: Verdict) -> tuple[Diagnosis, ...]:
    """The mistakes that were found in an exercise."""
    first = verdict.diagnosis
    if first is None:
        return ()
    return (first,) if first.second is None else (first, first.second)


def lessons(records: Sequence[Record]) -> tuple[Lesson, ...]:
    """Mistakes, the commonest first. Mistakes of one title are one to a teacher, in whatever exercise; each counts a
    student once."""
    who: dict[str, dict[Key, tuple[Record, int]]] = {}
    first: dict[str, _Slip] = {}
    places: dict[str, dict[str, None]] = {}
    gates: dict[str, dict[Said, None]] = {}
    assignments: dict[str, set[str]] = {}
    handed_in: dict[str, set[str]] = {}
    for record in records:
        handed_in.setdefault(record.assignment, set()).add(record.student)
        for number, verdict in enumerate(record.verdicts, 1):
            for slip in _slips(verdict):
                title = str(slip.title)
                first.setdefault(title, slip)
                who.setdefault(title, {}).setdefault(key(record), (record, number))
                places.setdefault(title, {})[verdict.title] = None
                assignments.setdefault(title, set()).add(record.assignment)
                if slip.gate:
                    gates.setdefault(title, {})[slip.gate] = None
    found = []
    for title, made in who.items():
        students = len({record.student for record, _ in made.values()})
        of = len(set().union(*(handed_in[name] for name in assignments[title])))
        said, hint = text_of(first[title].title), text_of(first[title].hint)
        found.append(
            Lesson(
                said,
                hint,
                tuple(gates.get(title, ())),
                tuple(map(words, places[title])),
                tuple(record for record, _ in made.values()),
                tuple(number for _, number in made.values()),
                of,
                words(
                    "{n} of {all} students made this mistake: {mistake}. {question}",
                    "{n} of {all} students made this mistake: {mistake}. {question}",
                    n=students, all=of, mistake=said, question=hint,
                ),
            )
        )  # fmt: skip
    return tuple(sorted(found, key=lambda lesson: (-len(lesson.records), str(lesson.title))))


def _slips(verdict: Verdict) -> tuple[_Slip, ...]:
    if verdict.diagnosis is not None:
        return tuple(_Slip(one.title, one.hint, one.gate_name) for one in diagnoses(verdict))
    if not verdict.entry_point or verdict.roots or verdict.status not in ("error", "failed", "partial"):
        return ()
    if verdict.problem is None:
        return (_NO_NAME,) if verdict.status == "failed" and not verdict.checks else ()
    slip = _of_error(verdict)
    return () if slip is None else (slip,)


_NO_NAME = _Slip(
    words("Nothing has the name that the exercise asks for"),
    words("Which name stands in the stub, and which in your cell?"),
)
_UNDEFINED = _Slip(
    words("A name is used that is not defined"),
    words("Where was it defined, how was it spelled there, and had that cell run?"),
)
_ARGUMENTS = _Slip(
    words("Something is called with other arguments than it takes"),
    words("Which arguments does it take, by which names, and in which order?"),
)
_SHAPES = _Slip(
    words("Arrays meet whose shapes do not fit"),
    words("What are the axes of each array in that line, and which two of them meet?"),
)
_NO_PYTHON = _Slip(
    words("The cell is not valid Python"),
    words("Did you run the cell? In which line does Python stop reading, and why?"),
)
_OTHER_ARGUMENTS = re.compile(
    r"unexpected keyword argument|required (?:positional|keyword-only) argument|takes .*positional arguments? but"
)


def _of_error(verdict: Verdict) -> _Slip | None:
    """What kind of mistake an error comes from; by its type alone where nothing better is known."""
    problem = verdict.problem
    if problem is None or not problem.type or problem.kind == "not_implemented":
        return None
    if problem.type in ("SyntaxError", "IndentationError", "TabError"):
        return _NO_PYTHON
    if problem.type in ("NameError", "UnboundLocalError"):
        return _UNDEFINED
    if problem.type == "TypeError" and _OTHER_ARGUMENTS.search(problem.message):
        return _ARGUMENTS
    if shapes.explain(problem.message[:4000], {}):
        return _SHAPES
    return _Slip(words("It stops with {type}", type=one_line(problem.type)), explain(problem))


def has_no_name(verdict: Verdict) -> bool:
    """Whether values are wrong in no known way, and not because the exercise uses another one that is wrong."""
    unexplained = verdict.status in ("failed", "partial") and verdict.diagnosis is None and not verdict.roots
    return unexplained and bool(verdict.entry_point) and not _slips(verdict)


def without_a_name(records: Sequence[Record]) -> tuple[Unexplained, ...]:
    """What failed without a known mistake, the commonest first."""
    found: dict[tuple[str, str], list[tuple[Record, int]]] = {}
    gates: dict[tuple[str, str], Counter[Said]] = {}
    for record in records:
        for number, verdict in enumerate(record.verdicts, 1):
            failed = [check for check in verdict.checks if check.outcome == "failed"]
            if failed and has_no_name(verdict):
                where = verdict.title, failed[0].title
                found.setdefault(where, []).append((record, number))
                seen = gates.setdefault(where, Counter())
                if verdict.finding and verdict.finding.gate_name:
                    seen[verdict.finding.gate_name] += 1
    groups = [
        Unexplained(words(place), words(check), tuple(gates[place, check].most_common()), *zip(*who, strict=True))
        for (place, check), who in found.items()
    ]
    return tuple(sorted(groups, key=lambda group: -len(group.records))[:12])
