"""How right answers and mistakes stand to tolerances where both can be computed in several ways: in float32 and as TF32
or bfloat16 have it (see `rounding`), or on a CPU and on a GPU.

Every exercise is calibrated in some of these ways, that is, its witnesses are asked in them; right answers are given in
each, and held against each calibration.
"""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from benchmarks import solutions
from benchmarks.diagnosis import corpus

ROOT = Path(__file__).resolve().parents[1]
RIGHT, MISTAKES, WRONG = "right answers", "mistakes", "wrong implementations"
LOSING = "right answers that lose points, by calibration"
ERROR = "their greatest error in tolerances, by calibration"
WIDEST = "widest tolerance, in usual ones"
NEAREST = "the nearest mistake, in tolerances"
FREE, UNNAMED = "mistakes that cost nothing", "mistakes not named as themselves"
CAUGHT, NAMED = "wrong implementations that lose points", "wrong implementations that are named"
Way: TypeAlias = Callable[[], contextlib.AbstractContextManager[None]]


@dataclass(frozen=True)
class Ways:
    """How answers are computed, the usual way first; and in which of these ways witnesses are."""

    answers: Mapping[str, Way]
    calibrations: tuple[str, ...]

    @property
    def usual(self) -> str:
        return self.calibrations[0]


@contextlib.contextmanager
def _whatever_witnesses_differ_by() -> Iterator[None]:
    """How far they are from each other is measured here, and is no fault."""
    from autograder.sheets import oracle

    usual, oracle.DISAGREEMENT = oracle.DISAGREEMENT, 1e300
    try:
        yield
    finally:
        oracle.DISAGREEMENT = usual


@_whatever_witnesses_differ_by()
def measured(
    ways: Ways, exercise: str, answerers: Mapping[str, Mapping[str, Any]], draws: int, every: int
) -> dict[str, Any]:
    """How right answers and mistakes of one exercise stand to its tolerances.

    answerers: right answers, by a name, as the names that a notebook would define. draws: of secret cases, besides the
        public ones. every: of the wrong implementations of the corpus, every such one is asked.
    """
    from autograder import exercises
    from autograder.sheets import oracle, seeds

    asked = exercises.load(exercise)
    generators = [seeds.public_generator(exercise), *(np.random.default_rng(seed) for seed in range(draws))]
    ratios: dict[str, dict[str, float]] = {of: dict.fromkeys(ways.answers, 0.0) for of in ways.calibrations}
    losing: dict[str, dict[str, int]] = {of: dict.fromkeys(ways.answers, 0) for of in ways.calibrations}
    wider = dict.fromkeys(ways.calibrations[1:], 1.0)
    public: dict[str, Any] = {}
    count = 0
    for generator in generators:
        state = generator.bit_generator.state
        sheets = {}
        for of in ways.calibrations:
            generator.bit_generator.state = state  # the same cases
            with ways.answers[of]():
                sheets[of] = oracle.answer_sheet(asked, generator, "0" * 16)
        public = public or sheets
        for of in wider:
            wider[of] = max(wider[of], _widest(sheets[of], sheets[ways.usual]))
        for names in answerers.values():
            given = {way: _answered(sheets[ways.usual], names, ways.answers[way]) for way in ways.answers}
            if not _held_against(sheets[ways.usual], given[ways.usual])[1]:
                continue  # a built-in that has other settings than what is asked for
            count += 1
            for of, way in itertools.product(ways.calibrations, ways.answers):
                worst, earns_all = _held_against(sheets[of], given[way])
                ratios[of][way] = max(ratios[of][way], worst)
                losing[of][way] += not earns_all
    found: dict[str, Any] = {
        RIGHT: count,
        LOSING: losing,
        ERROR: {of: _rounded(each) for of, each in ratios.items()},
        WIDEST: _rounded(wider),
    }
    if asked.mistakes:
        found[MISTAKES] = len(asked.mistakes)
        found |= _of_mistakes(asked, public)
    wrong = [one for one in _corpus() if one.exercise == exercise and not one.right][::every]
    if wrong:
        found[WRONG] = len(wrong)
        found |= _of_implementations(ways, wrong, _full(exercise, public))
    return found


def _rounded(numbers: Mapping[str, float]) -> dict[str, float]:
    return {name: float(f"{value:.3g}") for name, value in numbers.items()}


def _widest(sheet: Any, plain: Any) -> float:
    """The greatest ratio of a tolerance to the usual one."""
    pairs = [
        (one.tolerance, other.tolerance)
        for case, beside in zip(sheet.cases, plain.cases, strict=True)
        for one, other in zip(case.expected[0], beside.expected[0], strict=True)
    ]
    return max((one / other for one, other in pairs if other), default=1.0)


def _answered(sheet: Any, names: Mapping[str, Any], way: Way) -> Any:
    from autograder.answering import answers
    from autograder.model import Observation

    with way():
        given = {case.id: answers.answer(case.question, names) for case in sheet.cases}
    return Observation(sheet.exercise, given)


def _held_against(sheet: Any, observation: Any) -> tuple[float, bool]:
    """The greatest error in tolerances, and whether all points are earned."""
    from autograder.judging import compare, policy

    worst = 0.0
    for case in sheet.cases:
        for part in compare.compare_case(case, observation.answers[case.id], show=False):
            if part.difference is not None and part.tolerance:
                worst = max(worst, part.difference / part.tolerance)
    return worst, policy.judge(sheet, observation, "cell").points == sheet.points


def _full(exercise: str, calibrated: Mapping[str, Any]) -> dict[str, Any]:
    """The public sheet with each of the tolerances."""
    from autograder.sheets.release import public_sheet

    full = public_sheet(exercise)
    return {of: dataclasses.replace(full, cases=sheet.cases, advice=sheet.advice) for of, sheet in calibrated.items()}


def _of_mistakes(asked: Any, calibrated: Mapping[str, Any]) -> dict[str, Any]:
    """Which of the known mistakes lose no points any more, or are not named as themselves; and how far the nearest of
    those that change numbers is from what is right."""
    from autograder.sheets import oracle, proofs, seeds

    cases = asked.cases(seeds.public_generator(asked.id))
    wrong = {mistake.id: oracle.wrong_parts(mistake, cases) for mistake in asked.mistakes}
    nearest, free, unnamed = {}, {}, {}
    for of, sheet in _full(asked.id, calibrated).items():
        said = list(proofs.mistakes_named(asked, sheet))
        free[of] = sum("costs nothing" in one for one in said)
        unnamed[of] = len(said) - free[of]
        parts = {f"{case.id}.{one.part}": one for case in sheet.cases for one in case.expected[0]}
        far = [_far(parts, values) for values in wrong.values()]
        nearest[of] = min((one for one in far if one is not None), default=None)
    near = {of: one for of, one in nearest.items() if one is not None}
    return {FREE: free, UNNAMED: unnamed, **({NEAREST: _rounded(near)} if near else {})}


def _far(parts: Mapping[str, Any], wrong: Mapping[str, np.ndarray]) -> float | None:
    """How far a mistake is from what is right, in tolerances; None where it changes more than numbers, or what has to
    be exact."""
    from autograder.answering.protocol import decode_array

    both = [(parts[name], value) for name, value in wrong.items() if name in parts and parts[name].tolerance]
    if not both or any(value.shape != part.value.shape or not np.isfinite(value).all() for part, value in both):
        return None
    return max(float(np.max(np.abs(value - decode_array(part.value)))) / part.tolerance for part, value in both)


def _of_implementations(ways: Ways, wrong: list[corpus.Implementation], sheets: Mapping[str, Any]) -> dict[str, Any]:
    """How many of the wrong implementations lose points, and how many are named; calibrated as they compute."""
    from autograder.judging import policy

    caught = dict.fromkeys(ways.calibrations, 0)
    named = dict.fromkeys(ways.calibrations, 0)
    for one in wrong:
        names = corpus.namespace(one)
        for way, sheet in sheets.items():
            verdict = policy.judge(sheet, _answered(sheet, names, ways.answers[way]), "cell")
            caught[way] += verdict.points < sheet.points
            named[way] += verdict.diagnosis is not None
    return {CAUGHT: caught, NAMED: named}


# ------------------------------------------------------------------------------------------------------ right answers


def _corpus() -> list[corpus.Implementation]:
    return corpus.load()


def right_answers(styles: int) -> Iterator[tuple[str, dict[str, Mapping[str, Any]]]]:
    """Exercise -> right answers: the solution, the built-in, and as many styles of the corpus.

    Solutions are run where they lie, in a copy: the later ones look for the earlier notebooks beside them.
    """
    from autograder import exercises

    in_styles: dict[str, list[corpus.Implementation]] = {}
    for one in _corpus():
        if one.right:
            in_styles.setdefault(one.exercise, []).append(one)
    solved = dict(_solutions())
    for exercise in exercises.ids():
        asked = exercises.load(exercise)
        found: dict[str, Mapping[str, Any]] = {}
        if asked.entry_point in solved.get(asked.assignment, {}):
            found["solution"] = solved[asked.assignment]
        if "keras" in asked.witnesses:
            found["built-in"] = {asked.entry_point: asked.witnesses["keras"]()}
        for one in in_styles.get(exercise, [])[:styles]:
            found[one.style] = corpus.namespace(one)
        if found:
            yield exercise, found


def _solutions() -> Iterator[tuple[str, dict[str, Any]]]:
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(ROOT / "solutions", folder, dirs_exist_ok=True)
        for path in sorted(Path(folder).glob("*/*.ipynb")):
            yield path.stem, solutions.defined_by(path)


# ----------------------------------------------------------------------------------------------------------- together


def summary(found: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The same of all exercises: sums, the greatest errors, the nearest mistake."""

    def of_all(name: str, together: Callable[[list[Any]], Any]) -> dict[str, Any]:
        return _joined([one[name] for one in found.values() if name in one], together)

    return {
        "exercises": len(found),
        **{name: sum(one.get(name, 0) for one in found.values()) for name in (RIGHT, MISTAKES, WRONG)},
        LOSING: of_all(LOSING, sum),
        "exercises in which one of them does": of_all(LOSING, lambda numbers: sum(map(bool, numbers))),
        ERROR: of_all(ERROR, max),
        WIDEST: of_all(WIDEST, max),
        NEAREST: of_all(NEAREST, min),
        **{name: of_all(name, sum) for name in (FREE, UNNAMED, CAUGHT, NAMED)},
    }


def _joined(numbers: list[dict[str, Any]], together: Callable[[list[Any]], Any]) -> dict[str, Any]:
    """One dictionary of several that have the same keys, however deep."""
    return {
        key: _joined([one[key] for one in numbers], together)
        if isinstance(numbers[0][key], dict)
        else together([one[key] for one in numbers])
        for key in (numbers[0] if numbers else ())
    }
