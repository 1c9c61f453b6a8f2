"""Whoever adds an exercise file is covered by this file, without an edit."""

from __future__ import annotations

import dataclasses
import functools
from fnmatch import fnmatchcase as fnmatch
from pathlib import Path

import numpy as np
import pytest

from autograder import axes, exercises
from autograder.answering.protocol import Answer, Array, CallLayer, Items, TrainModel, decode_array, encode_array
from autograder.judging import policy
from autograder.judging import sheet_files as sheets
from autograder.model import FunctionCase, LayerCase, ModelCase, Observation, Sheet, SheetCase
from autograder.sheets import oracle, release, seeds
from reference import equations as eq

IDS = exercises.ids()
ROOT = Path(__file__).parents[2]
RELEASED = {
    name: sheet for path in sorted(ROOT.glob("solutions/*/*.checks")) for name, sheet in sheets.read(path).items()
}


def right_value(case: SheetCase, replaced: dict[str, Array]) -> Answer:
    """An answer that is right but for the replaced parts, as a worker would send it."""
    by_part = {expected.part: expected.value for expected in case.expected[0]}
    values = [replaced.get(f"{case.id}.{part}", by_part[part]) for part in case.returns]
    gradients = {part.removeprefix("grad."): value for part, value in by_part.items() if part.startswith("grad.")}
    value = values[0] if len(values) == 1 else Items(tuple(values))
    if isinstance(case.question, CallLayer) and case.question.protocol == "cell":
        value = Items((values[0], Items(tuple(values[1:]))))
    return Answer(value=value, gradients=gradients, layout=0, config=dict(case.config_back))


def judged(sheet: Sheet, parts: dict[str, np.ndarray] | None = None) -> policy.Verdict:
    replaced = {name: encode_array(value) for name, value in (parts or {}).items()}
    answers = {
        case.id: right_value(case, replaced) for case in sheet.cases if not isinstance(case.question, TrainModel)
    }
    for case in sheet.cases:
        if isinstance(case.question, TrainModel):
            answers[case.id] = right_model(case, replaced)
    return policy.judge(sheet, Observation(sheet.exercise, answers), "cell")


def right_model(case: SheetCase, replaced: dict[str, Array]) -> Answer:
    expected = {
        part.part: decode_array(replaced.get(f"{case.id}.{part.part}", part.value)) for part in case.expected[0]
    }
    predictions = np.zeros(tuple(expected["output_shape"].astype(int)), np.float32)
    if case.labels is not None:
        labels = decode_array(case.labels).astype(int)
        predictions[np.arange(len(labels)), labels] = 1.0
    packed = Array("float32", predictions.shape, predictions.tobytes())
    return Answer(value=Items((Items(()), int(expected["weights"]), packed)))


@pytest.fixture(scope="module", params=IDS)
def sheet(request: pytest.FixtureRequest) -> Sheet:
    return release.public_sheet(request.param)


def test_there_are_exercises_for_the_core_assignments() -> None:
    assert {exercises.load(name).assignment for name in IDS} >= {"rnn", "lstm", "cnn"}


@pytest.mark.parametrize("name", IDS)
def test_exercise_is_complete(name: str) -> None:
    exercise = exercises.load(name)
    assert exercise.hint.strip()
    assert exercise.title.strip()
    assert exercise.signature.startswith(exercise.entry_point)
    assert exercise.points == sum(check.points for check in exercise.checks)
    assert all(mistake.hint.strip() and str(mistake.title).strip() for mistake in exercise.mistakes)
    assert {mistake.gate for mistake in exercise.mistakes} <= {"", *exercise.gates}
    ids = [mistake.id for mistake in exercise.mistakes]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("name", IDS)
def test_sizes_are_pairwise_distinct(name: str) -> None:
    for seed in range(5):
        for case in exercises.load(name).cases(np.random.default_rng(seed)):
            if isinstance(case, ModelCase):
                continue
            size = axes.sizes(oracle._named_arrays(case))
            assert len(set(size.values())) == len(size), f"case {case.id}: {size}"


def test_a_right_answer_earns_every_point(sheet: Sheet) -> None:
    verdict = judged(sheet)
    assert verdict.status == "passed", verdict.message
    assert verdict.points == sheet.points


def test_every_mistake_loses_points_and_is_named(sheet: Sheet) -> None:
    exercise = exercises.load(sheet.exercise)
    cases = exercise.cases(seeds.public_generator(sheet.exercise))
    unnamed = []
    for mistake in exercise.mistakes:
        verdict = judged(sheet, oracle.wrong_parts(mistake, cases))
        assert verdict.points < sheet.points, f"{mistake.id} costs nothing"
        if verdict.diagnosis is None or verdict.diagnosis.mistake != mistake.id:
            unnamed.append(f"{mistake.id} reads {verdict.diagnosis and verdict.diagnosis.mistake}")
    assert unnamed == []


def with_wrong(sheet: Sheet, wanted: tuple[str, ...]) -> Observation:
    """Right answers, but for parts with these names: `case.part`, `case.grad.weight`, `case.config.key`."""
    answers = {}
    for case in sheet.cases:
        by_part = {f"{case.id}.{expected.part}": expected.value for expected in case.expected[0]}
        wrong = {name: value for name, value in by_part.items() if any(map(functools.partial(fnmatch, name), wanted))}
        replaced = {name: encode_array(decode_array(value) + 1) for name, value in wrong.items()}
        if isinstance(case.question, TrainModel):
            answer = right_model(case, {name: value for name, value in replaced.items() if "accuracy" not in name})
            predicted = decode_array(answer.value.items[2])
            if any("accuracy" in name for name in replaced):
                turned = encode_array(np.roll(predicted, 1, axis=1))
                answer = Answer(value=Items((*answer.value.items[:2], turned)))
        else:
            answer = right_value(case, replaced)
            gradients = {
                name: replaced.get(f"{case.id}.grad.{name}", value) for name, value in answer.gradients.items()
            }
            config = {
                key: "another" if any(fnmatch(f"{case.id}.config.{key}", pattern) for pattern in wanted) else value
                for key, value in answer.config.items()
            }
            answer = Answer(value=answer.value, gradients=gradients, layout=0, config=config)
        answers[case.id] = answer
    return Observation(sheet.exercise, answers)


@pytest.mark.parametrize("name", RELEASED)
def test_check_and_grade_tell_the_same_of_a_broken_check(name: str) -> None:
    """With the sheet that students have: one that is out of date would tell them something else."""
    fresh = release.public_sheet(name)
    secret = dataclasses.replace(fresh, seed=seeds.commitment(b"0" * 32, "1"), wrong=(), pairs=None, probes=())
    released = RELEASED[name]
    for check in fresh.checks:
        observation = with_wrong(fresh, check.parts)
        told = policy.judge(released, observation, "cell")
        graded = policy.judge(secret, observation, "cell", public=(released, observation))
        assert (told.points < fresh.points) == (check.points > 0)
        assert (graded.status, graded.points, str(graded.message)) == (told.status, told.points, str(told.message))
        assert [(one.id, one.outcome, one.points, str(one.message)) for one in graded.checks] == [
            (one.id, one.outcome, one.points, str(one.message)) for one in told.checks
        ]


@pytest.mark.parametrize("name", IDS)
def test_the_witnesses_agree_on_other_seeds(name: str) -> None:
    exercise = exercises.load(name)
    cases = exercise.cases(np.random.default_rng(20))
    if any(isinstance(case, ModelCase) for case in cases):
        cases = tuple(case for case in cases if not isinstance(case, ModelCase))
    for case in cases:
        made = oracle._case(exercise, case, np.random.default_rng(21))
        for expected in made.expected[0]:
            assert expected.tolerance < 1e-3


@pytest.mark.parametrize("name", IDS)
def test_truth_follows_the_dtype_of_the_case(name: str) -> None:
    """The equations are evaluated in float32 to calibrate tolerances: a silent float64 would make them too small."""
    exercise = exercises.load(name)
    for case in exercise.cases(np.random.default_rng(3)):
        if isinstance(case, FunctionCase) and not case.axes:
            continue
        if isinstance(case, FunctionCase | LayerCase):
            wanted = np.float64 if isinstance(case, LayerCase) and case.dtype == "float64" else np.float32
            kinds = {part: value.dtype for part, value in exercise.truth(case).items() if value.dtype.kind == "f"}
            assert set(kinds.values()) <= {np.dtype(wanted)}, f"{case.id}: {kinds}"


@pytest.mark.parametrize("name", IDS)
def test_a_sheet_is_the_same_every_time(name: str) -> None:
    first = release.public_sheet(name)
    again = release.public_sheet.__wrapped__(name)
    assert first == again


def test_dataclasses_of_cases_hold_no_answer() -> None:
    for kind in (FunctionCase, LayerCase):
        names = {field.name for field in dataclasses.fields(kind)}
        assert not names & {"expected", "truth", "answer", "tolerance"}


@pytest.mark.parametrize("name", ["conv2d", "max_pool2d", "average_pool2d"])
def test_a_stride_shows_in_the_padding_of_rows_and_of_columns(name: str) -> None:
    """Whatever the seed, an odd number of rows and of columns is added, and not where a stride of 1 would put them."""
    for seed in range(30):
        shown = set()
        for case in exercises.load(name).cases(np.random.default_rng(seed)):
            assert isinstance(case, LayerCase)
            if case.config.get("padding") != "same" or case.route != "eager":
                continue
            window = case.config.get("kernel_size") or case.config["pool_size"]
            for axis, (length, size, stride) in enumerate(
                zip(case.inputs.shape[1:3], window, case.config["strides"], strict=True)
            ):
                before, after = eq.pad_amounts(length, size, stride, "same")
                if stride > 1 and (before + after) % 2 and before != eq.pad_amounts(length, size, 1, "same")[0]:
                    shown.add(axis)
        assert shown == {0, 1}, f"seed {seed}"
