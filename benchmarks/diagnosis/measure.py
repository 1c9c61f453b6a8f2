"""How well the grader names what is wrong: every implementation of the corpus, checked as a student would.

    python -m benchmarks.diagnosis.measure [--only EXERCISE] [--sample N] [--held-out] [--write]

The corpus held out, which the catalogue was not fitted to, is measured in the same way and counted apart.
For each wrong implementation one of:

- rightly named: a known mistake is named, and it is the true cause (`causes.toml` says which names fit a cause; of two
  causes at once, each name that is given has to fit one of them);
- explained: no mistake is named, but what happened is put into words: an exception, the axes of a wrong shape, what is
  missing in the result, in `get_config` or among the weights;
- placed: an observation says where it goes wrong (a gate, a weight, one step, ...);
- unnamed: only the numbers speak;
- wrongly named: a mistake is named that is not the cause. There must be none.

`--write` records the result in `benchmarks/diagnosis.json`.
"""

from __future__ import annotations

import argparse
import contextlib
import fnmatch
import io
import json
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.diagnosis import corpus

HERE = Path(__file__).resolve().parent
RESULT = HERE.parent / "diagnosis.json"
OUTCOMES = ("rightly named", "explained", "placed", "unnamed", "wrongly named", "not caught")


@dataclass(frozen=True)
class Measured:
    """What became of one implementation. said: the name, or the words, that a student would read. at_the_slip: an
    explanation shows the line that was changed, or one beside it, or says a name that the change is about."""

    implementation: corpus.Implementation
    outcome: str
    said: str
    at_the_slip: bool = False


def causes() -> dict[str, tuple[str, ...]]:
    """cause -> patterns of the ids of mistakes that name it."""
    found: dict[str, tuple[str, ...]] = {}
    for path in sorted(HERE.glob("causes*.toml")):
        for cause, names in tomllib.loads(path.read_text("utf-8")).items():
            found[cause] = (*found.get(cause, ()), *names)
    return found


def measure(implementations: Iterable[corpus.Implementation]) -> list[Measured]:
    """Check each with the public cases; a wrong one that passes is tried with other cases, as a grader has them."""
    known = causes()
    return [_measured(one, known) for one in implementations]


def _measured(one: corpus.Implementation, known: dict[str, tuple[str, ...]]) -> Measured:
    from autograder.sheets.release import public_sheet
    from autograder.student.checking import check_sheet

    sheet = public_sheet(one.exercise)
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        entry_point = corpus.namespace(one)[sheet.entry_point]
        verdict = check_sheet(sheet, entry_point)
    if one.right:
        return Measured(one, "passed" if verdict.status == "passed" else "failed", str(verdict.message))
    if verdict.status == "passed":
        return Measured(one, "not caught" if _passes_elsewhere(one, entry_point) else "unnamed", "other cases only")
    named = [verdict.diagnosis] if verdict.diagnosis else []
    named += [given.second for given in named if given.second]
    if named:
        accepted = [pattern for cause in one.cause.split(" + ") for pattern in known.get(cause, ())]
        fits = all(any(fnmatch.fnmatchcase(given.mistake, pattern) for pattern in accepted) for given in named)
        return Measured(one, "rightly named" if fits else "wrongly named", " + ".join(g.mistake for g in named))
    words = _explanation(verdict)
    if words:
        return Measured(one, "explained", words, _is_at_the_slip(one, verdict, words))
    if verdict.finding:
        return Measured(one, "placed", " ".join(map(str, verdict.finding.says)))
    return Measured(one, "unnamed", str(verdict.message))


def _passes_elsewhere(one: corpus.Implementation, entry_point: Any) -> bool:
    import numpy as np

    from autograder import exercises
    from autograder.sheets import oracle
    from autograder.student.checking import check_sheet

    for seed in range(3):
        sheet = oracle.answer_sheet(exercises.load(one.exercise), np.random.default_rng(seed), "another")
        if check_sheet(sheet, entry_point).status != "passed":
            return False
    return True


def _explanation(verdict: Any) -> str:
    """Words for what happened, where it is more than wrong numbers."""
    from autograder.cards.exceptions import explain

    failed = next((check for check in verdict.checks if check.outcome == "failed"), None)
    rung = failed.parts[0].rung if failed is not None and failed.parts else ""
    if verdict.problem is not None and verdict.problem.kind == "exception" and rung in ("exception", ""):
        return str(explain(verdict.problem))
    if rung in ("kind", "weights", "config", "missing", "dtype"):
        return str(failed.message)
    # A wrong shape is explained where more is said than the two shapes.
    if rung == "shape" and failed.parts[0].moved:
        return f"{failed.message} {failed.parts[0].moved}"
    return ""


def _is_at_the_slip(one: corpus.Implementation, verdict: Any, words: str) -> bool:
    problem = verdict.problem
    shown = [] if problem is None else [problem.line, *(call.line for call in problem.callers)]
    if any(line.strip() in one.near for line in shown if line.strip()):
        return True
    said = {name.rpartition(".")[2] for name in re.findall(r"[`']([\w.]+)[`']", words)}
    return bool(said & set(re.findall(r"\w+", one.slip)))


def summary(measured: list[Measured]) -> dict[str, Any]:
    """The numbers, of all and of those whose cause a catalogue can be expected to hold."""
    wrong = [one for one in measured if not one.implementation.right]
    usual = [one for one in wrong if not one.implementation.rare]
    right = [one for one in measured if one.implementation.right]
    return {
        "right implementations": {"all": len(right), "passed": sum(one.outcome == "passed" for one in right)},
        "wrong implementations": _counts(wrong),
        "of these with a usual cause": _counts(usual),
        "of these two mistakes at once": _counts([one for one in wrong if " + " in one.implementation.cause]),
        "of these rare": _counts([one for one in wrong if one.implementation.rare]),
    }


def _counts(measured: list[Measured]) -> dict[str, Any]:
    tally = Counter(one.outcome for one in measured)
    named = tally["rightly named"] + tally["explained"]
    return {
        "all": len(measured),
        "caught": len(measured) - tally["not caught"],
        **{outcome: tally[outcome] for outcome in OUTCOMES[:-1]},
        "explained at the changed place": sum(one.at_the_slip for one in measured),
        "named or explained, in percent": round(100 * named / len(measured), 1) if measured else 0.0,
    }


def main() -> None:
    """Measure, print, and say what is not as it must be."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", help="one exercise")
    parser.add_argument("--sample", type=int, default=1, help="every N-th implementation")
    parser.add_argument("--held-out", action="store_true", help="the held-out corpus alone")
    parser.add_argument("--write", action="store_true", help=f"record the result in {RESULT.name}")
    parser.add_argument("--list", choices=OUTCOMES, help="print what had this outcome")
    given = parser.parse_args()

    def measured_in(folder: Path) -> list[Measured]:
        return measure([one for one in corpus.load(folder) if given.only in (None, one.exercise)][:: given.sample])

    held_out = measured_in(corpus.HELD_OUT)
    own = [] if given.held_out else measured_in(corpus.CORPUS)
    measured = own + held_out
    result: dict[str, Any] = {} if given.held_out else summary(own)
    result["held out"] = summary(held_out)
    print(json.dumps(result, indent=1))
    for one in measured:
        if one.outcome in ("wrongly named", "not caught", "failed", given.list):
            print(f"{one.outcome}: {one.implementation.identity} ({one.implementation.says}) -> {one.said}")
    if given.write:
        recorded = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.exists() else {}
        RESULT.write_text(json.dumps({**recorded, **result}, indent=1) + "\n", encoding="utf-8")
    if any(one.outcome in ("wrongly named", "not caught", "failed") for one in measured):
        sys.exit(1)


if __name__ == "__main__":
    main()
