"""How many attacks earn points under stock `nbgrader autograde`, and how many under `autograder grade`?

    python benchmarks/attacks.py [--level full] [--workers 2] [--only PATTERN]

The attacks of tests/attacks that are after points. Stock means: nbgrader as installed, without any configuration of
ours; the tests of the released notebooks call `check` in the student's own kernel. An attack earns points where it gets
more than tests/attacks says that it deserves. Prints a table and writes attacks.json beside this file.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

from attacks.build import Attack, attacks, expected, submit  # noqa: E402
from attacks.test_attacks import PR_SET_CHILD_SUBREAPER, children, grade_class  # noqa: E402

TOPICS = ("points", "builtins")
BESIDES = frozenset({"answers/solutions_beside_the_notebook"})
LEFT_OUT = frozenset(
    {
        "points/kills_everybody",  # there is no wall there: it would
        "points/stops_itself",
        "points/threads_that_stay",
        "points/forged_answers",  # there is no such protocol there, only the kernel's own sockets to break
        "points/forged_cell",
        "points/forged_giant",
        "points/steals_the_question",
    }
)
STOCK = """
c = get_config()
c.CourseDirectory.course_id = "stock"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "assignments"
c.Execute.timeout = 60
c.Execute.startup_timeout = 120
"""


def main() -> None:
    """Run both graders over the attacks, print, and write the file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--level", default="full")
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--only", default="", help="attacks whose id contains this")
    options = parser.parse_args()
    chosen = tuple(
        attack
        for attack in attacks()
        if (attack.topic in TOPICS or attack.id in BESIDES) and attack.id not in LEFT_OUT and options.only in attack.id
    )
    with tempfile.TemporaryDirectory(prefix="bench-attacks-") as folder:
        began = time.monotonic()
        ours = points_here(chosen, options.level, Path(folder) / "ours")
        between = time.monotonic()
        # What attackers leave running under stock becomes a child of this process, and is ended with it.
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        shares = [chosen[k :: options.workers] for k in range(options.workers)]
        with ThreadPoolExecutor(options.workers) as pool:
            parts = pool.map(points_there, shares, (Path(folder) / f"stock-{k}" for k in range(options.workers)))
            there = {name: points for part in parts for name, points in part.items()}
        ended = time.monotonic()
        for pid in children():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    rows = [row(attack, there.get(attack.id), ours[attack.id]) for attack in chosen]
    result = {
        "attacks": len(rows),
        "earn points under stock nbgrader": sum(one["stock"] > one["deserved"] for one in rows),
        f"earn points under gatebook ({options.level})": sum(one["gatebook"] > one["deserved"] for one in rows),
        "seconds": {"stock": round(ended - between, 1), "gatebook": round(between - began, 1)},
        "each": rows,
    }
    for one in rows:
        marks = "".join("!" if one[grader] > one["deserved"] else " " for grader in ("stock", "gatebook"))
        print(f"{one['attack']:40} deserved {one['deserved']:4g}   stock {one['stock']:4g}{marks[0]}  "
              f"gatebook {one['gatebook']:4g}{marks[1]}")  # fmt: skip
    print(json.dumps({name: value for name, value in result.items() if name != "each"}, indent=1))
    if not options.only:
        Path(__file__).with_suffix(".json").write_text(json.dumps(result, indent=1) + "\n", "utf-8")


def row(attack: Attack, stock: dict[str, float] | None, gatebook: dict[str, float]) -> dict[str, Any]:
    """What an attack deserves and gets, over the exercises that it is about."""
    wanted = expected(attack)
    return {
        "attack": attack.id,
        "tries": attack.tries,
        "deserved": sum(points for _, points in wanted.values()),
        "stock": sum((stock or {}).get(exercise, 0.0) for exercise in wanted),
        "stock_graded": stock is not None,
        "gatebook": sum(gatebook[exercise] for exercise in wanted),
    }


def points_here(chosen: Sequence[Attack], level: str, folder: Path) -> dict[str, dict[str, float]]:
    """Attack -> exercise -> points by `autograder grade`."""
    folder.mkdir()
    graded = grade_class(level, folder, tuple(chosen))
    return {
        attack.id: {
            verdict.exercise: verdict.points for verdict in graded.record(attack.student, attack.assignment).verdicts
        }
        for attack in chosen
    }


def points_there(chosen: Sequence[Attack], course: Path) -> dict[str, dict[str, float]]:
    """Attack -> exercise -> points by `nbgrader autograde`; attacks it could not grade are left out."""
    for name in ("solutions", "assignments"):
        shutil.copytree(ROOT / name, course / name)
    (course / "nbgrader_config.py").write_text(STOCK, "utf-8")
    for attack in chosen:
        submit(attack, course / "submitted")
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    found = {}
    for assignment in sorted({attack.assignment for attack in chosen}):
        for command in (["generate_assignment", assignment, "--force"], ["autograde", assignment]):
            # It ends with an error when a single submission could not be graded.
            subprocess.run(
                [sys.executable, "-m", "nbgrader", *command],
                cwd=course, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False,
            )  # fmt: skip
        scores = nbgrader_scores(course, assignment)
        found |= {attack.id: scores[attack.student] for attack in chosen if attack.student in scores}
    return found


def nbgrader_scores(course: Path, assignment: str) -> dict[str, dict[str, float]]:
    """Student -> exercise -> points in nbgrader's database, of those that have an autograded notebook."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        return {
            submission.student.id: {
                grade.name.removesuffix("_check"): float(grade.auto_score or 0.0)
                for notebook in submission.notebooks
                for grade in notebook.grades
            }
            for submission in gradebook.assignment_submissions(assignment)
            if (course / "autograded" / submission.student.id / assignment).is_dir()
        }


if __name__ == "__main__":
    main()
