"""Is every solution right, whatever it is asked?

    python benchmarks/seeds.py [--seeds 60] [ASSIGNMENT ...]

Grades the solution of each assignment with so many other secrets, so other cases, other weights to begin a training
from and other thresholds. Prints who lost points, and writes seeds.json beside this file where all assignments were
asked for.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from autograder.course.folder import open_course
from autograder.grading.pipeline import Grader, Options
from autograder.model import Record
from autograder.running.host import Zygote

ROOT = Path(__file__).resolve().parents[1]
RESULT = Path(__file__).with_suffix(".json")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("assignments", nargs="*")
    parser.add_argument("--seeds", type=int, default=60, help="secrets for each assignment")
    options = parser.parse_args()
    every = sorted(path.stem for path in (ROOT / "solutions").glob("*/*.ipynb"))
    found = {}
    with course() as (root, zygote):
        for name in options.assignments or every:
            found[name] = runs(root, zygote, name, options.seeds)
            print(f"{name}: {json.dumps(found[name])}", flush=True)
    if not options.assignments:
        RESULT.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    sys.exit(any(one["lost"] for one in found.values()))


@contextlib.contextmanager
def course() -> Iterator[tuple[Path, Zygote]]:
    """A copy of this course, and one fork server for all that is graded in it."""
    with tempfile.TemporaryDirectory(prefix="seeds-") as folder:
        root = Path(folder)
        for name in ("solutions", "assignments"):
            shutil.copytree(ROOT / name, root / name)
        shutil.copy(ROOT / "nbgrader_config.py", root)
        for solution in (root / "solutions").glob("*/*.ipynb"):
            # As a submission it finds the earlier notebooks that it is built on.
            (root / "submitted" / "solution" / solution.stem).mkdir(parents=True)
            shutil.copy(solution, root / "submitted" / "solution" / solution.stem)
        with contextlib.closing(Zygote(level="full", private=open_course(root).private)) as zygote:
            yield root, zygote


def runs(root: Path, zygote: Zygote, name: str, seeds: int) -> dict[str, Any]:
    """What came of one solution: how many runs, which lost points, and the most seconds that one took."""
    path = root / "submitted" / "solution" / name / f"{name}.ipynb"
    lost: dict[str, list[str]] = {}
    seconds = []
    for seed in range(seeds):
        with Grader(open_course(root), name, Options(grading_round=f"seed {seed}"), zygote) as grader:
            began = time.monotonic()
            record = grader.grade(path, "solution").record
            seconds.append(time.monotonic() - began)
        if record.points != record.max_points or record.status != "graded":
            lost[f"seed {seed}"] = list(wrong(record))
    return {"runs": seeds, "lost": lost, "most seconds": round(max(seconds), 1)}


def wrong(record: Record) -> Iterator[str]:
    """The checks that failed."""
    for verdict in record.verdicts:
        for check in verdict.checks:
            if check.points < check.max_points:
                yield f"{verdict.exercise}/{check.id}: {check.points:g} of {check.max_points:g}"


if __name__ == "__main__":
    main()
