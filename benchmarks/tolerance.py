"""How far are right answers from the tolerance, and how far beyond it are mistakes?

    python -m benchmarks.tolerance [--cases 10000] [--minutes M] [--anew] [--plot] [EXERCISE ...]

For every exercise that asks for a layer, and every dtype that it asks in, draws cases as a grader would, makes their
sheet, and answers:

- rightly, in other orders of summation and other styles than the tolerance was calibrated with: permuted runs of the
  equations, of Keras and of the reference layer with permutations of their own, every right implementation of the
  corpora of `benchmarks/diagnosis`, and the solution notebook. Of the layers among them a case is answered by a few,
  drawn for it: a sheet costs as much as several answers, and more cases tell more. How often each answered is recorded;
- in some of the draws by every known mistake, in float64. How far a mistake is beyond the tolerance is what the part
  shows that shows it best, for it is enough that one does. It is unseen where no part differs by more than the rounding
  of float64: a single case shows not every mistake, all cases of an exercise together should.

What is recorded of an answer is max(error / tolerance) over its parts. Work is cut into chunks, drawn from their
number, and done by a process that is set up as workers are; after each results/tolerance/EXERCISE-DTYPE.json holds what
came of all so far. It goes on there the next time, and ends before its minutes are over. Two processes may run, of
different exercises. `--plot` draws docs/tolerance.svg of all that is recorded; with `--cases 0` that alone.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import functools
import hashlib
import math
import multiprocessing
import os
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
os.environ.setdefault("MPLBACKEND", "Agg")

import numpy as np

from autograder import axes, exercises
from autograder.answering import answers, keras_internals
from autograder.answering.protocol import Answer, decode_array
from autograder.judging import compare
from autograder.model import Exercise, Expected, LayerCase, Mistake, SheetCase
from autograder.sheets import fingerprints, oracle
from benchmarks import solutions
from benchmarks.diagnosis import corpus
from benchmarks.tolerance_records import RESULTS, Extreme, Failure, Recorded, append, count, file_of, read

ROOT = Path(__file__).resolve().parents[1]
PLOT = ROOT / "docs" / "tolerance.svg"

CHUNK = 200
"""Cases after which results are written; a chunk has as many draws as it takes."""
CHUNKS_OF_A_PROCESS = 25
"""Starting one takes 5 s of CPU; each chunk leaves some MB behind."""
SHARE = 0.1
"""In how many of the draws all mistakes are tried."""
LAYERS = 2
"""So many of the implementations and the permuted witnesses answer a case, drawn of all."""
ORDERS = 4
"""Permutations of each case for the equations; a layer, whose answer costs a hundred times as much, gets one."""
ROUNDING = 256 * float(np.finfo(np.float64).eps)
"""What differs by no more than this, of the largest entry or of 1, is the same in float64."""

Answerers: TypeAlias = Mapping[str, Mapping[str, Any]]
"""Right implementations: what they are called -> the names that their notebook has defined."""

# ------------------------------------------------------------------------------------------------------ what is studied


def layer_exercises() -> tuple[str, ...]:
    """The exercises whose cases are all calls of a layer."""
    return tuple(
        name for name in exercises.ids()
        if all(isinstance(case, LayerCase) for case in exercises.load(name).cases(np.random.default_rng(0)))
    )  # fmt: skip


def dtypes(exercise: Exercise) -> tuple[str, ...]:
    """The dtypes that it asks in, for points or for advice."""
    rng = np.random.default_rng(0)
    cases = (*exercise.cases(rng), *exercise.advice(rng))
    return tuple(sorted({case.dtype for case in cases if isinstance(case, LayerCase)}))


def drawn_cases(
    exercise: Exercise, dtype: str, chunk: int, draw: int
) -> tuple[tuple[LayerCase, ...], np.random.Generator]:
    """The cases of one draw, and what the rest of it is drawn from.

    What only advice asks in float32 is about contracts, and an answer may be right without them.
    """
    digest = hashlib.sha256(f"tolerance/{exercise.id}/{dtype}/{chunk}/{draw}".encode()).digest()
    rng = np.random.default_rng(np.frombuffer(digest, np.uint32))
    cases = exercise.cases(rng)
    cases = cases if dtype == "float32" else (*cases, *exercise.advice(rng))
    return tuple(case for case in cases if isinstance(case, LayerCase) and case.dtype == dtype), rng


def right_implementations(exercise: Exercise) -> dict[str, Mapping[str, Any]]:
    """Those of the corpora, and the solution where there is a notebook. They are ours, and run in this process."""
    found: dict[str, Mapping[str, Any]] = {}
    for folder in (corpus.CORPUS, corpus.HELD_OUT):
        for one in _right_ones(folder):
            if one.exercise == exercise.id:
                found[f"{folder.name}/{one.style}"] = corpus.namespace(one)
    notebook = ROOT / "solutions" / exercise.assignment / f"{exercise.assignment}.ipynb"
    if notebook.exists():
        found["solution"] = _solution(notebook)
    return found


@functools.cache
def _right_ones(folder: Path) -> tuple[corpus.Implementation, ...]:
    return tuple(one for one in corpus.load(folder) if one.right)


@functools.cache
def _solution(notebook: Path) -> Mapping[str, Any]:
    return solutions.defined_by(notebook)


def taking_part(
    exercise: Exercise, dtype: str, answerers: Answerers
) -> tuple[dict[str, Mapping[str, Any]], dict[str, str]]:
    """Those that compute in the dtype, and why the others do not: right is who answers in float32 alone, for whatever
    else is asked for advice. Nobody is left out who is off by less than `oracle.DISAGREEMENT` tolerances."""
    if dtype == "float32":
        return dict(answerers), {}
    cases, rng = drawn_cases(exercise, dtype, -1, 0)
    taken, left_out = {}, {}
    for who, names in answerers.items():
        why = ""
        for case in _asked(exercise, cases, rng):
            measured = judged(case, answers.answer(case.question, names))
            why = why or (measured.says if not measured.ratio <= oracle.DISAGREEMENT else "")
        if why:
            left_out[who] = why
        else:
            taken[who] = names
    return taken, left_out


def _asked(exercise: Exercise, cases: tuple[LayerCase, ...], rng: np.random.Generator) -> tuple[SheetCase, ...]:
    """The sheet of these cases, as a grader makes it."""
    these = dataclasses.replace(exercise, cases=lambda _: cases, advice=lambda _: ())
    return oracle.answer_sheet(these, rng, "tolerance").cases


# ------------------------------------------------------------------------------------------------------ what came of it


def study(
    exercise: Exercise, dtype: str, answerers: Answerers, chunk: int, draws: int, share: float = SHARE,
    layers: int = LAYERS,
) -> Recorded:  # fmt: skip
    """Draw, answer and measure.

    Args:
        chunk: which one; its draws are the same whenever it is studied. share: of draws in which mistakes are tried.
        layers: that answer a case, drawn of the answerers and the permuted witnesses; all, where there are no more.
    """
    found = Recorded(exercise.id, dtype, chunks=1, versions=fingerprints.versions())
    for draw in range(draws):
        try:
            _study_draw(exercise, answerers, found, (chunk, draw), share, layers)
        except oracle.GraderFault as fault:
            found.faults_of_the_grader += 1
            found.note_failure(Failure("the witnesses", chunk, draw, str(fault)))
    found.made_by = {_what_makes_sheets(exercise.id): found.cases}
    return found


def _what_makes_sheets(exercise: str) -> str:
    """Changes with the code that makes the sheets of an exercise."""
    return fingerprints.of("autograder.sheets.oracle", exercises.module_of(exercise))[:12]


def _study_draw(
    exercise: Exercise, answerers: Answerers, found: Recorded, place: tuple[int, int], share: float, layers: int
) -> None:
    cases, rng = drawn_cases(exercise, found.dtype, *place)
    with _timed(found, "sheets"):
        asked = _asked(exercise, cases, rng)
    found.draws += 1
    found.cases += len(cases)
    with _timed(found, "right answers"):
        for case, one in zip(cases, asked, strict=True):
            for who, measured in _right_answers(exercise, case, one, answerers, layers, rng):
                found.answers[who] = found.answers.get(who, 0) + 1
                count(found.right, measured.ratio)
                if math.isfinite(measured.ratio):
                    found.note_worst(who, Extreme(measured.ratio, *place, one.id, measured.part, one.sizes))
                if measured.says:
                    found.false_failures += 1
                    found.note_failure(Failure(who, *place, f"{one.id}.{measured.part}: {measured.says}"))
    if rng.random() < share:
        with _timed(found, "mistakes"):
            found.mistake_draws += 1
            _try_mistakes(exercise, cases, asked, found, place)


@contextlib.contextmanager
def _timed(found: Recorded, what: str) -> Iterator[None]:
    began = time.process_time()
    yield
    found.cpu_seconds[what] = round(found.cpu_seconds.get(what, 0.0) + time.process_time() - began, 3)


class Measured(NamedTuple):
    """The part of an answer that is worst, or of a mistake that shows it best; and what is said where it is wrong."""

    ratio: float
    part: str
    says: str = ""


def _right_answers(
    exercise: Exercise, case: LayerCase, asked: SheetCase, answerers: Answerers, layers: int, rng: np.random.Generator
) -> Iterator[tuple[str, Measured]]:
    """Who answers rightly, and how far off."""
    permutable = any(axis in asked.sizes for axis in exercise.permuted)
    permuted = {f"permuted {witness}": witness for witness in exercise.witnesses if permutable}
    ways = [*answerers, *permuted]
    for drawn in rng.choice(len(ways), min(layers, len(ways)), replace=False):
        who = ways[drawn]
        if who in permuted:
            yield who, _when_permuted(exercise, case, asked, permuted[who], rng)
        else:
            yield who, judged(asked, answers.answer(asked.question, answerers[who]))
    for _ in range(ORDERS if permutable else 0):
        yield "permuted equations", _when_permuted(exercise, case, asked, None, rng)


def judged(asked: SheetCase, answer: Answer) -> Measured:
    """An answer as a grader judges it; the ratio is infinite where a part is no array to be compared."""
    found = [Measured(0.0, "")]
    for one in compare.compare_case(asked, answer, show=False):
        comparable = one.rung in ("right", "value")
        ratio = _ratio(one.difference or 0.0, one.tolerance or 0.0) if comparable else math.inf
        says = "" if one.rung == "right" else f"{one.rung}: {one.message}"
        found.append(Measured(ratio, one.part.removeprefix(f"{asked.id}."), says))
    return max(found, key=lambda measured: (bool(measured.says), measured.ratio))


def _when_permuted(
    exercise: Exercise, case: LayerCase, asked: SheetCase, witness: str | None, rng: np.random.Generator
) -> Measured:
    """How far off a right answer with axes permuted is: a witness's, or that of the equations in the case's dtype."""
    named = oracle.part_axes(case)
    orders = {axis: rng.permutation(asked.sizes[axis]) for axis in exercise.permuted if axis in asked.sizes}
    turned = oracle._permuted(case, orders)
    if witness is None:
        given = exercise.truth(turned)
    else:
        given = oracle._ask(exercise, turned, witness, exercise.witnesses[witness]())
    back = {part: axes.permute(value, named[part], orders, back=True) for part, value in given.items()}
    ratios = {one.part: _ratio(_error(one, back.get(one.part)), one.tolerance) for one in asked.expected[0]}
    part = max(ratios, key=ratios.__getitem__)
    return Measured(ratios[part], part, "" if ratios[part] <= 1 else f"{ratios[part]:.3g} tolerances off")


def _error(expected: Expected, given: np.ndarray | None) -> float:
    """The largest; infinite where it cannot be compared."""
    right = decode_array(expected.value)
    if given is None or given.shape != right.shape or not np.all(np.isfinite(given)):
        return math.inf
    return float(np.max(np.abs(given.astype(np.float64) - right), initial=0.0))


def _ratio(error: float, tolerance: float) -> float:
    return 0.0 if error == 0 else error / tolerance if tolerance else math.inf


def _try_mistakes(
    exercise: Exercise, cases: tuple[LayerCase, ...], asked: tuple[SheetCase, ...], found: Recorded,
    place: tuple[int, int],
) -> None:  # fmt: skip
    for mistake in exercise.mistakes:
        one, measured = shows_best(mistake, cases, asked)
        if one is None:
            found.unseen += 1
            continue
        count(found.mistakes, measured.ratio)
        found.hidden += measured.ratio <= 1
        if math.isfinite(measured.ratio):
            found.note_nearest(mistake.id, Extreme(measured.ratio, *place, one.id, measured.part, one.sizes))


def shows_best(
    mistake: Mistake, cases: tuple[LayerCase, ...], asked: tuple[SheetCase, ...]
) -> tuple[SheetCase | None, Measured]:
    """The case and the part that show a mistake best; no case where none shows it."""
    wrong = oracle.wrong_parts(mistake, cases)
    shown, best = None, Measured(0.0, "")
    for one in asked:
        for expected in one.expected[0]:
            given = wrong.get(f"{one.id}.{expected.part}")
            if given is None:
                continue
            error = _error(expected, given)
            scale = max(1.0, float(np.max(np.abs(decode_array(expected.value)), initial=0.0)))
            ratio = _ratio(error, expected.tolerance)
            if error > ROUNDING * scale and ratio > best.ratio:
                shown, best = one, Measured(ratio, expected.part)
    return shown, best


# ---------------------------------------------------------------------------------------------------------- the command


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("exercises", nargs="*", metavar="EXERCISE", help="all that ask for a layer, if left out")
    parser.add_argument(
        "--cases", type=int, default=10_000, help="of each exercise and dtype, together with those recorded"
    )
    parser.add_argument("--minutes", type=float, default=math.inf, help="no chunk begins that would end after them")
    parser.add_argument("--anew", action="store_true", help="forget what is recorded of these exercises")
    parser.add_argument("--plot", action="store_true", help=f"draw {PLOT.relative_to(ROOT)} of all that is recorded")
    options = parser.parse_args()
    known = layer_exercises()
    if unknown := [name for name in options.exercises if name not in known]:
        parser.error(f"no exercise that asks for a layer: {', '.join(unknown)}. There are: {', '.join(known)}")
    targets = [(name, dtype) for name in options.exercises or known for dtype in dtypes(exercises.load(name))]
    for target in targets if options.anew else ():
        file_of(*target).unlink(missing_ok=True)
    with _elsewhere() as next_chunk:
        go_on(targets, options.cases, options.minutes, next_chunk)
    recorded = {target: read(file_of(*target)) for target in targets}
    print("\n".join(table(recorded, options.cases)))
    if options.plot:
        from benchmarks import tolerance_plot

        every = [one for path in sorted(RESULTS.glob("*.json")) if (one := read(path)) is not None]
        PLOT.write_text(tolerance_plot.drawn(every), "utf-8")
        print(f"drawn: {PLOT.relative_to(ROOT)}")
    sys.exit(any(one is not None and (one.false_failures or one.faults_of_the_grader) for one in recorded.values()))


def go_on(
    targets: Sequence[tuple[str, str]],
    cases: int,
    minutes: float,
    next_chunk: Callable[[str, str, Path], Recorded],
    folder: Path = RESULTS,
) -> None:
    """Study chunk after chunk, always of the exercise and dtype that has the fewest cases, until all have enough or
    another chunk might take longer than there is time."""
    began, longest = time.monotonic(), 0.0
    done = {target: one.cases if (one := read(file_of(*target, folder))) else 0 for target in targets}
    while missing := [target for target in targets if done[target] < cases]:
        if time.monotonic() - began + longest > 60 * minutes:
            return
        target, started = min(missing, key=done.__getitem__), time.monotonic()
        done[target] = next_chunk(*target, file_of(*target, folder)).cases
        longest = max(longest, time.monotonic() - started)
        print(f"{', '.join(target)}: {done[target]} cases", flush=True)


@contextlib.contextmanager
def _elsewhere() -> Iterator[Callable[[str, str, Path], Recorded]]:
    """`study_next` in a process that gives way to a new one after some chunks: Keras and TensorFlow keep something of
    every layer that was ever called."""
    spawned = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(
        1, mp_context=spawned, initializer=as_in_workers, max_tasks_per_child=CHUNKS_OF_A_PROCESS
    ) as pool:
        yield lambda *target: pool.submit(study_next, *target).result()


def as_in_workers() -> None:
    """Set TensorFlow up as workers do, before its first operation. Threads of two processes wait for each other."""
    import tensorflow

    tensorflow.config.threading.set_intra_op_parallelism_threads(1)
    tensorflow.config.threading.set_inter_op_parallelism_threads(1)
    keras_internals.run_operations_directly()


def study_next(name: str, dtype: str, path: Path) -> Recorded:
    """Study the chunk that comes after those of the file, and add it there."""
    import keras

    exercise = exercises.load(name)
    number = before.chunks if (before := read(path)) else 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # right code may warn
        answerers, left_out = _who_answers(name, dtype)
        of_a_draw = len(drawn_cases(exercise, dtype, number, 0)[0])
        chunk = study(exercise, dtype, answerers, number, math.ceil(CHUNK / of_a_draw))
    chunk.left_out = left_out
    keras.utils.clear_session()
    return append(path, chunk, number)


@functools.cache
def _who_answers(exercise: str, dtype: str) -> tuple[dict[str, Mapping[str, Any]], dict[str, str]]:
    loaded = exercises.load(exercise)
    return taking_part(loaded, dtype, right_implementations(loaded))


def table(recorded: Mapping[tuple[str, str], Recorded | None], cases: int) -> Iterator[str]:
    """What is recorded, a line for each exercise and dtype; and how many hours of one core are missing."""
    hours, unknown = 0.0, []
    for (name, dtype), one in recorded.items():
        if one is None or not one.cases:
            unknown.append(f"{name}-{dtype}")
            continue
        who = max(one.worst, key=lambda key: one.worst[key].ratio, default="")
        mistake = next(iter(one.nearest), "")
        seconds = sum(one.cpu_seconds.values()) / one.cases
        hours += seconds * max(0, cases - one.cases) / 3600
        right = f"{one.worst[who].ratio:.3f} ({who})" if who else "-"
        least = f"{one.nearest[mistake].ratio:.3g} ({mistake})" if mistake else "-"
        yield f"{name}, {dtype}: {one.cases} cases, {1000 * seconds:.0f} ms of CPU each"
        yield (
            f"  right answers: {sum(one.right.values())}, of each of {len(one.answers)} kinds at least "
            f"{min(one.answers.values(), default=0)}, the largest ratio {right}"
        )
        yield (
            f"  mistakes: {sum(one.mistakes.values())} in {one.mistake_draws} draws, the least ratio {least}; "
            f"{one.hidden} within the tolerance, {one.unseen} unseen"
        )
        if one.false_failures or one.faults_of_the_grader:
            yield f"  {one.false_failures} false failures, {one.faults_of_the_grader} faults of the grader:"
            yield from (f"  {failure}" for failure in one.failures)
        if older := one.cases - one.made_by.get(_what_makes_sheets(name), 0):
            yield f"  {older} of the cases were made by other code than there is now; `--anew` forgets them"
        yield from (f"  left out: {left}: {why}" for left, why in one.left_out.items())
    nothing = f", and nothing is known yet of {', '.join(unknown)}" if unknown else ""
    yield f"missing for {cases} cases each: {hours:.1f} hours of one core{nothing}"


if __name__ == "__main__":
    main()
