"""How long does `check` take?

    python -m benchmarks.latency [ASSIGNMENT ...]

Runs the cells of each solution in a process of its own, and `check` of every exercise where it stands: the first time,
as the student who has just restarted the notebook sees it, and once more, as the one who tries again. Prints what each
takes and what share of it the answers themselves do, and writes results/latency.json beside this file.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
RESULT = ROOT / "benchmarks" / "results" / "latency.json"


def main() -> None:
    """One process for each assignment; print, and write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("assignments", nargs="*")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here:
        print(json.dumps(measured(options.assignments[0])))
        return
    found: dict[str, Any] = json.loads(RESULT.read_text("utf-8")) if RESULT.exists() else {}
    for name in options.assignments or sorted(path.stem for path in (ROOT / "solutions").glob("*/*.ipynb")):
        command = [sys.executable, "-m", "benchmarks.latency", "--here", name]
        places = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
        with tempfile.TemporaryDirectory() as folder:
            # Of a copy, for a check writes down how far one has come; beside it lie the earlier notebooks.
            shutil.copytree(ROOT / "solutions", folder, dirs_exist_ok=True)
            done = subprocess.run(
                command, cwd=Path(folder, name), env=os.environ | {"PYTHONPATH": places},
                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True,
            )  # fmt: skip
        found[name] = json.loads(done.stdout)
        for exercise, one in found[name].items():
            print(f"{name:12} {exercise:22} first {one['first']:6.2f} s   again {one['again']:6.2f} s   "
                  f"answers {one['answers']:4.0%} of it", flush=True)  # fmt: skip
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(found, indent=1) + "\n", "utf-8")


def measured(assignment: str) -> dict[str, dict[str, float]]:
    """Exercise -> seconds of the first check and of one more, and the share of the second that answers take."""
    import nbformat

    import autograder
    from autograder.answering import answers

    taken = 0.0
    answer = answers.answer

    def timed(*arguments: Any) -> Any:
        nonlocal taken
        began = time.perf_counter()
        try:
            return answer(*arguments)
        finally:
            taken += time.perf_counter() - began

    names: dict[str, Any] = {"__name__": "__main__", "display": lambda *shown: None}
    found = {}
    answers.answer = timed
    with contextlib.redirect_stdout(io.StringIO()):
        for cell in nbformat.read(f"{assignment}.ipynb", 4).cells:
            marks = cell.metadata.get("nbgrader", {})
            if cell.cell_type != "code" or "demo" in cell.metadata.get("tags", ()):
                continue
            if marks.get("grade") and not marks.get("solution"):
                exercise = marks["grade_id"].removesuffix("_check")
                seconds = []
                for _ in range(2):
                    taken, began = 0.0, time.perf_counter()
                    checked = eval("check(exercise)", names | {"exercise": exercise, "check": autograder.check})
                    checked._repr_mimebundle_()
                    seconds.append(time.perf_counter() - began)
                assert checked, f"the solution of {exercise} is not right"
                found[exercise] = {
                    "first": round(seconds[0], 3),
                    "again": round(seconds[1], 3),
                    "answers": round(taken / seconds[1], 2),
                }
            else:
                exec(compile(cell.source, cell.id, "exec"), names)
    return found


if __name__ == "__main__":
    main()
