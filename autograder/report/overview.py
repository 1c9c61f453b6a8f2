"""What a teacher wants to know of a class, counted from its records: the material of the class page. Pure."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from autograder.cards.status import ATTENTION, FOLLOWED, LOOKS, Look
from autograder.cards.text import one_line, points
from autograder.language import Said, Text, words
from autograder.model import Record, Standing, Status, Verdict
from autograder.report.attention import FLAGGED, UNREADABLE, flags_of, is_for_you, look_of
from autograder.report.students import StudentRow, by_student
from autograder.report.submission import Key, in_order, key, place, standing_by
from autograder.report.teaching import Lesson, Unexplained, diagnoses, has_no_name, lessons, without_a_name

# ------------------------------------------------------------------------------------------------- who is alike


@dataclass(frozen=True)
class AlikePair:
    """share: of the code of the one with less, weighed by rarity, what the other has too. rare: passages that both
    have and hardly anyone else."""

    first: str
    second: str
    share: float
    rare: int


@dataclass(frozen=True)
class AlikeGroup:
    """Students whose submissions hang together. pairs: the most alike first. comments, names: word for word in two or
    more of them and nowhere else in the class."""

    students: tuple[str, ...]
    pairs: tuple[AlikePair, ...]
    comments: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Likeness:
    """How alike the submissions of an assignment are (see `autograder.integrity.similarity`).

    left_out: submissions with too little code. usual: the median share of all pairs. nearest: the median share with
    the closest other one. threshold: from where on pairs are named. bins: submissions by their nearest share, from 0
    to 1. more: groups that are not listed.
    """

    assignment: str
    compared: int
    left_out: int = 0
    usual: float = 0.0
    nearest: float = 0.0
    threshold: float = 1.0
    bins: tuple[int, ...] = ()
    groups: tuple[AlikeGroup, ...] = ()
    more: int = 0


# ------------------------------------------------------------------------------------------------- what is shown


@dataclass(frozen=True)
class Mention:
    """One submission in a list, and what is to be said of it. at: the part of the student's page, "": its begin."""

    record: Record
    said: Said = ""
    code: str = ""
    at: str = ""


@dataclass(frozen=True)
class Attention:
    """A reason why a person should look, and at what."""

    symbol: str
    word: Said
    mentions: tuple[Mention, ...]


@dataclass(frozen=True)
class ExerciseCount:
    """How an exercise went. tones: how many verdicts look like that."""

    id: str
    title: Said
    tones: Mapping[str, int]
    answers: int
    mean: float
    possible: float


@dataclass(frozen=True)
class WrittenCount:
    """What a person grades, by its id: how many have answered, and how many of those answers wait."""

    id: str
    answers: int
    waiting: int


@dataclass(frozen=True)
class Row:
    """A submission in the table of everyone. mark: what keeps it from being graded. cells: for each exercise how it
    looks, the points, and which of its student's exercises it is. lessons: numbers of the mistakes in it."""

    record: Record
    standing: Standing
    mark: str
    cells: tuple[tuple[Look, str, int] | None, ...]
    lessons: tuple[int, ...]


@dataclass(frozen=True)
class Sitting:
    """One notebook of the class, mostly all of an assignment. bins: submissions by tenths of the points, and those with
    all. by_hand: in how many a person has something to grade, and the points of all that. late: how many lose points.
    """

    name: str
    rows: tuple[Row, ...]
    exercises: tuple[ExerciseCount, ...]
    written: tuple[WrittenCount, ...]
    bins: tuple[tuple[str, int], ...]
    median: float
    mean: float
    possible: float
    by_hand: tuple[int, float]
    asked_by_hand: tuple[tuple[str, int], ...]
    """What a person has still to grade, by its id, and in how many."""
    late: int


@dataclass(frozen=True)
class Condition:
    """Something that all submissions should have in common, with its values and how many have each, commonest
    first."""

    name: Said
    values: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Difference:
    """Submissions of one assignment that were graded under another condition than most of it."""

    assignment: str
    name: Said
    most: str
    value: str
    records: tuple[Record, ...]


@dataclass(frozen=True)
class Overview:
    """The class."""

    records: tuple[Record, ...]
    students: int
    looked_at: int
    """Submissions that a person should look at."""
    by_hand: tuple[int, float]
    """In how many submissions a person has something to grade, and the points of all that."""
    attention: tuple[Attention, ...]
    lessons: tuple[Lesson, ...]
    unexplained: tuple[Unexplained, ...]
    sittings: tuple[Sitting, ...]
    everyone: tuple[StudentRow, ...]
    """Each student once, over the sittings."""
    help: tuple[Mention, ...]
    seconds: float
    median_seconds: float
    slowest: tuple[Record, ...]
    conditions: tuple[Condition, ...]
    differences: tuple[Difference, ...]
    standing: Callable[[Record], Standing]
    present: tuple[Look, ...] = field(default=())
    """How exercises look in it."""
    flagged: Look | None = None
    """How a submission with flags looks, where there is one."""
    followed: str = ""
    """What stands beside follow-through marks, where there are any."""


def overview(records: Iterable[Record], standings: Iterable[Standing] = ()) -> Overview:
    """Count everything.

    standings: what the gradebook says; of a submission that it does not know, the record counts.
    """
    ordered = in_order(records)
    standing = standing_by(standings)
    attention = _attention(ordered)
    taught = lessons(ordered)
    sittings = _sittings(ordered, taught, standing)
    present = {look_of(record, verdict) for record in ordered for verdict in record.verdicts}
    timed = [record for record in ordered if "total" in record.seconds]
    spent = [record.seconds["total"] for record in timed]
    return Overview(
        records=ordered,
        students=len({record.student for record in ordered}),
        looked_at=sum(map(is_for_you, ordered)),
        by_hand=(sum(one.by_hand[0] for one in sittings), sum(one.by_hand[1] for one in sittings)),
        attention=attention,
        lessons=taught,
        unexplained=without_a_name(ordered),
        sittings=sittings,
        everyone=by_student(ordered, standing)[1],
        help=_help(ordered, standing),
        seconds=sum(spent),
        median_seconds=statistics.median(spent) if spent else 0.0,
        slowest=tuple(sorted(timed, key=lambda record: -record.seconds["total"])[:3]),
        conditions=_conditions(ordered),
        differences=_differences(ordered),
        standing=standing,
        present=tuple(sorted(present, key=lambda look: _ORDER.index(look.symbol))),
        flagged=FLAGGED if any(record.flags for record in ordered) else None,
        followed=FOLLOWED if any(verdict.follow_through for one in ordered for verdict in one.verdicts) else "",
    )


_ORDER = (*(look.symbol for look in LOOKS.values()), UNREADABLE.symbol)
"""Symbols, as legends have them."""

# ------------------------------------------------------------------------------------------------- for a person


def _attention(records: Sequence[Record]) -> tuple[Attention, ...]:
    unreadable = [Mention(record, record.notes[0] if record.notes else "") for record in records if _unread(record)]
    groups = [Attention(UNREADABLE.symbol, UNREADABLE.word, tuple(unreadable))]
    for status in ATTENTION:
        found = []
        for record in records:
            if _unread(record):
                continue
            numbers = [number for number, one in enumerate(record.verdicts, 1) if one.status == status]
            concerned = [record.verdicts[number - 1] for number in numbers]
            whole = status == "grader_fault" and record.status == "grader_fault"
            if whole:
                found.append(Mention(record, words("the whole notebook")))
            elif concerned:
                lines = dict.fromkeys(v.problem.line for v in concerned if v.problem and v.problem.line)
                code = one_line(next(iter(lines), "")) if status == "forbidden" else ""
                found.append(Mention(record, _listed([words(one.title) for one in concerned]), code, f"e{numbers[0]}"))
        groups.append(Attention(LOOKS[status].symbol, LOOKS[status].word, tuple(found)))
    return tuple(group for group in (*groups, *_flagged(records)) if group.mentions)


def _unread(record: Record) -> bool:
    return record.status == "unreadable"


def _flagged(records: Sequence[Record]) -> list[Attention]:
    """Code that a person should judge: it reaches far, or comes from a library."""
    found: dict[Text, list[Mention]] = {}
    for record in records:
        kinds: dict[Text, list[str]] = {}
        for flag in flags_of(record):
            kinds.setdefault(flag.kind, []).append(flag.text)
        for kind, lines in kinds.items():
            more = words("in {n} line:", "in {n} lines, first:", n=len(lines)) if len(lines) > 1 else ""
            found.setdefault(kind, []).append(Mention(record, more, one_line(lines[0]), "flags"))
    groups = sorted(found.items(), key=lambda item: str(item[0]))
    return [Attention(FLAGGED.symbol, kind, tuple(mentions)) for kind, mentions in groups]


def _listed(items: Sequence[Said], most: int = 4) -> Text:
    """Some names, and how many more there are."""
    said: tuple[str | Text, ...] = tuple(words(item) if isinstance(item, str) else item for item in items[:most])
    if len(items) > most:
        return words("{items} and {n} more", "{items} and {n} more", items=said, n=len(items) - most)
    return words("{items}", items=said)


# ------------------------------------------------------------------------------------------------- how it went


def _sittings(
    records: Sequence[Record], taught: Sequence[Lesson], standing: Callable[[Record], Standing]
) -> tuple[Sitting, ...]:
    made: dict[Key, list[int]] = {}
    for number, lesson in enumerate(taught):
        for record in lesson.records:
            made.setdefault(key(record), []).append(number)
    by_name: dict[str, list[Record]] = {}
    for record in records:
        by_name.setdefault(place(record), []).append(record)
    return tuple(_sitting(name, some, made, standing) for name, some in sorted(by_name.items()))


def _earned(verdict: Verdict) -> str:
    return points(verdict.points) + (FOLLOWED if verdict.follow_through else "")


def _sitting(
    name: str, records: Sequence[Record], made: Mapping[Key, Sequence[int]], standing: Callable[[Record], Standing]
) -> Sitting:
    verdicts: dict[str, list[Verdict]] = {}
    tones: dict[str, Counter[str]] = {}
    for record in records:
        for verdict in record.verdicts:
            verdicts.setdefault(verdict.exercise, []).append(verdict)
            tones.setdefault(verdict.exercise, Counter())[look_of(record, verdict).tone] += 1
    rows = []
    for record in records:
        own = {
            verdict.exercise: (look_of(record, verdict), _earned(verdict), number)
            for number, verdict in enumerate(record.verdicts, 1)
        }
        cells = tuple(own.get(exercise) for exercise in verdicts)
        rows.append(Row(record, standing(record), _MARKS[record.status], cells, tuple(made.get(key(record), ()))))
    exercises = tuple(
        ExerciseCount(
            exercise,
            words(some[0].title),
            tones[exercise],
            len(some),
            statistics.fmean(verdict.points for verdict in some),
            max(verdict.max_points for verdict in some),
        )
        for exercise, some in verdicts.items()
    )
    totals = [row.standing.score for row in rows]
    waiting = [row.standing.by_hand for row in rows if row.standing.waiting]
    return Sitting(
        name,
        tuple(rows),
        exercises,
        _written(rows),
        _bins([row.standing for row in rows]),
        statistics.median(totals),
        statistics.fmean(totals),
        max(row.standing.possible for row in rows),
        (len(waiting), sum(waiting)),
        tuple(sorted(Counter(name for row in rows for name in row.standing.waiting).items())),
        sum(row.standing.penalty is not None for row in rows),
    )


def _written(rows: Sequence[Row]) -> tuple[WrittenCount, ...]:
    """Without the tests that could not be judged, which are counted as exercises."""
    answers: Counter[str] = Counter()
    waiting: Counter[str] = Counter()
    for row in rows:
        judged = {verdict.cell_id for verdict in row.record.verdicts}
        answers.update({*row.record.by_hand, *row.standing.waiting} - judged)
        waiting.update(row.standing.waiting.keys() - judged)
    return tuple(WrittenCount(name, n, waiting[name]) for name, n in sorted(answers.items()))


_MARKS = {"graded": "", "unreadable": UNREADABLE.symbol, "grader_fault": LOOKS["grader_fault"].symbol}


def _bins(standings: Sequence[Standing]) -> tuple[tuple[str, int], ...]:
    shares = [one.score / one.possible if one.possible else 0.0 for one in standings]
    below = Counter(min(max(int(share * 10), 0), 9) for share in shares if share < 1)
    full = sum(share >= 1 for share in shares)
    return (*((f"{10 * n}–{10 * n + 9}", below[n]) for n in range(10)), ("100", full))


# ------------------------------------------------------------------------------------------------- who needs help


def _help(records: Sequence[Record], standing: Callable[[Record], Standing]) -> tuple[Mention, ...]:
    """Less than half of the points that have been given or refused so far, fewest first, with the reasons that can be
    seen."""
    behind = []
    for record in records:
        one = standing(record)
        decided = one.possible - one.by_hand
        if record.status != "grader_fault" and decided > 0 and one.score < decided / 2:
            behind.append((one.score / decided, record))
    return tuple(Mention(record, _why(record)) for _, record in sorted(behind, key=lambda pair: pair[0]))


def _why(record: Record) -> Said:
    if _unread(record):
        return words("The file cannot be read.")
    count = len(record.verdicts)
    by_status: Counter[Status] = Counter(verdict.status for verdict in record.verdicts)
    begun = [one.status != "not_attempted" or one.written_in is not None for one in record.verdicts]
    if not any(begun):
        return words("Nothing was started.")
    reasons: list[str | Text] = []
    if beside := sum(one.written_in is not None for one in record.verdicts):
        reasons.append(
            words(
                "{n} exercise written in another cell than its stub, which is what was graded",
                "{n} exercises written in other cells than their stubs, which are what was graded", n=beside,
            )
        )  # fmt: skip
    untouched = begun.count(False)
    reached = max(n for n, one in enumerate(begun) if one)
    if reached + 1 < count and reached + 1 > count - untouched - 2:
        last = words(record.verdicts[reached].title)
        reasons.append(words("stopped after “{exercise}”", exercise=last))
    elif untouched:
        reasons.append(
            words("{n} of {all} exercises not started", "{n} of {all} exercises not started", n=untouched, all=count)
        )
    if n := by_status["error"]:
        kinds = Counter(one_line(v.problem.type) for v in record.verdicts if v.status == "error" and v.problem)
        name = next((kind for kind, _ in kinds.most_common(1) if kind), "")
        if name:
            said = words(
                "{n} exercise stopped by an error ({name})", "{n} exercises stopped by an error, mostly {name}",
                n=n, name=name,
            )  # fmt: skip
        else:
            said = words("{n} exercise stopped by an error", "{n} exercises stopped by an error", n=n)
        reasons.append(said)
    mistakes = Counter(str(found.title) for verdict in record.verdicts for found in diagnoses(verdict))
    if mistakes:
        title, n = mistakes.most_common(1)[0]
        reasons.append(words("“{mistake}” in {n} exercise", "“{mistake}” in {n} exercises", n=n, mistake=words(title)))
    unknown = sum(map(has_no_name, record.verdicts))
    if unknown:
        reasons.append(words("{n} exercise wrong in no known way", "{n} exercises wrong in no known way", n=unknown))
    if n := sum(verdict.status == "failed" and not verdict.entry_point for verdict in record.verdicts):
        reasons.append(words("{n} test not passed", "{n} tests not passed", n=n))
    for status in ("forbidden", "blocked", "timed_out", "out_of_memory"):
        if n := by_status[status]:
            reasons.append(words("{status}: {n}", status=LOOKS[status].word, n=n))
    return words("{reasons}", reasons=tuple(reasons)) if reasons else words("Few points in most exercises.")


# ------------------------------------------------------------------------------------------------- how it was graded


def _graded_with(record: Record) -> dict[str, str]:
    facts = {"sandbox": record.sandbox, "device": record.device, "backend": record.backend}
    return {name: value for name, value in (facts | dict(sorted(record.versions.items()))).items() if value}


def _conditions(records: Sequence[Record]) -> tuple[Condition, ...]:
    counts: dict[str, Counter[str]] = {}
    for record in records:
        for name, value in _graded_with(record).items():
            counts.setdefault(name, Counter())[value] += 1
    return tuple(Condition(_NAMES.get(name, name), tuple(found.most_common())) for name, found in counts.items())


_NAMES: dict[str, Said] = {
    "sandbox": words("sandbox"),
    "device": words("device"),
    "backend": words("backend"),
    "sheets": words("exercises and reference"),
    "judging": words("what judges"),
}


def _differences(records: Sequence[Record]) -> tuple[Difference, ...]:
    """Where two of an assignment were not treated alike, but for the cases, which are others for each. What was not
    graded says nothing."""
    found = []
    for assignment in sorted({record.assignment for record in records}):
        by_name: dict[str, dict[str, list[Record]]] = {}
        for record in records:
            if record.assignment == assignment and record.status == "graded":
                for name, value in _graded_with(record).items():
                    by_name.setdefault(name, {}).setdefault(value, []).append(record)
        for name, values in by_name.items():
            (most, _), *others = sorted(values.items(), key=lambda item: -len(item[1]))
            said = _NAMES.get(name, name)
            found += [Difference(assignment, said, most, value, tuple(who)) for value, who in others]
    return tuple(found)
