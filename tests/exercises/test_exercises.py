"""Whoever adds an exercise file is covered by this file, without an edit."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from autograder import exercises
from autograder.judging import policy
from autograder.judging import sheet_files as sheets
from autograder.model import FunctionCase, LayerCase
from autograder.sheets import release, seeds
from autograder.sheets.proofs import prove, with_wrong
from reference import equations as eq

IDS = exercises.ids()
ROOT = Path(__file__).parents[2]
RELEASED = {
    name: sheet for path in sorted(ROOT.glob("solutions/*/*.checks")) for name, sheet in sheets.read(path).items()
}


def test_there_are_exercises_for_the_core_assignments() -> None:
    assert {exercises.load(name).assignment for name in IDS} >= {"rnn", "lstm", "cnn"}


@pytest.mark.parametrize("name", IDS)
def test_every_proof_holds(name: str) -> None:
    proofs = list(prove(exercises.load(name), lambda exercise: release.public_sheet(exercise.id)))
    assert {proof.title: proof.missing for proof in proofs if proof.missing} == {}
    assert len(proofs) == 9


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
            (one.id, one.outcome, one.points, "" if one.outcome == "advised" else str(one.message))
            for one in told.checks
        ]


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
