"""How near is a class to the least it could cost, and where does the rest go?

    python -m benchmarks.limit [--students 40] [ASSIGNMENT ...]

The least is what one process needs that has run everything before: the students' own cells, and the answers to their
secret questions. Beside it stands the CPU of `autograder grade` for the same class, sandbox, gradebook, feedback and
pages included, of all of its processes, and what of it the parts take. Of the process that grades, parts are counted by
the time of their threads; of the fork server and its workers, by what the kernel notes of them. Both are right answers
in mixed styles (see `benchmarks.throughput`). Prints a table, and writes results/limit.json beside this file.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import functools
import io
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.growth import course
from benchmarks.throughput import CORES, ROOT

RESULT = ROOT / "benchmarks" / "results" / "limit.json"
PR_SET_CHILD_SUBREAPER = 36


def main() -> None:
    """Measure each assignment, print, and write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("assignments", nargs="*", default=["rnn", "lstm", "cnn"])
    parser.add_argument("--students", type=int, default=40)
    parser.add_argument("--here", choices=("least", "whole"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here:
        print(json.dumps({"least": least, "whole": whole}[options.here](Path.cwd(), options.assignments[0])))
        return
    found: dict[str, Any] = json.loads(RESULT.read_text("utf-8")) if RESULT.exists() else {}
    for name in options.assignments:
        with tempfile.TemporaryDirectory(prefix="limit-") as folder:
            here = course(Path(folder), name, options.students)
            parts, bare = _apart("whole", here, name), _apart("least", here, name)
        each = {part: round(1000 * seconds / options.students, 1) for part, seconds in (bare | parts).items()}
        once, total = sum(parts[part] for part in ONCE), sum(parts.values())
        found[name] = {
            "cores": CORES,
            "submissions": options.students,
            "milliseconds of CPU a submission": each,
            "whole class, times the least": round(total / sum(bare.values()), 2),
            "without what is done once for a class": round((total - once) / sum(bare.values()), 2),
        }
        print(f"{name}: {json.dumps(found[name], indent=1)}", flush=True)
        RESULT.write_text(json.dumps(found, indent=1) + "\n", "utf-8")


def _apart(what: str, folder: Path, assignment: str) -> dict[str, float]:
    """One of the functions below, in a process of its own."""
    places = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, "-m", "benchmarks.limit", "--here", what, assignment]
    done = subprocess.run(
        command,
        cwd=folder,
        env=os.environ | {"PYTHONPATH": places},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr[-2000:]}")
    found: dict[str, float] = json.loads(done.stdout)
    return found


# ------------------------------------------------------------------------------------------------------------ the least


def least(folder: Path, assignment: str) -> dict[str, float]:
    """Seconds of CPU for the cells and the questions of all submissions, in this process, set up as a worker is. The
    first submission is run once before."""
    os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", TF_ENABLE_ONEDNN_OPTS="0", CUDA_VISIBLE_DEVICES="", MPLBACKEND="Agg")
    from autograder.answering.answers import answer
    from autograder.course.folder import open_course
    from autograder.judging import sheet_files
    from autograder.notebooks.submission import read_submission
    from autograder.running.session import Given
    from benchmarks.tolerance import as_in_workers

    as_in_workers()
    here = open_course(folder)
    release = here.release(assignment)
    sheets = sheet_files.read(next((folder / ".gatebook" / "sheets").rglob(f"*{sheet_files.SUFFIX}")))
    spent = {"least: cells": 0.0, "least: questions": 0.0}
    submitted = [*here.submissions(assignment)]
    for number, one in enumerate([submitted[0], *submitted]):
        cells = Given.of(read_submission(one.path, one.student, release)).cells
        names: dict[str, Any] = {"__name__": "__main__", "display": lambda *shown: None}
        began = time.process_time()
        with contextlib.chdir(one.path.parent), contextlib.redirect_stdout(io.StringIO()):
            for cell in cells:
                if cell.role != "grade":
                    exec(compile(cell.source, cell.id, "exec"), names)
        ran = time.process_time()
        for exercise in release.exercises:
            for case in sheets[exercise].cases:
                answer(case.question, names)
        if number:
            spent["least: cells"] += ran - began
            spent["least: questions"] += time.process_time() - ran
    return spent


# ------------------------------------------------------------------------------------------------------ the whole class

ONCE = ("start of the process that grades", "start of the fork server", "class and student pages")


def whole(folder: Path, assignment: str) -> dict[str, float]:
    """Seconds of CPU that the parts of `autograder grade` take. They add up to all that it takes."""
    import psutil

    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    from autograder.commands import grade as command
    from autograder.course.feedback_writer import FeedbackWriter
    from autograder.course.gradebook import ClassGradebook
    from autograder.grading.pipeline import Grader
    from autograder.running.host import Zygote

    spent: dict[str, float] = defaultdict(float)
    server: list[psutil.Process] = []

    def at_the_first(*_: Any) -> None:
        if not server:
            spent["start of the process that grades"] = time.process_time()
            below = psutil.Process().children(recursive=True)
            living = [one for one in below if one.status() != psutil.STATUS_ZOMBIE]
            server.append(max(living, key=lambda one: one.cpu_times().user))  # bwrap stands above it
            times = server[0].cpu_times()
            spent["start of the fork server"] = times.user + times.system

    def at_the_end(*_: Any) -> None:
        if "fork server: forks" in spent:  # it is closed once more, when it has gone
            return
        times = server[0].cpu_times()
        spent["fork server: forks"] = times.user + times.system - spent["start of the fork server"]
        spent["workers: Python and TensorFlow"] = times.children_user
        spent["workers: kernel (pages, ends)"] = times.children_system

    _counted(Grader, "grade", spent, "asking and judging", at_the_first)
    _counted(ClassGradebook, "write_record", spent, "gradebook")
    _counted(FeedbackWriter, "write", spent, "feedback")
    _counted(command.ReportsAhead, "add", spent, "class and student pages")
    _counted(command, "write_reports", spent, "class and student pages")
    _counted(Zygote, "close", spent, "all else", at_the_end)
    with contextlib.redirect_stdout(sys.stderr):
        assert command.grade(folder, (assignment,), as_json=True) == 0
    with contextlib.suppress(ChildProcessError):
        while True:
            os.wait()
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    total = time.process_time() + ended.ru_utime + ended.ru_stime
    spent["all else"] += total - sum(spent.values())
    return spent


def _counted(
    owner: Any, name: str, spent: dict[str, float], part: str, before: Callable[..., None] = lambda *_: None
) -> None:
    """Let a function count the time of its thread."""
    function = getattr(owner, name)

    @contextlib.contextmanager
    def counting() -> Iterator[None]:
        began = time.thread_time()
        try:
            yield
        finally:
            spent[part] += time.thread_time() - began

    @functools.wraps(function)
    def counted(*given: Any, **named: Any) -> Any:
        before(*given)
        with counting():
            return function(*given, **named)

    setattr(owner, name, counted)


if __name__ == "__main__":
    main()
