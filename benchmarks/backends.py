"""Whether the verdicts are the same on each backend of Keras.

    python -m benchmarks.backends [--only EXERCISE] [--sample N] [--keep FOLDER] [--write]

Every implementation of the corpus of diagnosis is checked with the public cases in a process of each backend, and what
each says is held against what TensorFlow's says: the status, the points, how each check ended, and the mistake that is
named. What uses TensorFlow itself is counted apart. JAX and PyTorch have to be installed: `make as-backends`.

`--write` records the counts in results/backends.json.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import io
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.diagnosis import corpus

ROOT = Path(__file__).resolve().parents[1]
RESULT = ROOT / "benchmarks" / "results" / "backends.json"
BACKENDS = ("tensorflow", "jax", "torch")
SAID = ("status", "points", "checks", "mistake")
"""What is compared. A difference in `mistake` alone is one of words."""


def chosen(only: str | None, sample: int) -> list[corpus.Implementation]:
    """The implementations to be checked, of both corpora."""
    every = [*corpus.load(corpus.CORPUS), *corpus.load(corpus.HELD_OUT)]
    return [one for one in every if only in (None, one.exercise)][::sample]


def uses_keras_only(source: str) -> bool:
    """Whether a source imports no framework but Keras."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").partition(".")[0])
    return names.isdisjoint(BACKENDS)


def sheets() -> dict[str, Any]:
    """The public sheets as students have them: made once, on TensorFlow."""
    from autograder.judging import sheet_files

    found: dict[str, Any] = {}
    for path in sorted((ROOT / "assignments").glob("*/*.checks")):
        found |= sheet_files.read(path)
    return found


def answered(implementations: list[corpus.Implementation]) -> dict[str, dict[str, Any]]:
    """Identity -> what the check says of it, in this process."""
    from autograder.student.checking import check_sheet

    known, found = sheets(), {}
    for one in implementations:
        sheet = known[one.exercise]
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            try:
                target = corpus.namespace(one)[sheet.entry_point]
            except Exception as error:
                found[one.identity] = {"status": f"stopped with {type(error).__name__}"}
                continue
            verdict = check_sheet(sheet, target)
        found[one.identity] = {
            "status": verdict.status,
            "points": verdict.points,
            "checks": {check.id: check.outcome for check in verdict.checks if check.max_points},
            "mistake": verdict.diagnosis.mistake if verdict.diagnosis else "",
            "message": str(verdict.message),
        }
    return found


def on(backend: str, options: argparse.Namespace) -> dict[str, dict[str, Any]]:
    """The same in a process of this backend's."""
    kept = Path(options.keep, f"{backend}.json") if options.keep else None
    if kept is not None and kept.exists():
        found: dict[str, dict[str, Any]] = json.loads(kept.read_text("utf-8"))
        return found
    command = [sys.executable, "-m", "benchmarks.backends", "--here", "--sample", str(options.sample)]
    command += ["--only", options.only] if options.only else []
    places = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | {"PYTHONPATH": places, "KERAS_BACKEND": backend},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"Keras on {backend} could not be asked:\n{done.stderr[-2000:]}")
    if kept is not None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(done.stdout, "utf-8")
    found = json.loads(done.stdout)
    return found


def compared(usual: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    """The first thing of `SAID` in which two differ; empty where they agree."""
    return next((name for name in SAID if usual.get(name) != other.get(name)), "")


def main() -> None:
    """Ask each backend, print what differs, and fail where more than words do."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", help="one exercise")
    parser.add_argument("--sample", type=int, default=1, help="every N-th implementation")
    parser.add_argument("--keep", help="a folder for what each backend says, which is not asked again then")
    parser.add_argument("--write", action="store_true", help=f"record the counts in {RESULT.name}")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    implementations = chosen(options.only, options.sample)
    if options.here:
        print(json.dumps(answered(implementations)))
        return
    found = {backend: on(backend, options) for backend in BACKENDS}
    keras_only = {one.identity for one in implementations if uses_keras_only(one.source)}
    counts: dict[str, Any] = {
        "implementations": len(implementations), "of these with keras alone": len(keras_only),
    }  # fmt: skip
    differ = False
    for backend in BACKENDS[1:]:
        tally: Counter[str] = Counter()
        for identity, usual in found[BACKENDS[0]].items():
            if identity not in keras_only:
                continue
            where = compared(usual, found[backend][identity])
            tally[where] += 1
            if where:
                print(f"{backend}: {identity} differs in {where}: {usual} -> {found[backend][identity]}")
        counts[backend] = {
            "the same verdict": tally[""] + tally["mistake"], "and the same mistake named": tally[""],
        }  # fmt: skip
        differ = differ or tally[""] + tally["mistake"] < len(keras_only)
    print(json.dumps(counts, indent=1))
    if options.write:
        recorded = json.loads(RESULT.read_text("utf-8")) if RESULT.exists() else {}
        RESULT.write_text(json.dumps({**recorded, "corpus of diagnosis": counts}, indent=1) + "\n", "utf-8")
    if differ:
        sys.exit(1)


if __name__ == "__main__":
    main()
