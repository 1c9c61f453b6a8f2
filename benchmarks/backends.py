"""Whether the verdicts are the same on each backend of Keras.

    python -m benchmarks.backends [--only NAME] [--sample N] [--keep FOLDER] [--write]

Three things are asked on each backend, and what comes of them is held against what comes of them on TensorFlow: the
status, the points, how each check ended, and the mistake that is named.

- corpus: every implementation of the corpus of diagnosis, and of the one held out, is checked with the public cases.
- class: the answers of the sample class are, each after the cells before it. What never ends, or ends its process, is
  left to the third.
- grades: the sample class is graded, in the sandbox and with secret cases.

What uses a framework itself is not asked. Where a framework takes what another refuses, such as a slice backwards, the
verdicts differ rightly: `DIFFERENT` says which these are and why. JAX and PyTorch have to be installed, see
`make as-backends`. `--write` records the counts in results/backends.json.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import fnmatch
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.diagnosis import corpus

ROOT = Path(__file__).resolve().parents[1]
RESULT = ROOT / "benchmarks" / "results" / "backends.json"
BACKENDS = ("tensorflow", "jax", "torch")
SAID = ("status", "points", "checks", "mistake")
"""What is compared. A difference in `mistake` alone is one of words."""
CELL_SECONDS = 20
OUTSIDE_OF_THE_SANDBOX = ("infinite_loop", "leaves_early", "memory_hog", "not_a_notebook")
"""Students of the sample class whose notebooks are run by a grader only."""
DIFFERENT = {
    ("*", "*/keras.numpy_in_call*"): "NumPy takes tensors of each framework differently",
    ("*", "*/keras.static_batch_size#2"): "only TensorFlow leaves sizes open where a layer is called without numbers",
    (
        "*",
        "*/heldout.batch_size_from_shape",
    ): "only TensorFlow leaves sizes open where a layer is called without numbers",
    ("*", "conv2d/windows_tensordot/conv.height_width_exchanged"): (
        "only TensorFlow's tensordot takes axes of other lengths, whose product is the same"
    ),
    ("jax", "lstm/with_cell/rnn.units_taken_for_timesteps"): "JAX reads the last entry where an index is too large",
    ("jax", "simple_cnn/added/model.one_output_number"): "JAX computes a loss of labels that there is no output for",
    ("torch", "bidirectional_lstm/slices_and_flag*"): "PyTorch has no slices with a negative step",
    ("torch", "conv1d/windows/conv.kernel_flipped*"): "PyTorch has no slices with a negative step",
    ("torch", "conv2d/rows_of_windows/heldout.kernel_turned*"): "PyTorch has no slices with a negative step",
    ("torch", "conv2d/rows_of_windows/heldout.written_into_an_array"): "tensors of PyTorch can be written into",
    ("torch", "lstm/per_gate/keras.item_assignment"): "tensors of PyTorch can be written into",
}
"""(backend, identity) -> why the verdicts are not the same."""

Answers = dict[str, dict[str, Any]]


def uses_keras_only(source: str) -> bool:
    """Whether a source imports no framework but Keras."""
    return re.search(rf"^\s*(import|from)\s+({'|'.join(BACKENDS)})\b", source, re.MULTILINE) is None


def sheets() -> dict[str, Any]:
    """The public sheets as students have them: made once, on TensorFlow."""
    from autograder.judging import sheet_files

    found: dict[str, Any] = {}
    for path in sorted((ROOT / "assignments").glob("*/*.checks")):
        found |= sheet_files.read(path)
    return found


def said(verdict: Any) -> dict[str, Any]:
    """What of a verdict is compared, and its first sentence."""
    return {
        "status": verdict.status,
        "points": verdict.points,
        "checks": {check.id: check.outcome for check in verdict.checks if check.max_points},
        "mistake": verdict.diagnosis.mistake if verdict.diagnosis else "",
        "message": str(verdict.message),
    }


def asked_of_the_corpus(only: str | None, sample: int) -> Answers:
    """Identity -> what the check says of it."""
    from autograder.student.checking import check_sheet

    known, found = sheets(), {}
    every = [*corpus.load(corpus.CORPUS), *corpus.load(corpus.HELD_OUT)]
    for one in [one for one in every if only in (None, one.exercise) and uses_keras_only(one.source)][::sample]:
        sheet = known[one.exercise]
        with _quiet():
            try:
                target = corpus.namespace(one)[sheet.entry_point]
            except Exception as error:
                found[one.identity] = {"status": f"stopped with {type(error).__name__}"}
                continue
            found[one.identity] = said(check_sheet(sheet, target))
    return found


def asked_of_the_class(only: str | None, sample: int) -> Answers:
    """student/assignment/exercise -> what the check says of it."""
    from autograder.student.checking import check_sheet, undefined

    known, found = sheets(), {}
    for path in _submissions(only, sample):
        student = path.parts[-3]
        if student in OUTSIDE_OF_THE_SANDBOX:
            continue
        names: dict[str, Any] = {"__name__": "__main__"}
        with _quiet():
            for cell in _answers_in(path):
                with contextlib.suppress(Exception), _limited(CELL_SECONDS):
                    exec(compile(cell, f"<{student}>", "exec"), names)
            for sheet in (one for one in known.values() if one.assignment == path.stem):
                entry = names.get(sheet.entry_point)
                verdict = undefined(sheet, names) if entry is None else check_sheet(sheet, entry)
                found[f"{student}/{path.stem}/{sheet.exercise}"] = said(verdict)
    return found


def asked_for_grades(only: str | None, sample: int, backend: str) -> Answers:
    """student/assignment/exercise -> what the grader says of it."""
    from autograder.course.folder import open_course
    from autograder.grading.pipeline import Grader, Options
    from autograder.running.host import Zygote
    from autograder.sheets.maker import SheetMaker

    found: Answers = {}
    by_assignment: dict[str, dict[str, Path]] = {}
    for path in _submissions(only, sample):
        by_assignment.setdefault(path.stem, {})[path.parts[-3]] = path
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name in ("solutions", "assignments"):
            shutil.copytree(ROOT / name, root / name)
        shutil.copy(ROOT / "nbgrader_config.py", root)
        (root / ".gatebook").mkdir()
        # The same secret, and so the same cases, on each.
        (root / ".gatebook" / "secret").write_text("5" * 64 + "\n", "utf-8")
        (root / ".gatebook" / "secret").chmod(0o600)
        course = open_course(root)
        options = dataclasses.replace(Options.of(course.settings), backend=backend)
        with (
            contextlib.closing(Zygote(options.sandbox, backend=backend, private=course.private)) as zygote,
            contextlib.closing(SheetMaker()) as maker,
        ):
            for assignment, submissions in by_assignment.items():
                with Grader(course, assignment, options, zygote, maker) as grader:
                    for graded in grader.grade_class(submissions):
                        for verdict in graded.record.verdicts:
                            found[f"{graded.record.student}/{assignment}/{verdict.exercise}"] = said(verdict)
    return found


def _submissions(only: str | None, sample: int) -> list[Path]:
    found = sorted((ROOT / "tests" / "class" / "submitted").glob("*/*/*.ipynb"))
    return [path for path in found if only in (None, path.parts[-3]) and all(map(uses_keras_only, _answers_in(path)))][
        ::sample
    ]


def _answers_in(path: Path) -> list[str]:
    """The cells that a student wrote."""
    try:
        cells = json.loads(path.read_text("utf-8"))["cells"]
    except (ValueError, KeyError):
        return []
    about = [(cell, cell["metadata"].get("nbgrader", {})) for cell in cells if cell["cell_type"] == "code"]
    kept = [cell for cell, facts in about if facts.get("solution") or not facts or facts.get("grade_id") == "imports"]
    written = ["".join(cell["source"]) for cell in kept if "demo" not in cell["metadata"].get("tags", ())]
    return [source for source in written if not source.lstrip().startswith(("%", "check(", "from autograder"))] or [""]


@contextlib.contextmanager
def _quiet() -> Any:
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        yield


@contextlib.contextmanager
def _limited(seconds: int) -> Any:
    def stop(*_: Any) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


ASKED: dict[str, tuple[Callable[..., Answers], tuple[str, ...]]] = {
    "corpus": (asked_of_the_corpus, BACKENDS),
    "class": (asked_of_the_class, BACKENDS),
    "grades": (asked_for_grades, BACKENDS),
}
"""What is asked, and on which backends."""


def on(backend: str, asked: str, options: argparse.Namespace) -> Answers:
    """What is said in a process of this backend's."""
    kept = Path(options.keep, f"{asked}-{backend}.json") if options.keep else None
    if kept is not None and kept.exists():
        found: Answers = json.loads(kept.read_text("utf-8"))
        return found
    command = [sys.executable, "-m", "benchmarks.backends", "--here", asked, "--sample", str(options.sample)]
    command += ["--only", options.only] if options.only else []
    places = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    runs_on = "tensorflow" if asked == "grades" else backend
    done = subprocess.run(
        [*command, "--backend", backend], cwd=ROOT, env=os.environ | {"PYTHONPATH": places, "KERAS_BACKEND": runs_on},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"{asked} could not be asked with Keras on {backend}:\n{done.stderr[-2000:]}")
    if kept is not None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(done.stdout, "utf-8")
    found = json.loads(done.stdout)
    return found


def compared(usual: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    """The first thing of `SAID` in which two differ; empty where they agree."""
    return next((name for name in SAID if usual.get(name) != other.get(name)), "")


def why_different(backend: str, identity: str) -> str:
    """Why the verdicts of this backend and of TensorFlow differ rightly; empty where they should be the same."""
    return next(
        (why for (where, which), why in DIFFERENT.items()
         if fnmatch.fnmatchcase(backend, where) and fnmatch.fnmatchcase(identity, which)),
        "",
    )  # fmt: skip


def tallied(backend: str, usual: Answers, other: Answers) -> tuple[dict[str, Any], list[str]]:
    """The counts, and what differs and should not."""
    tally: Counter[str] = Counter()
    wrong = []
    for identity, verdict in usual.items():
        where = compared(verdict, other[identity])
        expected = why_different(backend, identity) if where else ""
        tally[expected or ("words" if where == "mistake" else where and "verdict")] += 1
        if where and not expected:
            wrong.append(f"{backend}: {identity} differs in {where}: {verdict} -> {other[identity]}")
    reasons = {why: tally[why] for why in dict.fromkeys(DIFFERENT.values()) if tally[why]}
    counts = {
        "asked": len(usual), "the same verdict": tally[""] + tally["words"], "and the same mistake named": tally[""],
        "another verdict": tally["verdict"], "rightly another": reasons,
    }  # fmt: skip
    return counts, wrong


def main() -> None:
    """Ask each backend, print what differs, and fail where more than words do."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("asked", nargs="*", default=[], help=f"of {', '.join(ASKED)}; all by default")
    parser.add_argument("--only", help="one exercise of the corpus, or one student of the class")
    parser.add_argument("--sample", type=int, default=1, help="every N-th")
    parser.add_argument("--keep", help="a folder for what each backend says, which is not asked again then")
    parser.add_argument("--write", action="store_true", help=f"record the counts in {RESULT.name}")
    parser.add_argument("--here", choices=ASKED, help=argparse.SUPPRESS)
    parser.add_argument("--backend", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here:
        ask, _ = ASKED[options.here]
        more = (options.backend,) if options.here == "grades" else ()
        print(json.dumps(ask(options.only, options.sample, *more)))
        return
    recorded: dict[str, Any] = json.loads(RESULT.read_text("utf-8")) if RESULT.exists() else {}
    differ = False
    for asked in options.asked or ASKED:
        usual, *others = ASKED[asked][1]
        answers = on(usual, asked, options)
        recorded[asked] = {}
        for backend in others:
            recorded[asked][backend], wrong = tallied(backend, answers, on(backend, asked, options))
            differ = differ or bool(recorded[asked][backend]["another verdict"])
            print(*wrong, sep="\n" if wrong else "")
            print(asked, backend, json.dumps(recorded[asked][backend], indent=1), flush=True)
    if options.write:
        RESULT.write_text(json.dumps(recorded, indent=1) + "\n", "utf-8")
    if differ:
        sys.exit(1)


if __name__ == "__main__":
    main()
