"""Are verdicts the same on a GPU, and what does it cost?

    python -m benchmarks.gpu [--every 15] [--sandbox full]
    python -m benchmarks.gpu --emulate [EXERCISE ...]
    python -m benchmarks.gpu --rehearse

Where a GPU is: grades every solution, a part of the corpus of diagnosis and who hands in Keras's own layers on the CPU
and on the GPU, with the same secret questions, and compares verdicts and seconds; then calibrates and answers every
exercise on the CPU and on the GPU, with TF32 and without, and says how right answers and mistakes stand to the
tolerances. Writes results/gpu.json beside this file; ends with 1 where a verdict differs or a built-in earns points,
and with 2 where no GPU can be used. Ten minutes on 16 cores.

`--emulate` needs none: it rounds as a GPU's products do, on the CPU, and writes results/gpu_emulation.json; a quarter
of an hour on one core. `--rehearse` goes through the first part with the CPU in the place of the GPU, and writes
nothing.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results"
EMULATED, MEASURED = RESULTS / "gpu_emulation.json", RESULTS / "gpu.json"
BUILT_IN = {
    "simple_rnn": "SimpleRNN", "simple_rnn_cell": "SimpleRNNCell", "lstm": "LSTM", "lstm_cell": "LSTMCell",
    "conv1d": "Conv1D", "conv2d": "Conv2D", "max_pool2d": "MaxPooling2D", "average_pool2d": "AveragePooling2D",
}  # fmt: skip
"""Exercises, and what of Keras's must not answer them, on a GPU either: a student `delegates` to these."""


def main() -> int:
    """Do what was asked for, print, and write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("exercises", nargs="*", help="only the tolerances of these")
    parser.add_argument("--every", type=int, default=15, help="of the wrong implementations, every such one is graded")
    parser.add_argument("--sandbox", default="full", help="its level")
    parser.add_argument("--emulate", action="store_true", help="on a CPU, with the rounding of a GPU")
    parser.add_argument("--rehearse", action="store_true", help="with the CPU in the place of the GPU")
    parser.add_argument("--on-the-gpu", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    os.environ |= {"TF_ENABLE_ONEDNN_OPTS": "0", "TF_CPP_MIN_LOG_LEVEL": "3"}
    if options.emulate:
        emulate(options.exercises)
        return 0
    if options.on_the_gpu:
        print(json.dumps(on_the_gpu(options.exercises)))
        return 0
    return measure(options)


def measure(options: argparse.Namespace) -> int:
    """Both parts, on the GPU of this machine."""
    from autograder.running import devices

    gpu = None
    if not options.rehearse:
        try:
            gpu = devices.find("gpu")
        except devices.DeviceError as error:
            print(f"{error.why} `--emulate` measures without one.", file=sys.stderr)
            return 2
    found: dict[str, Any] = {"gpu": str(gpu), "sandbox": options.sandbox}
    try:
        found |= graded(options)
    except devices.DeviceError as error:
        print(error.why, file=sys.stderr)
        return 2
    if gpu is not None:
        # In a process of its own: what makes secret sheets sees no GPU.
        command = [sys.executable, "-m", "benchmarks.gpu", "--on-the-gpu", *options.exercises]
        places = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
        environment = os.environ | {"PYTHONPATH": places, "CUDA_VISIBLE_DEVICES": gpu.uuid}
        environment["TF_FORCE_GPU_ALLOW_GROWTH"] = "true"
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
        found["tolerances"] = json.loads(done.stdout)
        found["versions"] |= found["tolerances"].pop("versions")
    short = {**found, "tolerances": found.get("tolerances", {}).get("together")}
    print(json.dumps(short, indent=1))
    if gpu is not None and not options.exercises:
        MEASURED.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    return 1 if found["verdicts"]["different"] or found["verdicts"]["built-ins that earn points"] else 0


# --------------------------------------------------------------------------------------------------------- grading


def graded(options: argparse.Namespace) -> dict[str, Any]:
    """The same class on both devices: verdicts, and seconds."""
    from autograder.course.folder import open_course
    from autograder.grading.pipeline import Grader, Options

    on = {"cpu": "cpu", "gpu": "cpu" if options.rehearse else "gpu"}
    different: dict[str, list[str]] = {}
    earning: list[str] = []
    seconds = dict.fromkeys(on, 0.0)
    number = 0
    with course(options.every) as (root, handed_in), contextlib.ExitStack() as stack:
        settings = {name: Options(sandbox=options.sandbox, device=device) for name, device in on.items()}
        private = open_course(root).private
        servers = {name: stack.enter_context(settings[name].zygote(private)) for name in on}
        for assignment, paths in handed_in.items():
            records: dict[str, dict[str, Any]] = {name: {} for name in on}
            for name in on:
                with Grader(open_course(root), assignment, settings[name], servers[name]) as grader:
                    for student, path in paths.items():  # makes the sheets, which is nobody's time
                        grader.sheets_for(student, grader.read(path, student).sha256)
                    began = time.monotonic()
                    records[name] = {one.record.student: one.record for one in grader.grade_class(paths)}
                    seconds[name] += time.monotonic() - began
            number += len(paths)
            earning += [
                f"{name}: {verdict.exercise}"
                for name in on
                if "delegates" in paths
                for verdict in records[name]["delegates"].verdicts
                if verdict.exercise in BUILT_IN and verdict.points
            ]
            for student in paths:
                said = differences(records["cpu"][student], records["gpu"][student])
                if said:
                    different[f"{assignment}/{student}"] = said
            print(f"{assignment}: {len(paths)} submissions", file=sys.stderr, flush=True)
        alone = alone_in_turn(root, settings, servers)
        starts = {name: ready_in(servers[name]) for name in on}
        workers = {name: servers[name].workers() for name in on}
    each = {name: round(total / number, 3) for name, total in seconds.items()}
    return {
        "versions": records["cpu"][student].versions,
        "workers": workers,
        "verdicts": {
            "submissions": number,
            "the same": number - len(different),
            "different": different,
            "built-ins that earn points": earning,
        },
        "seconds a submission, all workers busy": each | {"ratio": round(each["gpu"] / each["cpu"], 2)},
        "seconds of the solution of lstm, alone": alone | {"ratio": round(alone["gpu"] / alone["cpu"], 2)},
        "seconds until a worker is ready": starts,
    }


def differences(record: Any, other: Any) -> list[str]:
    """What is not said alike of one submission: statuses, points, outcomes of checks and names of mistakes. Numbers in
    sentences may differ in their last digits."""
    found = []
    if record.status != other.status or len(record.verdicts) != len(other.verdicts):
        found.append(f"{record.status} here, {other.status} there")
    for one, beside in zip(record.verdicts, other.verdicts, strict=False):
        if _gist(one) != _gist(beside):
            found.append(f"{one.cell_id}: {_gist(one)} here, {_gist(beside)} there")
    return found


def _gist(verdict: Any) -> tuple[Any, ...]:
    named = verdict.diagnosis
    both = () if named is None else (named.mistake, named.second.mistake if named.second else "")
    return verdict.status, verdict.points, tuple((check.id, check.outcome) for check in verdict.checks), both


def alone_in_turn(root: Path, settings: Mapping[str, Any], servers: Mapping[str, Any]) -> dict[str, float]:
    """Seconds of one submission that has the machine for itself: the median of three, each in turn on both devices."""
    from autograder.course.folder import open_course
    from autograder.grading.pipeline import Grader

    taken: dict[str, list[float]] = {name: [] for name in servers}
    path = root / "submitted" / "solution" / "lstm" / "lstm.ipynb"
    graders = {name: Grader(open_course(root), "lstm", settings[name], servers[name]) for name in servers}
    for grader in graders.values():
        grader.sheets_for("solution", grader.read(path, "solution").sha256)
    for _ in range(3):
        for name, grader in graders.items():
            began = time.monotonic()
            grader.grade(path, "solution")
            taken[name].append(time.monotonic() - began)
    return {name: round(median(times), 3) for name, times in taken.items()}


def ready_in(server: Any) -> float:
    """The median of five starts of a worker; with a GPU, CUDA starts with it."""
    taken = []
    for _ in range(5):
        began = time.monotonic()
        with server.spawn():
            taken.append(time.monotonic() - began)
    return round(median(taken), 3)


@contextlib.contextmanager
def course(every: int) -> Iterator[tuple[Path, dict[str, dict[str, Path]]]]:
    """A copy of this course in which every solution was handed in, and solutions with one answer of the corpus that is
    wrong; and these, by assignment and student."""
    import nbformat

    from autograder import exercises
    from benchmarks.diagnosis.corpus import load

    with tempfile.TemporaryDirectory(prefix="gpu-") as folder:
        root = Path(folder)
        for name in ("solutions", "assignments"):
            shutil.copytree(ROOT / name, root / name)
        shutil.copy(ROOT / "nbgrader_config.py", root)
        found: dict[str, dict[str, Path]] = {}

        def hand_in(student: str, assignment: str, notebook: Any) -> None:
            place = root / "submitted" / student / assignment / f"{assignment}.ipynb"
            place.parent.mkdir(parents=True)
            nbformat.write(notebook, place)
            found.setdefault(assignment, {})[student] = place

        def with_answers(assignment: str, sources: Mapping[str, str]) -> Any:
            notebook = nbformat.read(root / "solutions" / assignment / f"{assignment}.ipynb", 4)
            for cell in notebook.cells:
                marks = cell.metadata.get("nbgrader", {})
                if cell.cell_type == "code" and marks.get("solution"):
                    cell.source = sources.get(marks["grade_id"], cell.source)
            return notebook

        for path in sorted((root / "solutions").glob("*/*.ipynb")):
            hand_in("solution", path.stem, with_answers(path.stem, {}))
        delegating: dict[str, dict[str, str]] = {}
        for exercise, name in BUILT_IN.items():
            asked = exercises.load(exercise)
            source = f"import keras\n\n{asked.entry_point} = keras.layers.{name}"
            delegating.setdefault(asked.assignment, {})[exercise] = source
        for assignment, sources in delegating.items():
            hand_in("delegates", assignment, with_answers(assignment, sources))
        for number, one in enumerate([one for one in load() if not one.right][::every]):
            assignment = exercises.load(one.exercise).assignment
            hand_in(f"s{number:03}", assignment, with_answers(assignment, {one.exercise: one.source}))
        yield root, found


# ------------------------------------------------------------------------------------------------------ tolerances


def emulate(only: Sequence[str]) -> None:
    """Every exercise, or these, on this CPU."""
    os.environ["CUDA_VISIBLE_DEVICES"] = ""  # a GPU, where there is one, would round by itself
    from benchmarks.calibrations import Ways
    from benchmarks.rounding import PRECISIONS, computing_in

    each = {precision: functools.partial(computing_in, precision) for precision in PRECISIONS}
    result = tolerances(Ways(each, ("float32", "tf32", "bfloat16")), only, draws=1, every=6)
    print(json.dumps(result if only else result["together"], indent=1))
    if not only:
        EMULATED.write_text(json.dumps(result, indent=1) + "\n", "utf-8")


def on_the_gpu(only: Sequence[str]) -> dict[str, Any]:
    """The same with what is really there; and what CUDA holds."""
    import tensorflow as tf

    from autograder.running import devices
    from autograder.worker.processes import usage
    from benchmarks.calibrations import Ways

    host, before = usage(os.getpid())[0], devices.gpus()[0].free
    with tf.device("GPU:0"):
        for operation in (tf.linalg.matmul, lambda a, b: tf.nn.conv1d(a[None], b[None], 1, "SAME")):
            operation(tf.ones((5, 3)), tf.ones((3, 4))).numpy()
    held = {
        "of the machine's memory": usage(os.getpid())[0] - host,
        "of the gpu's": before - devices.gpus()[0].free,
        "allowed for": {"of the machine's memory": devices.HOST_MEMORY, "of the gpu's": devices.CONTEXT},
    }
    ways = {
        "cpu": functools.partial(_computing_on, "CPU:0", tf32=False),
        "gpu": functools.partial(_computing_on, "GPU:0", tf32=False),
        "gpu with TF32": functools.partial(_computing_on, "GPU:0", tf32=True),
    }
    result = tolerances(Ways(ways, tuple(ways)), only, draws=1, every=12)
    built = {name: str(value) for name, value in tf.sysconfig.get_build_info().items() if "version" in name}
    details = tf.config.experimental.get_device_details(tf.config.list_physical_devices("GPU")[0])
    versions = built | {"compute_capability": str(details.get("compute_capability"))}
    return {**result, "bytes that CUDA holds": held, "versions": versions}


@contextlib.contextmanager
def _computing_on(device: str, *, tf32: bool) -> Iterator[None]:
    """What a question is answered with; by itself it is answered without TF32, so that is undone here."""
    from unittest import mock

    import tensorflow as tf
    from keras.src.backend.tensorflow import rnn

    from autograder.answering import state

    with contextlib.ExitStack() as stack:
        stack.enter_context(mock.patch.object(state, "full_precision", contextlib.nullcontext))
        if device.startswith("CPU"):  # Keras asks whether there is a GPU, and not whether it is to be used
            stack.enter_context(mock.patch.object(rnn, "_is_gpu_available", return_value=False))
        tf.config.experimental.enable_tensor_float_32_execution(tf32)
        stack.enter_context(tf.device(device))
        yield


def tolerances(ways: Any, only: Sequence[str], *, draws: int, every: int) -> dict[str, Any]:
    """What `benchmarks.calibrations` measures, of every exercise or of these, and all together."""
    from autograder.answering.keras_internals import run_operations_directly
    from benchmarks.calibrations import measured, right_answers, summary

    run_operations_directly()
    found: dict[str, Any] = {}
    for exercise, answerers in right_answers(styles=3):
        if not only or exercise in only:
            began = time.monotonic()
            found[exercise] = measured(ways, exercise, answerers, draws, every)
            print(f"{exercise}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    return {"together": summary(found), "exercises": found}


if __name__ == "__main__":
    sys.exit(main())
