"""Which submissions have more code in common than honest work usually has: a hint for a person, worth no points.

Notebooks are read as data and never run. What counts is code of the student's own: cells that differ from the
release, without every run of tokens that the release has too. Names, numbers, texts, comments and layout do not
count, so that renaming hides nothing; rare names and comments that agree word for word are shown as evidence.

Everyone solves the same equations, so a run of tokens weighs the less the more of the class wrote it: the logarithm of
its inverse document frequency, nothing at all where everybody has it. A pair's likeness is the weight that both have
over the whole weight of the one that has less, so that padding a copy hides nothing either. It means something only
beside the class's own numbers, which are part of the result.

Counting and weighing is scikit-learn's. It is maintained, the course needs it anyway, hashes into bounded memory, and
its sparse products compare all pairs of 1,000 submissions exactly in a second or two. datasketch estimates the Jaccard
index, which knows no rarity and which padding lowers; RapidFuzz aligns sequences, which reordered functions break;
copydetect compares file by file, weighs every line alike, and had its last release in 2024.
"""

from __future__ import annotations

import itertools
import keyword
import re
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder import syntax
from autograder.course.folder import Course
from autograder.model import Record, Submission
from autograder.notebooks.finding import SubmittedFile
from autograder.notebooks.release import Release, ReleaseError
from autograder.notebooks.submission import read_submission
from autograder.report.overview import AlikeGroup, AlikePair, Likeness

RUN = 8
"""Tokens of a run, a line or two."""
ENOUGH = 120
"""Runs of the student's own below which two submissions say nothing about each other."""
RARE = 20
"""Runs that both have and hardly anyone else: fewer are chance."""
FLOOR, CEILING = 0.6, 0.95
"""The likeness from which a pair is named lies between these, where the class puts it."""
MOST_TEXT = 60_000
"""Characters of a submission that are looked at; honest ones have 10,000."""
SHORTEST_COMMENT, SHORTEST_NAME, LONGEST = 15, 4, 120
MOST_GROUPS, MOST_PAIRS, MOST_EVIDENCE = 50, 10, 6
BINS = 20

_FEATURES = 2**20
_ROWS = 256
"""Submissions whose likeness with all others is held in memory at once."""
_NEIGHBOURS = 20
"""Of each submission only so many others are kept; a larger group still hangs together."""
_COMMENT_OR_TEXT = re.compile(
    r"""(\#[^\n]*)|[rRbBfFuU]{0,2}(?:\"{3}(?:\\.|[^\\])*?(?:\"{3}|\Z)|'{3}(?:\\.|[^\\])*?(?:'{3}|\Z)
        |"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?)""",
    re.VERBOSE | re.DOTALL,
)
_TOKEN = re.compile(r"\w+(?:(?<=\d)\.\w*)?|\*\*=?|//=?|->|:=|[-+*/%@&|^=<>!]=|[^\s\w]")


@dataclass(frozen=True)
class OwnCode:
    """What a student wrote, by place (the exercise, `""` for cells beside them), as runs of tokens; and what may be
    evidence, as it stands."""

    student: str
    runs: Mapping[str, frozenset[str]]
    comments: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()

    @property
    def all_runs(self) -> frozenset[str]:
        """The runs of all places."""
        return frozenset().union(*self.runs.values())


def likeness(course: Course, records: Iterable[Record]) -> tuple[Likeness, ...]:
    """For each assignment that has records, its submissions compared. Never raises for what a notebook holds."""
    students: dict[str, set[str]] = defaultdict(set)
    for record in records:
        students[record.assignment].add(record.student)
    found = []
    for assignment in sorted(students):
        own: dict[str, list[OwnCode]] = defaultdict(list)
        try:
            for name in course.notebooks(assignment):
                release = course.release(assignment, name)
                reader = Reader(release)
                for file in course.submissions(assignment, notebook=name):
                    if file.student in students[assignment]:
                        own[file.student].append(_own_code(reader, file, release))
        except (ReleaseError, OSError):
            continue
        found.append(compare(assignment, map(_joined, own.values())))
    return tuple(found)


def _joined(codes: Sequence[OwnCode]) -> OwnCode:
    """What a student wrote in all notebooks of an assignment."""
    runs: dict[str, frozenset[str]] = {}
    for code in codes:
        for place, found in code.runs.items():
            runs[place] = runs.get(place, frozenset()) | found
    comments, names = ([getattr(code, kind) for code in codes] for kind in ("comments", "names"))
    return OwnCode(codes[0].student, runs, frozenset().union(*comments), frozenset().union(*names))


def _own_code(reader: Reader, file: SubmittedFile, release: Release) -> OwnCode:
    try:
        return reader.own_code(read_submission(file.path, file.student, release))
    except Exception:  # a hint, which no single notebook may take from the others
        return OwnCode(file.student, {})


# ---------------------------------------------------------------------------------------------------- one notebook


class Reader:
    """Tells the student's part of a submission from what was released."""

    def __init__(self, release: Release) -> None:
        self._runs: set[str] = set()
        self._comments: set[str] = set()
        self._names: set[str] = set()
        for cell in release.cells:
            if cell.is_code:
                tokens, comments, names = _read(syntax.without_magics(cell.source))
                self._runs.update(_runs(tokens))
                self._comments |= comments
                self._names |= names

    def own_code(self, submission: Submission) -> OwnCode:
        """The student's part."""
        runs: dict[str, set[str]] = defaultdict(set)
        comments: set[str] = set()
        names: set[str] = set()
        room = MOST_TEXT
        for cell in submission.cells:
            if not cell.is_code or cell.unchanged or cell.role == "grade" or room <= 0:
                continue
            source = syntax.without_magics(cell.source[:room])
            room -= len(source)
            tokens, said, named = _read(source)
            runs[cell.id if cell.role == "solution" else ""].update(_runs(tokens))
            comments |= said
            names |= named
        return OwnCode(
            submission.student,
            {place: frozenset(found - self._runs) for place, found in runs.items()},
            frozenset(comments - self._comments),
            frozenset(names - self._names),
        )


def _read(source: str) -> tuple[list[str], set[str], set[str]]:
    """Tokens without what renaming and layout change; comments of some length; the names as they stand."""
    tokens: list[str] = []
    comments: set[str] = set()
    names: set[str] = set()

    def without(match: re.Match[str]) -> str:
        comment = match.group(1)
        if comment is None:
            return ' " '
        said = " ".join(comment.lstrip("#").split())
        if len(said) >= SHORTEST_COMMENT:
            comments.add(said[:LONGEST])
        return " "

    last = before = ""
    for text in _TOKEN.findall(_COMMENT_OR_TEXT.sub(without, source)):
        if not text[0].isidentifier():
            tokens.append("0" if text[0].isdigit() else text)
        elif keyword.iskeyword(text) or (last == "." and before != "self"):
            tokens.append(text)  # a library's name, such as matmul, is not the student's to choose
        else:
            tokens.append("n")
            if len(text) >= SHORTEST_NAME:
                names.add(text[:LONGEST])
        before, last = last, text
    return tokens, comments, names


def _runs(tokens: Sequence[str]) -> Iterator[str]:
    return map(" ".join, zip(*(tokens[start:] for start in range(RUN)), strict=False))


# ------------------------------------------------------------------------------------------------------- the class


def compare(assignment: str, submissions: Iterable[OwnCode]) -> Likeness:
    """Every submission with every other one. Takes them one by one, so that few are in memory."""
    people, cells = _Class.of(submissions)
    if len(people.students) < 2:
        return Likeness(assignment, compared=len(people.students), left_out=people.left_out)
    shares = _Shares(people, cells)
    nearest = shares.nearest
    middle, lower = np.quantile(nearest, [0.5, 0.25])
    threshold = float(np.clip(middle + 3 * (middle - lower), FLOOR, CEILING))
    pairs = [pair for pair in shares.candidates(threshold) if pair.rare >= RARE or pair.share >= CEILING]
    groups = _groups(people, pairs)
    return Likeness(
        assignment,
        compared=len(people.students),
        left_out=people.left_out,
        usual=shares.usual,
        nearest=float(middle),
        threshold=threshold,
        bins=tuple(int(count) for count in np.histogram(nearest, BINS, (0.0, 1.0))[0]),
        groups=tuple(groups[:MOST_GROUPS]),
        more=max(len(groups) - MOST_GROUPS, 0),
    )


@dataclass
class _Class:
    """Who is compared, in the order of the rows; `places` has the rows of the cells of each."""

    students: list[str]
    left_out: int
    places: list[dict[str, int]]
    comments: list[frozenset[str]]
    names: list[frozenset[str]]

    @classmethod
    def of(cls, submissions: Iterable[OwnCode]) -> tuple[_Class, Any]:
        from scipy.sparse import csr_matrix

        made = cls([], 0, [], [], [])
        row = 0

        def rows() -> Iterator[frozenset[str]]:
            nonlocal row
            for own in submissions:
                if len(own.all_runs) < ENOUGH:
                    made.left_out += 1
                    continue
                made.students.append(own.student)
                made.comments.append(own.comments)
                made.names.append(own.names)
                made.places.append({place: row + number for number, place in enumerate(own.runs)})
                row += len(own.runs)
                yield from own.runs.values()

        places: list[int] = []
        ends = [0]
        for runs in rows():
            places += {zlib.crc32(run.encode()) % _FEATURES for run in runs}
            ends.append(len(places))
        if len(ends) == 1:
            return made, None
        ones = np.ones(len(places), np.float32)
        return made, csr_matrix((ones, places, ends), (len(ends) - 1, _FEATURES))


class _Shares:
    """How much of the code of one is in that of another."""

    def __init__(self, people: _Class, cells: Any) -> None:
        from scipy.sparse import csr_matrix

        self._people = people
        self._cells = cells
        count = len(people.students)
        owner = np.repeat(np.arange(count), [len(places) for places in people.places])
        of_whom = csr_matrix((np.ones(len(owner), np.float32), (owner, np.arange(len(owner)))), (count, len(owner)))
        own = of_whom @ cells
        own.data[:] = 1
        writers = np.bincount(own.indices, minlength=_FEATURES)
        # The inverse document frequency: what everybody wrote weighs nothing.
        self._weights = np.log((1 + count) / (1 + writers)).astype(np.float32)
        self._rare = own[:, np.flatnonzero((writers >= 2) & (writers <= max(3, count // 20)))]
        weighted = own.multiply(np.sqrt(np.maximum(self._weights, 0))).tocsr()
        weighted.eliminate_zeros()
        self._compare(weighted)

    def _compare(self, weighted: Any) -> None:
        count = weighted.shape[0]
        total = np.asarray(weighted.multiply(weighted).sum(1)).ravel()
        histogram = np.zeros(1000, np.int64)
        self.nearest = np.zeros(count)
        kept = []
        for start in range(0, count, _ROWS):
            shared = (weighted[start : start + _ROWS] @ weighted.T).toarray()
            lesser = np.minimum(total[start : start + _ROWS, None], total[None])
            share = np.divide(shared, lesser, out=np.zeros_like(shared), where=lesser > 0).clip(0, 1)
            rows = np.arange(len(share))
            histogram += np.histogram(np.delete(share.ravel(), rows * count + start + rows), 1000, (0, 1))[0]
            share[rows, start + rows] = -1
            self.nearest[start : start + _ROWS] = share.max(1)
            most = min(_NEIGHBOURS, count - 1)
            columns = np.argpartition(share, -most, axis=1)[:, -most:]
            close = np.take_along_axis(share, columns, 1)
            here, there = np.nonzero(close >= FLOOR)
            kept.append(np.column_stack([here + start, columns[here, there], close[here, there]]))
        self._close = np.concatenate(kept)
        self.usual = float(np.searchsorted(np.cumsum(histogram), histogram.sum() / 2)) / 1000

    def candidates(self, threshold: float) -> list[AlikePair]:
        """The pairs that have at least this share, most alike first."""
        found = {
            (min(int(one), int(other)), max(int(one), int(other))): float(share)
            for one, other, share in self._close
            if share >= threshold
        }
        if not found:
            return []
        first, second = map(list, zip(*found, strict=True))
        rare = np.asarray(self._rare[first].multiply(self._rare[second]).sum(1)).ravel()
        names = self._people.students
        pairs = [
            AlikePair(names[one], names[other], share, int(both))
            for ((one, other), share), both in zip(found.items(), rare, strict=True)
        ]
        return sorted(pairs, key=lambda pair: (-pair.share, -pair.rare, pair.first, pair.second))


def _groups(people: _Class, pairs: Sequence[AlikePair]) -> list[AlikeGroup]:
    """Who hangs together by pairs, largest likeness first."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    if not pairs:
        return []
    at = {student: number for number, student in enumerate(people.students)}
    ends = [at[pair.first] for pair in pairs], [at[pair.second] for pair in pairs]
    count = len(people.students)
    labels = connected_components(coo_matrix((np.ones(len(pairs)), ends), (count, count)), directed=False)[1]
    by_group: dict[int, list[AlikePair]] = defaultdict(list)
    for pair in pairs:
        by_group[int(labels[at[pair.first]])].append(pair)
    comments, names = (
        Counter(word for words in all_words for word in words) for all_words in (people.comments, people.names)
    )
    groups = []
    for label, alike in by_group.items():
        members = np.flatnonzero(labels == label)
        groups.append(
            AlikeGroup(
                tuple(people.students[member] for member in members),
                tuple(alike[:MOST_PAIRS]),
                _theirs_alone([people.comments[member] for member in members], comments),
                _theirs_alone([people.names[member] for member in members], names),
            )
        )
    return groups


def _theirs_alone(words: Sequence[frozenset[str]], everywhere: Counter[str]) -> tuple[str, ...]:
    """What two of the group or more wrote and nobody else, longest first."""
    here = Counter(itertools.chain.from_iterable(words))
    found = [word for word, number in here.items() if number >= 2 and number == everywhere[word]]
    return tuple(sorted(found, key=lambda word: (-len(word), word))[:MOST_EVIDENCE])
