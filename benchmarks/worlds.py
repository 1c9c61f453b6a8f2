"""What does the open world cost, in which a submission runs before it is asked anything?

    python benchmarks/worlds.py [--times 15]

Grades the solution of each assignment so many times and prints the median of (open world) / (all the rest), of the same
runs.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
from pathlib import Path

from autograder.course.folder import open_course
from autograder.grading.pipeline import Grader

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=15, help="how often each solution is graded")
    times = parser.parse_args().times
    with tempfile.TemporaryDirectory() as folder:
        course = Path(folder)
        for name in ("solutions", "assignments"):
            shutil.copytree(ROOT / name, course / name)
        shutil.copy(ROOT / "nbgrader_config.py", course)
        for solution in sorted((course / "solutions").glob("*/*.ipynb")):
            with Grader(open_course(course), solution.stem) as grader:
                grader.grade(solution, "warm")
                seconds = [grader.grade(solution, "student").record.seconds for _ in range(times)]
            ratios = [one["open"] / (one["session"] - one["open"]) for one in seconds]
            spread = f"{min(ratios):.3f} to {max(ratios):.3f}"
            print(f"{solution.stem}: {statistics.median(ratios):.3f} ({spread}, {times} times)")


if __name__ == "__main__":
    main()
