"""The same answer gets the same verdict, whatever Keras runs on; see benchmarks/backends.py for all of them."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import backends

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = 40
STUDENTS = ("ops_scan", "true_convolution", "uses_the_builtin")


def asked(what: str, backend: str, *, only: str | None = None, sample: int = 1) -> backends.Answers:
    return backends.on(backend, what, argparse.Namespace(only=only, sample=sample, keep=None))


@pytest.fixture(scope="module")
def usual() -> backends.Answers:
    return asked("corpus", "tensorflow", sample=SAMPLE)


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_a_slice_of_the_corpus_is_judged_as_on_tensorflow(backend: str, usual: backends.Answers) -> None:
    counts, wrong = backends.tallied(backend, usual, asked("corpus", backend, sample=SAMPLE))
    assert not wrong
    assert counts["asked"] == len(usual) > 15
    assert len({verdict["status"] for verdict in usual.values()}) > 2


@pytest.mark.parametrize("student", STUDENTS)
def test_a_student_gets_the_same_grade(student: str) -> None:
    usual, *others = (asked("grades", backend, only=student) for backend in backends.BACKENDS)
    assert others == [usual, usual]
    assert any(verdict["points"] for verdict in usual.values())
    assert any(verdict["status"] != "passed" for verdict in usual.values()) or student == "ops_scan"


RIGHT = """
import dataclasses, json, sys
from benchmarks.backends import said, sheets
from autograder import exercises
from autograder.student.checking import check_sheet

known, found = sheets(), {}
for name in sys.argv[1:]:
    sheet = dataclasses.replace(known[name], forbidden=())
    found[name] = said(check_sheet(sheet, exercises.load(name).witnesses["reference"]()))
json.dump(found, sys.stdout)
"""
LAYERS = ("simple_rnn", "lstm", "bidirectional_lstm", "conv2d", "max_pool2d", "average_pool2d")


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_layers_of_the_reference_are_right(backend: str) -> None:
    """By the tolerances of TensorFlow's sheets."""
    done = subprocess.run(
        [sys.executable, "-c", RIGHT, *LAYERS], cwd=ROOT, capture_output=True, text=True, check=False,
        env=os.environ | {"KERAS_BACKEND": backend, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout)
    assert {name: one["message"] for name, one in found.items() if one["status"] != "passed"} == {}
    assert tuple(found) == LAYERS
