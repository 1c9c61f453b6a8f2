"""Does a submission cost the same in a class of ten and of a thousand, and what does a second worker bring?

    python -m benchmarks.growth [--sizes 10 100 1000] [--assignment lstm]

Classes of generated variants, right answers in mixed styles, are graded whole (`autograder grade`: sandbox, gradebook,
feedback, pages), each in a course whose secret questions are there. Seconds for each further submission come from two
sizes, so that the start counts in none of them; what comes after the last verdict is timed by itself. Memory is the
most that the grading process holds, and the fork server. Each class is graded a second time, when there is nothing to
do, and a third time, when one student has handed in once more. A class of 40 is graded with one worker and with two;
beside that stands what two loops of Python bring on these cores, since two cores may be two threads of one. Prints the
figures and writes results/growth.json beside this file.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import multiprocessing
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from autograder.course.draws import pool_size
from autograder.course.folder import open_course
from autograder.grading.pipeline import ROUND, Options
from autograder.sheets.maker import SheetMaker
from autograder.sheets.seeds import Draw
from benchmarks.throughput import CORES, ROOT, environment, hand_in

RESULT = ROOT / "benchmarks" / "results" / "growth.json"
COMPARED = 40
ROUNDS = 3
LOOPS = 4_000_000
_COUNTED = re.compile(r"Grading .*: (\d+) of (\d+)\b")


def main() -> None:
    """Grade the classes, print, and write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10, 100, 1000])
    parser.add_argument("--assignment", default="lstm")
    options = parser.parse_args()
    found: dict[str, Any] = {"assignment": options.assignment, "cores": CORES, "classes": {}}
    before: tuple[int, float] | None = None
    for size in sorted(options.sizes):
        with tempfile.TemporaryDirectory(prefix="growth-") as folder:
            here = course(Path(folder), options.assignment, size)
            run = graded(here, options.assignment)
            assert run.after is not None
            one: dict[str, Any] = {"seconds": round(run.seconds, 2), "megabytes": run.megabytes}
            one["seconds from the last verdict to the end"] = round(run.after, 2)
            if before is not None:
                one["seconds for each further submission"] = round((run.seconds - before[1]) / (size - before[0]), 3)
            before = size, run.seconds
            one["seconds when nothing is to be done"] = round(graded(here, options.assignment).seconds, 2)
            hand_in_again(here, options.assignment)
            one["seconds when one was handed in again"] = round(graded(here, options.assignment).seconds, 2)
        found["classes"][size] = one
        print(size, json.dumps(one), flush=True)
    further = [one["seconds for each further submission"] for one in [*found["classes"].values()][1:]]
    if len(further) > 1:
        found["the last of these over the first"] = round(further[-1] / further[0], 3)
    found["two workers"] = two_workers(options.assignment)
    print(json.dumps(found, indent=1))
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(found, indent=1) + "\n", "utf-8")


def course(folder: Path, assignment: str, students: int) -> Path:
    """A course with this class, its secret questions made."""
    for name in ("solutions", "assignments"):
        shutil.copytree(ROOT / name / assignment, folder / name / assignment)
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    hand_in(folder, assignment, students)
    here = open_course(folder)
    draws = [Draw(0, index) for index in range(pool_size(here, assignment, Options().pool))]
    with contextlib.closing(SheetMaker()) as maker:
        for made in [maker.make(folder, assignment, here.exercises(assignment), ROUND, draw) for draw in draws]:
            made.result()
    return folder


def hand_in_again(folder: Path, assignment: str) -> None:
    """Let one student hand in once more: the same notebook, in another file."""
    path = min((folder / "submitted").glob(f"*/{assignment}/{assignment}.ipynb"))
    path.write_text(path.read_text("utf-8") + "\n", "utf-8")


@dataclass(frozen=True)
class Run:
    """What `autograder grade` took. after: seconds from the last verdict until it ended, None where nobody was graded.
    megabytes: the most memory of its processes that live to the end."""

    seconds: float
    after: float | None
    megabytes: dict[str, int]


def graded(folder: Path, assignment: str, *options: str) -> Run:
    """Grade a class."""
    most: dict[str, int] = {}
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.25):
            with contextlib.suppress(psutil.Error):
                for one in psutil.Process().children(recursive=True):
                    with contextlib.suppress(psutil.Error):
                        line = " ".join(one.cmdline())
                        kind = "grader" if "autograder grade" in line else "fork server" if "zygote" in line else ""
                        if kind:
                            most[kind] = max(most.get(kind, 0), one.memory_info().rss >> 20)

    watching = threading.Thread(target=watch)
    command = [sys.executable, "-m", "autograder", "grade", assignment, "--course", str(folder), "--json", *options]
    last = None
    began = time.monotonic()
    with (
        tempfile.TemporaryFile("w+") as output,
        subprocess.Popen(
            command, cwd=folder, env=environment(), stdout=output, stderr=subprocess.PIPE, text=True
        ) as run,
    ):
        watching.start()
        assert run.stderr is not None
        told: list[str] = []
        for line in run.stderr:
            told.append(line)
            if (counted := _COUNTED.match(line)) and counted[1] == counted[2]:
                last = time.monotonic()
        run.wait()
        ended = time.monotonic()
        over.set()
        watching.join()
        if run.returncode:
            raise RuntimeError(f"{' '.join(command)} ended with {run.returncode}:\n{''.join(told[-30:])}")
        output.seek(0)
        assert json.load(output)["failures"] == []
    return Run(ended - began, None if last is None else ended - last, most)


def two_workers(assignment: str) -> dict[str, Any]:
    """How much faster a class of `COMPARED` is with two workers, and two loops of Python beside each other."""
    taken: dict[str, list[float]] = {"1": [], "2": []}
    with tempfile.TemporaryDirectory(prefix="growth-") as folder:
        here = course(Path(folder), assignment, COMPARED)
        for _ in range(ROUNDS):
            for workers, seconds in taken.items():
                seconds.append(graded(here, assignment, "--force", "--workers", workers).seconds)
    one, two = (min(taken[workers]) for workers in ("1", "2"))
    return {
        "seconds": {"one worker": round(one, 2), "two workers": round(two, 2)},
        "times as fast": round(one / two, 2),
        "two loops of Python, times as fast as one after the other": round(two_loops(), 2),
    }


def two_loops() -> float:
    """What two processes that only count bring on these cores."""
    alone, beside = (min(_seconds_of(number) for _ in range(ROUNDS)) for number in (1, 2))
    return 2 * alone / beside


def _seconds_of(number: int) -> float:
    start = multiprocessing.get_context("fork")
    counting = [start.Process(target=_count) for _ in range(number)]
    began = time.perf_counter()
    for one in counting:
        one.start()
    for one in counting:
        one.join()
    return time.perf_counter() - began


def _count(to: int = LOOPS) -> None:
    total = 0
    for number in range(to):
        total += number * number % 7


if __name__ == "__main__":
    main()
