"""Right and wrong implementations of the exercises, each wrong one with its true cause.

    python -m benchmarks.diagnosis.corpus [--only EXERCISE] [--folder FOLDER] [--count]

corpus/<exercise>/<style>.py is a right implementation in one style; corpus/<exercise>/edits.toml holds the slips that
turn a style into a wrong implementation. The causes say what was done to the code. They were written without a look at
the mistakes that the grader knows, so that the two can be compared. heldout/ has the same format: it was written after
the grader had been improved with corpus/ in sight, and nothing in the grader may be fitted to it. Its author had read
the notebooks, the keys of all causes, and the first ids of mistakes in both causes files, but not the catalogue.

As a script: count, and verify with the public cases that right ones pass and wrong ones lose points.
"""

from __future__ import annotations

import argparse
import contextlib
import difflib
import io
import linecache
import os
import sys
import tomllib
import types
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
os.environ.setdefault("MPLBACKEND", "Agg")

CORPUS = Path(__file__).resolve().parent / "corpus"
HELD_OUT = CORPUS.with_name("heldout")
GATES = frozenset({"", "forget", "input", "candidate", "cell", "output"})
FIELDS = frozenset({"style", "cause", "gate", "says", "rare", "find", "replace", "count", "also"})


class CorpusError(ValueError):
    """An entry of the corpus cannot be used as it stands."""


@dataclass(frozen=True)
class Implementation:
    """What one student might hand in for one exercise.

    cause: key of the true cause, `"a + b"` for two at once; empty where right.
    gate: the LSTM gate concerned, if one. says: what the student did.
    rare: a slip that no catalogue is expected to hold; a grader should then name no cause.
    identity: `exercise/style` where right, `exercise/style/cause` where wrong, with `#2`, `#3`, ... for repeats.
    near: the lines that the slip changed, and those beside them. slip: what was there and what is there now.
    """

    exercise: str
    style: str
    source: str
    right: bool
    cause: str
    gate: str
    says: str
    rare: bool
    identity: str
    near: frozenset[str] = frozenset()
    slip: str = ""


def load(folder: Path = CORPUS) -> list[Implementation]:
    """All implementations, exercise by exercise, the right ones of an exercise first.

    Raises:
        CorpusError: an edit is malformed, its text is not where it should be, or two sources of an exercise are equal.
    """
    found: list[Implementation] = []
    for exercise in sorted(path for path in folder.iterdir() if path.is_dir()):
        found += _load_exercise(exercise)
    return found


def _load_exercise(folder: Path) -> list[Implementation]:
    exercise = folder.name
    sources = {path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.py"))}
    right = [
        Implementation(exercise, style, source, True, "", "", "", False, f"{exercise}/{style}")
        for style, source in sources.items()
    ]
    edits = folder / "edits.toml"
    entries = tomllib.loads(edits.read_text(encoding="utf-8")).get("edit", []) if edits.exists() else []
    wrong = list(_wrong(exercise, sources, entries))
    first: dict[str, str] = {}
    for one in [*right, *wrong]:
        if one.source in first:
            raise CorpusError(f"{one.identity}: same source as {first[one.source]}")
        first[one.source] = one.identity
    return [*right, *wrong]


def _wrong(exercise: str, sources: Mapping[str, str], entries: list[dict[str, Any]]) -> Iterator[Implementation]:
    repeats: Counter[str] = Counter()
    for number, entry in enumerate(entries, 1):
        place = f"{exercise}/edits.toml, edit {number}"
        unknown = sorted(entry.keys() - FIELDS)
        missing = sorted({"style", "cause", "says", "find", "replace"} - entry.keys())
        if unknown or missing:
            raise CorpusError(f"{place}: unknown fields {unknown}, missing fields {missing}")
        style, cause, gate = entry["style"], entry["cause"], entry.get("gate", "")
        if style not in sources:
            raise CorpusError(f"{place}: there is no style {style!r}, only {sorted(sources)}")
        if gate not in GATES:
            raise CorpusError(f"{place}: {gate!r} is no gate")
        source = sources[style]
        for change in [entry, *entry.get("also", [])]:
            source = _replace(source, change, f"{place} ({style}, {cause})")
        identity = f"{exercise}/{style}/{cause}"
        repeats[identity] += 1
        if repeats[identity] > 1:
            identity += f"#{repeats[identity]}"
        yield Implementation(
            exercise, style, source, False, cause, gate, entry["says"], entry.get("rare", False), identity,
            *_difference(sources[style].splitlines(), source.splitlines()),
        )  # fmt: skip


def _difference(right: list[str], wrong: list[str]) -> tuple[frozenset[str], str]:
    """The lines of the wrong source that differ, with their neighbours; and all lines that went or came."""
    near: list[str] = []
    slip: list[str] = []
    for tag, first, end, start, stop in difflib.SequenceMatcher(None, right, wrong, autojunk=False).get_opcodes():
        if tag != "equal":
            near += wrong[max(0, start - 1) : stop + 1]
            slip += right[first:end] + wrong[start:stop]
    return frozenset(line.strip() for line in near), "\n".join(slip)


def _replace(source: str, change: Mapping[str, Any], place: str) -> str:
    """The source with one replacement made; the text must occur as often as the edit says (once by default)."""
    text, wanted = change["find"], change.get("count", 1)
    occurs = source.count(text)
    if occurs != wanted:
        raise CorpusError(f"{place}: expected {wanted} times, found {occurs} times: {text!r}")
    return source.replace(text, change["replace"])


def namespace(implementation: Implementation) -> dict[str, Any]:
    """Run the source as a module of its own, as a cell of a notebook, and return what it defines."""
    name = "submission_" + "".join(letter if letter.isalnum() else "_" for letter in implementation.identity)
    module = types.ModuleType(name)
    sys.modules[name] = module
    source, file = implementation.source, f"<ipython-input-{implementation.identity}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    exec(compile(source, file, "exec"), module.__dict__)
    return module.__dict__


def verify(implementation: Implementation, sheet: Any) -> tuple[str, bool]:
    """Check one implementation with public cases.

    Returns:
        the complaint, empty where the verdict is as it should be; and whether it is only that the grader gave a wrong
        implementation all points.
    """
    from autograder.student.checking import check_sheet

    try:
        target = namespace(implementation)[sheet.entry_point]
    except Exception as error:
        return f"cannot be run: {type(error).__name__}: {error}", False
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            verdict = check_sheet(sheet, target)
    except Exception as error:
        return f"the grader itself stopped with {type(error).__name__}: {error}", False
    points = f"{verdict.status} with {verdict.points:g} of {verdict.max_points:g} points"
    if implementation.right and verdict.status != "passed":
        return f"right, but {points}: {verdict.message}", False
    if not implementation.right and verdict.points >= verdict.max_points:
        return f"wrong, but {points} ({implementation.says})", True
    return "", False


def main() -> None:
    """Print the counts, verify, and fail where the corpus is not what it says; misses of the grader are only listed."""
    parser = argparse.ArgumentParser(description="Count and verify the corpus.")
    parser.add_argument("--only", default="", help="one exercise, or the beginning of an identity")
    parser.add_argument("--folder", type=Path, default=CORPUS, help="another corpus, such as the one held out")
    parser.add_argument("--count", action="store_true", help="count only, do not run anything")
    options = parser.parse_args()
    every = load(options.folder)
    chosen = [one for one in every if one.exercise == options.only]
    chosen = chosen or [one for one in every if one.identity.startswith(options.only)]

    print(f"{'exercise':20}{'right':>7}{'wrong':>7}{'two':>6}{'rare':>6}")
    for exercise in [*dict.fromkeys(one.exercise for one in chosen), "all"]:
        part = [one for one in chosen if exercise in (one.exercise, "all")]
        right = sum(one.right for one in part)
        two = sum(" + " in one.cause for one in part)
        rare = sum(one.rare for one in part)
        print(f"{exercise:20}{right:7}{len(part) - right:7}{two:6}{rare:6}")
    if options.count:
        return

    from autograder.sheets.release import public_sheet

    faults, missed, sheet = 0, 0, None
    for one in chosen:
        if sheet is None or sheet.exercise != one.exercise:
            sheet = public_sheet(one.exercise)
        complaint, by_the_grader = verify(one, sheet)
        if complaint:
            faults, missed = faults + (not by_the_grader), missed + by_the_grader
            print(f"{one.identity}: {complaint}", flush=True)
    print(f"{len(chosen)} checked: {faults} faults, {missed} wrong ones that the grader gave all points")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
