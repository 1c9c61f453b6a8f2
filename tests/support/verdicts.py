"""Verdicts and records to report on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import get_args

import numpy as np
import pytest

from autograder.answering.protocol import Problem, encode_array
from autograder.model import RECORD_VERSION, CheckResult, Diagnosis, PartResult, Record, Status, Verdict

STATUSES: tuple[Status, ...] = get_args(Status)


def wrong_part(got: np.ndarray, expected: np.ndarray, axes: tuple[str, ...], /, **changes: object) -> PartResult:
    """A part with wrong values, as the comparison reports it."""
    difference = np.abs(got - expected)
    at = np.unravel_index(np.argmax(difference), difference.shape)
    part = PartResult(
        part="sequence.output",
        rung="value",
        message="the values differ",
        axes=axes,
        worst={axis: int(index) for axis, index in zip(axes, at, strict=True)},
        got=float(got[at]),
        expected=float(expected[at]),
        difference=float(difference[at]),
        tolerance=1e-6,
        wrong_entries=int(np.sum(difference > 1e-6)),
        entries=got.size,
        got_shape=got.shape,
        expected_shape=expected.shape,
        got_values=encode_array(got),
        expected_values=encode_array(expected),
    )
    return replace(part, **changes)  # type: ignore[arg-type]


def sequence_part() -> PartResult:
    """An LSTM's output (batch 2, time 5, units 4), wrong from timestep 1 on; worst at [1, 3, 2]."""
    expected = np.tanh(np.random.default_rng(0).normal(size=(2, 5, 4)))
    got = expected.copy()
    got[:, 1:] += 0.25
    got[1, 3, 2] += 0.5
    return wrong_part(got, expected, ("batch", "time", "units"), wrong_where={"time": (1, 2, 3, 4)})


@pytest.fixture
def verdict() -> Verdict:
    """A failed LSTM with a diagnosis, values to look at, an exception and notes: every field is filled."""
    return Verdict(
        exercise="lstm",
        title="The LSTM as a Keras layer",
        entry_point="LSTM",
        cell_id="cell-lstm",
        status="failed",
        points=1,
        max_points=4.5,
        message="The output is wrong from `timestep` 1 on.",
        look_at="Print the four blocks.",
        checks=(
            CheckResult("values", "Output at every step", "failed", 0, 2.5, "32 entries", (sequence_part(),)),
            CheckResult("states", "The two states", "waiting", 0, 1, "waiting for: Output at every step"),
            CheckResult("config", "The config", "passed", 1, 1),
        ),
        diagnosis=Diagnosis(
            "lstm.i_f", "Two gates are exchanged", "Which block is which?", "forget", "forget gate", "lstm"
        ),
        problem=Problem(
            "exception", "NameError", "name 'sigmoid' is not defined", "Traceback", "z = sigmoid(x)", "call"
        ),
        notes=("The cell ran twice.",),
        case="batch 2, time 5, units 4",
    )  # fmt: skip


@pytest.fixture
def make_record() -> Callable[..., Record]:
    """A record of a student with some verdicts."""

    def make(student: str = "alice", verdicts: tuple[Verdict, ...] = (), **changes: object) -> Record:
        record = Record(
            version=RECORD_VERSION,
            assignment="lstm",
            student=student,
            notebook="lstm",
            status="graded",
            points=sum(verdict.points for verdict in verdicts),
            max_points=sum(verdict.max_points for verdict in verdicts),
            verdicts=verdicts,
            notes=(),
            sha256="ab" * 32,
            seed="commitment",
            sandbox="full",
            device="cpu",
            backend="tensorflow",
            versions={"keras": "3.15.1", "python": "3.12"},
            started="2026-11-24T08:00:00Z",
            seconds={"cells": 0.25},
        )
        return replace(record, **changes)  # type: ignore[arg-type]

    return make
