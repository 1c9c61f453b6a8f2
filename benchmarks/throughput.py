"""How long does a class take, here and under stock nbgrader?

    python -m benchmarks.throughput [--students 40] [--stock 40] [ASSIGNMENT ...]

Both grade the same notebooks, right answers in mixed styles, and write gradebook and feedback. Here that is
`autograder grade` with everything that it does by itself: sandbox, every check, a first run that makes the secret
questions, and one more of the same class. Stock means `nbgrader autograde` and `nbgrader generate_feedback` without any
configuration of ours; the same questions are ordinary test cells there, asked in the notebook's own kernel, and what
only demonstrates is taken out of the notebooks beforehand. It runs once as it comes, and once as the best that its
users can do: one process for each core, each with its share of the class. Prints the figures and writes
results/throughput.json beside this file.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import nbformat

from autograder.judging import sheet_files
from benchmarks.diagnosis.corpus import load

ROOT = Path(__file__).resolve().parents[1]
RESULT = ROOT / "benchmarks" / "results" / "throughput.json"
CORES = len(os.sched_getaffinity(0))
STOCK = """
c = get_config()
c.CourseDirectory.course_id = "stock"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "assignments"
c.Execute.timeout = 120
c.Execute.startup_timeout = 120
"""
TEST = """
from pathlib import Path
from autograder.answering.answers import answer
from autograder.judging import policy, sheet_files
from autograder.model import Observation

sheet = sheet_files.read(Path({sheets!r}))[{exercise!r}]
answers = {{case.id: answer(case.question, globals()) for case in sheet.cases}}
assert policy.judge(sheet, Observation({exercise!r}, answers), "test").points == {points}
"""


def main() -> None:
    """Run both graders over the classes, print, and write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("assignments", nargs="*", default=["rnn", "lstm", "cnn"])
    parser.add_argument("--students", type=int, default=40)
    parser.add_argument("--stock", type=int, default=0, help="how many of them stock grades; 0: all")
    options = parser.parse_args()
    found = json.loads(RESULT.read_text("utf-8")) if RESULT.exists() else {}
    for name in options.assignments:
        with tempfile.TemporaryDirectory(prefix="throughput-") as folder:
            found[name] = compared(Path(folder), name, options.students, options.stock or options.students)
        print(f"{name}: {json.dumps(found[name], indent=1)}", flush=True)
        RESULT.parent.mkdir(exist_ok=True)
        RESULT.write_text(json.dumps(found, indent=1) + "\n", "utf-8")


def compared(folder: Path, assignment: str, students: int, by_stock: int) -> dict[str, Any]:
    """Seconds for each submission, and how many times as many stock takes."""
    here = folder / "here"
    for name in ("solutions", "assignments"):
        shutil.copytree(ROOT / name, here / name)
    shutil.copy(ROOT / "nbgrader_config.py", here)
    hand_in(here, assignment, students)
    grade = [sys.executable, "-m", "autograder", "grade", assignment, "--course", str(here), "--json"]
    first, _ = timed(grade, folder)
    again, output = timed([*grade, "--force"], folder)
    records = json.loads(output)["records"]
    assert len(records) == students
    sheets = next((here / ".gatebook" / "sheets").rglob(f"*{sheet_files.SUFFIX}"))
    _, once = stock(folder / "stock", here, assignment, sheets, range(by_stock))
    shares = [range(k, by_stock, CORES) for k in range(CORES)]
    began = time.monotonic()
    with ThreadPoolExecutor(CORES) as pool:
        places = (folder / f"stock-{k}" for k in range(CORES))
        made = pool.map(lambda place, share: stock(place, here, assignment, sheets, share), places, shares)
        prepared = max(preparing for preparing, _ in made)
    shared = time.monotonic() - began - prepared
    each = {
        "gatebook, the first time": first / students,
        "gatebook": again / students,
        "stock": once / by_stock,
        "stock, one process a core": shared / by_stock,
    }
    return {
        "cores": CORES,
        "submissions": {"gatebook": students, "stock": by_stock},
        "seconds a submission": {name: round(value, 3) for name, value in each.items()},
        "times faster": round(each["stock"] / each["gatebook"], 1),
        "times faster, the first time": round(each["stock"] / each["gatebook, the first time"], 1),
        "times faster than one process a core": round(each["stock, one process a core"] / each["gatebook"], 1),
        "points": {"gatebook": sum(one["points"] for one in records), "of": sum(one["max_points"] for one in records)},
    }


def hand_in(course: Path, assignment: str, students: int) -> None:
    """Right answers in styles that others wrote, drawn for each student and exercise."""
    styles: dict[str, list[str]] = {}
    for one in load():
        if one.right:
            styles.setdefault(one.exercise, []).append(one.source)
    dice = random.Random(assignment)
    for number in range(students):
        notebook = nbformat.read(course / "solutions" / assignment / f"{assignment}.ipynb", 4)
        for cell in notebook.cells:
            marks = cell.metadata.get("nbgrader", {})
            if cell.cell_type == "code" and marks.get("solution") and marks.get("grade_id") in styles:
                cell.source = dice.choice([cell.source, *styles[marks["grade_id"]]])
        place = course / "submitted" / f"s{number:03}" / assignment
        place.mkdir(parents=True)
        nbformat.write(notebook, place / f"{assignment}.ipynb")


def stock(course: Path, here: Path, assignment: str, sheets: Path, students: Sequence[int]) -> tuple[float, float]:
    """Seconds to prepare, and to grade by nbgrader alone."""
    began = time.monotonic()
    (course / "solutions" / assignment).mkdir(parents=True)
    (course / "nbgrader_config.py").write_text(STOCK, "utf-8")
    exercises = sheet_files.read(sheets)
    for path in (here / "solutions" / assignment, *(here / "submitted" / f"s{k:03}" / assignment for k in students)):
        notebook = nbformat.read(path / f"{assignment}.ipynb", 4)
        for cell in notebook.cells:
            marks = cell.metadata.get("nbgrader", {})
            if "demo" in cell.metadata.get("tags", ()):
                cell.source = ""
            elif marks.get("grade") and not marks.get("solution"):
                sheet = exercises[marks["grade_id"].removesuffix("_check")]
                cell.source = TEST.format(sheets=str(sheets), exercise=sheet.exercise, points=float(marks["points"]))
        place = course / path.relative_to(here)
        place.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, place / f"{assignment}.ipynb")
    nbgrader = [sys.executable, "-m", "nbgrader"]
    timed([*nbgrader, "generate_assignment", assignment, "--force"], course)
    prepared = time.monotonic()
    timed([*nbgrader, "autograde", assignment], course)
    timed([*nbgrader, "generate_feedback", assignment], course)
    ended = time.monotonic()
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        graded = gradebook.assignment_submissions(assignment)
        assert len(graded) == len(students), f"{len(graded)} of {len(students)} were graded in {course}"
        scores = [grade.auto_score or 0 for one in graded for note in one.notebooks for grade in note.grades]
        assert sum(scores) > 0, f"nobody got a point in {course}"
    return prepared - began, ended - prepared


def timed(command: Sequence[str], folder: Path) -> tuple[float, str]:
    """Seconds that a command takes, and what it prints."""
    began = time.monotonic()
    done = subprocess.run(
        command, cwd=folder, env=environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = done.stdout[-2000:] + done.stderr[-2000:]
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}:\n{said}")
    return time.monotonic() - began, done.stdout


def environment() -> dict[str, str]:
    """Of commands that are timed: this environment's programs, and this checkout's packages."""
    places = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    return os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": places,
    }  # fmt: skip


if __name__ == "__main__":
    main()
