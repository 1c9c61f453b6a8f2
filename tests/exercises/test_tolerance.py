"""A sample of the tolerance study: no right answer fails, and no mistake passes.

`python -m benchmarks.tolerance` studies 10,000 cases of each exercise and dtype.
"""

from __future__ import annotations

import dataclasses
import doctest
import math
import sys
import xml.etree.ElementTree
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT))

from autograder import exercises  # noqa: E402
from autograder.model import Exercise, Mistake  # noqa: E402
from autograder.sheets import oracle  # noqa: E402
from benchmarks import tolerance, tolerance_plot, tolerance_records  # noqa: E402
from benchmarks.diagnosis import corpus  # noqa: E402

TARGETS = [(name, dtype) for name in tolerance.layer_exercises() for dtype in tolerance.dtypes(exercises.load(name))]
CELL = exercises.load("gru_cell")

pytestmark = pytest.mark.filterwarnings("ignore")  # right code may warn


def of_one_case(exercise: Exercise) -> Exercise:
    """The exercise with one of its cases, which asks for gradients where any does; and its advice."""

    def cases(rng: np.random.Generator) -> tuple[Any, ...]:
        drawn = exercise.cases(rng)
        return next(((case,) for case in drawn if case.cotangents is not None), drawn[:1])

    return dataclasses.replace(exercise, cases=cases)


def test_all_layers_are_studied_in_every_dtype_that_is_asked() -> None:
    assert {"conv2d", "gru_cell", "lstm", "max_pool2d"} <= {name for name, _ in TARGETS}
    assert {name for name, dtype in TARGETS if dtype == "float64"} == {"conv2d", "lstm", "simple_rnn"}


@pytest.mark.parametrize(("name", "dtype"), TARGETS)
def test_no_right_answer_fails_and_no_mistake_that_shows_passes(name: str, dtype: str) -> None:
    exercise = of_one_case(exercises.load(name))
    answerers, left_out = tolerance.taking_part(exercise, dtype, tolerance.right_implementations(exercise))
    layers = {*answerers, *(f"permuted {witness}" for witness in exercise.witnesses)}
    found = tolerance.study(exercise, dtype, answerers, 0, draws=1, share=1, layers=len(layers))
    assert (found.false_failures, found.faults_of_the_grader) == (0, 0), found.failures
    assert found.cases == 1
    assert found.answers == dict.fromkeys(layers, 1) | {"permuted equations": tolerance.ORDERS}
    assert sum(found.right.values()) == len(layers) + tolerance.ORDERS
    assert all(0 <= worst.ratio <= 1 for worst in found.worst.values())
    assert found.worst.keys() == found.answers.keys()
    assert found.mistakes
    assert found.hidden == 0
    assert min(nearest.ratio for nearest in found.nearest.values()) > 1
    assert not left_out or dtype == "float64"


def test_what_is_wrong_is_counted_as_a_failure() -> None:
    name = "simple_rnn_cell"
    slip = next(one for one in corpus.load() if one.exercise == name and not one.right and not one.rare)
    answerers = {slip.identity: corpus.namespace(slip)}
    found = tolerance.study(of_one_case(exercises.load(name)), "float32", answerers, 0, draws=2, share=0, layers=3)
    assert found.false_failures == 2
    assert {failure.who for failure in found.failures} == answerers.keys()
    assert found.mistake_draws == 0


def test_a_few_layers_answer_a_case_and_all_of_them_some_cases() -> None:
    cell = exercises.load("simple_rnn_cell")
    answerers = tolerance.right_implementations(cell)
    found = tolerance.study(of_one_case(cell), "float32", answerers, 0, draws=40, share=0)
    assert found.answers.pop("permuted equations") == 40 * tolerance.ORDERS
    assert sum(found.answers.values()) == 40 * tolerance.LAYERS
    assert found.answers.keys() == {*answerers, "permuted keras", "permuted reference"}
    assert max(found.answers.values()) < 40
    again = tolerance.study(of_one_case(cell), "float32", answerers, 0, draws=40, share=0)
    assert (again.answers, again.right) == (found.answers | {"permuted equations": 40 * tolerance.ORDERS}, found.right)


def test_a_tolerance_that_is_too_small_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = tolerance._asked

    def narrower(*arguments: Any) -> Any:
        return tuple(
            dataclasses.replace(case, expected=tuple(
                tuple(dataclasses.replace(part, tolerance=part.tolerance / 100) for part in parts)
                for parts in case.expected
            )) for case in asked(*arguments)
        )  # fmt: skip

    monkeypatch.setattr(tolerance, "_asked", narrower)
    found = tolerance.study(CELL, "float32", {}, 0, draws=1, share=0)
    assert found.false_failures >= 1
    assert max(worst.ratio for worst in found.worst.values()) > 1


def test_witnesses_that_disagree_are_counted_and_do_not_stop_it() -> None:
    def other(case: Any) -> Any:
        return {part: value + 1 for part, value in CELL.truth(case).items()}

    found = tolerance.study(dataclasses.replace(CELL, truth=other), "float32", {}, 0, draws=2)
    assert (found.faults_of_the_grader, found.cases) == (2, 0)
    assert "differ by" in found.failures[0].says


@pytest.mark.parametrize(("off", "unseen", "hidden"), [(0.0, 1, 0), (1e-9, 0, 1), (1e-2, 0, 0)])
def test_a_mistake_is_unseen_or_within_the_tolerance_or_caught(off: float, unseen: int, hidden: int) -> None:
    mistake = Mistake("off", "Off", "By how much?", lambda case: {"output": CELL.truth(case)["output"] + off})
    found = tolerance.study(dataclasses.replace(CELL, mistakes=(mistake,)), "float32", {}, 0, draws=1, share=1)
    assert (found.unseen, found.hidden) == (unseen, hidden)
    assert sum(found.mistakes.values()) == 1 - unseen
    if not unseen:
        nearest = found.nearest["off"]
        cases, rng = tolerance.drawn_cases(CELL, "float32", nearest.chunk, nearest.draw)
        sheet = oracle.answer_sheet(dataclasses.replace(CELL, cases=lambda _: cases), rng, "another")
        (case,) = (case for case in sheet.cases if case.id == nearest.case)
        assert nearest.ratio * case.expected[0][0].tolerance == pytest.approx(off, rel=1e-6)


def test_bins_are_those_of_the_docstring() -> None:
    assert doctest.testmod(tolerance_records) == (0, 1)


def test_it_goes_on_where_it_stopped(tmp_path: Path) -> None:
    path = tolerance_records.file_of("gru_cell", "float32", tmp_path)
    chunks = [tolerance.study(CELL, "float32", {}, number, draws=1, share=1) for number in range(3)]
    for number, chunk in enumerate(chunks[:2]):
        tolerance_records.append(path, chunk, number)
    with pytest.raises(RuntimeError, match="holds 2 chunks where 1 were expected"):
        tolerance_records.append(path, chunks[1], 1)
    recorded = tolerance_records.append(path, chunks[2], 2)
    assert recorded == tolerance_records.read(path)
    assert (recorded.chunks, recorded.draws, recorded.cases) == (3, 3, sum(chunk.cases for chunk in chunks))
    assert sum(recorded.right.values()) == sum(sum(chunk.right.values()) for chunk in chunks)
    assert recorded.answers == {who: sum(chunk.answers[who] for chunk in chunks) for who in chunks[0].answers}
    assert sum(recorded.mistakes.values()) == 3 * len(CELL.mistakes)
    for who, worst in recorded.worst.items():
        assert worst.ratio == max(chunk.worst[who].ratio for chunk in chunks)
    least = min(one.ratio for chunk in chunks for one in chunk.nearest.values())
    assert next(iter(recorded.nearest.values())).ratio == least
    again = tolerance.study(CELL, "float32", {}, 1, draws=1, share=1)
    assert (again.right, again.worst, again.nearest) == (chunks[1].right, chunks[1].worst, chunks[1].nearest)


def test_the_fewest_cases_come_first_and_time_ends_it(tmp_path: Path) -> None:
    asked = []

    def next_chunk(name: str, dtype: str, path: Path) -> tolerance_records.Recorded:
        asked.append(name)
        return tolerance_records.append(
            path, tolerance_records.Recorded(name, dtype, chunks=1, cases=3), asked.count(name) - 1
        )

    targets = [("conv1d", "float32"), ("lstm", "float64")]
    tolerance.go_on(targets, 3, math.inf, next_chunk, tmp_path)
    assert asked == ["conv1d", "lstm"]
    tolerance.go_on(targets, 7, math.inf, next_chunk, tmp_path)
    assert asked == ["conv1d", "lstm"] * 3
    tolerance.go_on(targets, 100, -1, next_chunk, tmp_path)
    assert len(asked) == 6
    recorded = {target: tolerance_records.read(tolerance_records.file_of(*target, tmp_path)) for target in targets}
    lines = list(tolerance.table(recorded, 9))
    assert lines[-1] == "missing for 9 cases each: 0.0 hours of one core"
    assert sum("9 of the cases were made by other code" in line for line in lines) == 2


def test_the_plot_has_a_row_for_each_and_says_what_is_what_without_colour() -> None:
    found = [tolerance.study(CELL, "float32", {}, 0, draws=1, share=1)]
    found.append(
        tolerance_records.Recorded("lstm", "float64", cases=1234, right={"exact": 2, "-3": 1}, mistakes={"unlike": 3})
    )
    picture = tolerance_plot.drawn(found)
    assert picture == tolerance_plot.drawn(found)
    root = xml.etree.ElementTree.fromstring(picture)
    text = " ".join("".join(root.itertext()).split())
    worst = max(one.ratio for one in found[0].worst.values())
    for said in (
        "gru_cell, float32",
        "lstm, float64",
        "1,234 cases",
        "right answers",
        "known mistakes",
        f"{worst:.2g}",
    ):
        assert said in text
    assert len(root.findall(".//{*}pattern")) == 1  # mistakes are hatched
    with pytest.raises(ValueError, match="nothing is recorded"):
        tolerance_plot.drawn([])


def test_what_is_recorded_has_no_failure() -> None:
    recorded = [tolerance_records.read(path) for path in tolerance_records.RESULTS.glob("*.json")]
    assert recorded
    for one in recorded:
        assert one is not None
        assert (one.false_failures, one.faults_of_the_grader, one.hidden) == (0, 0, 0), one.exercise
        assert np.isfinite(max(worst.ratio for worst in one.worst.values()))
