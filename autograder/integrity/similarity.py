"""Which submissions have more code in common than honest work usually has: a hint for a person, worth no points.

Notebooks are read as data and never run. What counts is code of the student's own, see `own_code`; rare names and
comments that agree word for word are shown as evidence.

Everyone solves the same equations, so a run of tokens weighs the less the more of the class wrote it: the logarithm of
its inverse document frequency, nothing at all where everybody has it. A pair's likeness is the weight that both have
over the whole weight of the one that has less, so that padding a copy hides nothing either. It means something only
beside the class's own numbers, which are part of the result.

Weighing and comparing are SciPy's sparse products: exact, and a second or two for all pairs of 1,000 submissions.
datasketch estimates the Jaccard
index, which knows no rarity and which padding lowers; RapidFuzz aligns sequences, which reordered functions break;
copydetect compares file by file, weighs every line alike, and had its last release in 2024.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

from autograder.course.files import write_atomically
from autograder.course.folder import Course
from autograder.integrity import own_code
from autograder.integrity.own_code import FEATURES, Files, OwnCode
from autograder.model import Record
from autograder.notebooks.release import ReleaseError
from autograder.report.overview import AlikeGroup, AlikePair, Likeness

ENOUGH = 120
"""Runs of the student's own below which two submissions say nothing about each other."""
RARE = 20
"""Runs that both have and hardly anyone else: fewer are chance."""
FLOOR, CEILING = 0.6, 0.95
"""The likeness from which a pair is named lies between these, where the class puts it."""
MOST_GROUPS, MOST_PAIRS, MOST_EVIDENCE = 50, 10, 6
BINS = 20

_ROWS = 256
"""Submissions whose likeness with all others is held in memory at once."""
_NEIGHBOURS = 20
"""Of each submission only so many others are kept; a larger group still hangs together."""


class _Kept(msgspec.Struct):
    """How the submissions of an assignment compare. made_of: what that is a matter of."""

    made_of: str
    found: Likeness


def likeness(course: Course, records: Iterable[Record]) -> tuple[Likeness, ...]:
    """For each assignment that has records, its submissions compared. Never raises for what a notebook holds."""
    students: dict[str, set[str]] = defaultdict(set)
    for record in records:
        students[record.assignment].add(record.student)
    found = []
    for assignment in sorted(students):
        with contextlib.suppress(ReleaseError, OSError):
            found.append(likeness_of(course, assignment, students[assignment]))
    return tuple(found)


def likeness_of(course: Course, assignment: str, students: set[str]) -> Likeness:
    """What these students handed in compared, anew if it is not what it was.

    Raises:
        ReleaseError: a notebook has no release.
        OSError: the submissions cannot be listed.
    """
    handed_in = [own_code.files(course, assignment, name, students) for name in course.notebooks(assignment)]
    path = course.root / ".gatebook" / "alike" / assignment
    made_of = _made_of(handed_in)
    with contextlib.suppress(OSError, msgspec.DecodeError, UnicodeDecodeError):
        kept = msgspec.msgpack.decode(path.read_bytes(), type=_Kept)
        if kept.made_of == made_of:
            return kept.found
    own: dict[str, list[OwnCode]] = defaultdict(list)
    for files in handed_in:
        for code in own_code.own_codes(course, files):
            own[code.student].append(code)
    found = compare(assignment, map(_joined, own.values()))
    if made_of is not None:
        with contextlib.suppress(OSError, UnicodeEncodeError):  # it spares time, and nothing else
            write_atomically(path, msgspec.msgpack.encode(_Kept(made_of, found)))
    return found


def _made_of(handed_in: Sequence[Files]) -> str | None:
    if any(files.made_by is None for files in handed_in):
        return None
    looks = [
        (files.notebook, files.made_by, {who: look for who, (_, look) in files.found.items()}) for files in handed_in
    ]
    return hashlib.sha256(repr(looks).encode("utf-8", "surrogateescape")).hexdigest()


def _joined(codes: Sequence[OwnCode]) -> OwnCode:
    """What a student wrote in all notebooks of an assignment."""
    runs: dict[str, frozenset[int]] = {}
    for code in codes:
        for place, found in code.runs.items():
            runs[place] = runs.get(place, frozenset()) | found
    comments, names = ([getattr(code, kind) for code in codes] for kind in ("comments", "names"))
    return OwnCode(codes[0].student, runs, frozenset().union(*comments), frozenset().union(*names))


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

        def rows() -> Iterator[frozenset[int]]:
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
            places += runs
            ends.append(len(places))
        if len(ends) == 1:
            return made, None
        ones = np.ones(len(places), np.float32)
        return made, csr_matrix((ones, places, ends), (len(ends) - 1, FEATURES))


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
        writers = np.bincount(own.indices, minlength=FEATURES)
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
