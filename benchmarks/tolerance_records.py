"""What `benchmarks.tolerance` records of an exercise in a dtype: counts, histograms and extremes, however many."""

from __future__ import annotations

import math
from pathlib import Path

import msgspec

RESULTS = Path(__file__).resolve().parent / "results" / "tolerance"

NEAREST = 5
"""Of so many mistakes it is recorded how near they came."""
FAILURES = 5
"""So many false failures are recorded one by one; all are counted."""
EXACT, UNLIKE = "exact", "unlike"
"""What stands in a histogram for a ratio of 0, and for one of an array of another shape or with NaN."""
BINS = 4
"""Bins of a histogram for each factor of 10; bin k begins at 10 ** (k / BINS)."""


class Extreme(msgspec.Struct):
    """Where a ratio was the largest, or the smallest. `drawn_cases` gives the cases of a chunk and a draw again."""

    ratio: float
    chunk: int
    draw: int
    case: str
    part: str
    sizes: dict[str, int]


class Failure(msgspec.Struct):
    """A right answer that is not judged right, or witnesses that disagree."""

    who: str
    chunk: int
    draw: int
    says: str


class Recorded(msgspec.Struct):
    """What came of the first chunks of an exercise in a dtype.

    right, mistakes: histograms of ratios. answers: how often each way to answer rightly was asked; worst: its largest
    ratio. nearest: of the mistakes that came nearest. mistake_draws: in how many draws they were tried; unseen: how
    often one of them was not seen, and hidden, how often it was seen and within the tolerance. made_by: hash of what
    makes the sheets -> cases; more than one where it has changed on the way. cpu_seconds: of the sheets, the right
    answers and the mistakes.
    """

    exercise: str
    dtype: str
    chunks: int = 0
    draws: int = 0
    cases: int = 0
    right: dict[str, int] = {}
    answers: dict[str, int] = {}
    worst: dict[str, Extreme] = {}
    false_failures: int = 0
    failures: list[Failure] = []
    faults_of_the_grader: int = 0
    left_out: dict[str, str] = {}
    mistakes: dict[str, int] = {}
    mistake_draws: int = 0
    nearest: dict[str, Extreme] = {}
    unseen: int = 0
    hidden: int = 0
    made_by: dict[str, int] = {}
    versions: dict[str, str] = {}
    cpu_seconds: dict[str, float] = {}

    def add(self, other: Recorded) -> None:
        """Take in what came of the chunks after these."""
        for name in ("chunks", "draws", "cases", "false_failures", "faults_of_the_grader", "mistake_draws", "unseen",
                     "hidden"):  # fmt: skip
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in ("right", "answers", "mistakes", "made_by", "cpu_seconds"):
            mine = getattr(self, name)
            for key, more in getattr(other, name).items():
                mine[key] = round(mine.get(key, 0) + more, 3)
        for who, extreme in other.worst.items():
            self.note_worst(who, extreme)
        for mistake, extreme in other.nearest.items():
            self.note_nearest(mistake, extreme)
        self.failures = (self.failures + other.failures)[:FAILURES]
        self.left_out = other.left_out
        self.versions = other.versions

    def note_worst(self, who: str, extreme: Extreme) -> None:
        if who not in self.worst or extreme.ratio > self.worst[who].ratio:
            self.worst[who] = extreme

    def note_nearest(self, mistake: str, extreme: Extreme) -> None:
        """Keep the nearest. What is among them at last was so in its own chunk, so that none is lost."""
        if mistake not in self.nearest or extreme.ratio < self.nearest[mistake].ratio:
            self.nearest[mistake] = extreme
        ordered = sorted(self.nearest.items(), key=lambda one: one[1].ratio)
        self.nearest = dict(ordered[:NEAREST])

    def note_failure(self, failure: Failure) -> None:
        self.failures = [*self.failures, failure][:FAILURES]


def bin_of(ratio: float) -> str:
    """The bin of a histogram that a ratio is counted in.

    >>> [bin_of(ratio) for ratio in (0.0, 0.1, 1.0, 2.0, math.inf)]
    ['exact', '-4', '0', '1', 'unlike']
    """
    if ratio == 0:
        return EXACT
    return str(math.floor(BINS * math.log10(ratio))) if math.isfinite(ratio) else UNLIKE


def count(histogram: dict[str, int], ratio: float) -> None:
    histogram[bin_of(ratio)] = histogram.get(bin_of(ratio), 0) + 1


def file_of(exercise: str, dtype: str, folder: Path = RESULTS) -> Path:
    return folder / f"{exercise}-{dtype}.json"


def read(path: Path) -> Recorded | None:
    """What is recorded; None where nothing is.

    Raises:
        msgspec.ValidationError: the file is of another version of this benchmark; `--anew` begins again.
    """
    return msgspec.json.decode(path.read_bytes(), type=Recorded) if path.exists() else None


def append(path: Path, chunk: Recorded, number: int) -> Recorded:
    """Add the chunk of this number to what is recorded, whole or not at all.

    Raises:
        RuntimeError: it is not the next one: another process has written this file meanwhile.
    """
    recorded = read(path) or Recorded(chunk.exercise, chunk.dtype)
    if recorded.chunks != number:
        raise RuntimeError(
            f"{path} holds {recorded.chunks} chunks where {number} were expected: another process writes it too. "
            "Let two processes study different exercises."
        )
    recorded.add(chunk)
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    new.write_bytes(msgspec.json.format(msgspec.json.encode(recorded), indent=1) + b"\n")
    new.replace(path)
    return recorded
