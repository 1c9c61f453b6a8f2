"""A question that trains a model has a time of its own, and what is known when it is over counts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from support.questions import LIMITS

from autograder.judging import policy
from autograder.judging import sheet_files as sheets
from autograder.model import Cell, Sheet, Submission
from autograder.running.asking import Asking
from autograder.running.host import Zygote
from autograder.running.worlds import run_submission
from autograder.time_limits import ALLOWANCE, TRAINING, seconds_for

ROOT = Path(__file__).parents[2]
FAST = replace(LIMITS, question_seconds=1.0, grace_seconds=5.0, submission_seconds=120)
"""A model that trains without end is given six seconds."""
NETWORK = """
import keras, time


class Slow(keras.layers.Layer):
    def call(self, x, training=None):
        return x * 1.0{slow}


def simple_cnn(input_shape, classes):
    {before}
    return keras.Sequential([
        keras.Input(input_shape), keras.layers.Conv2D(32, 3, padding="same", activation="relu"),
        keras.layers.MaxPooling2D(2), Slow(), keras.layers.Flatten(), keras.layers.Dense(classes, "softmax"),
    ])
"""
SLOW_STEPS = (
    " + (tf.ensure_shape(tf.py_function(lambda: time.sleep(0.5) or 0.0, [], 'float32'), ()) if training else 0.0)"
)


@pytest.fixture(scope="module")
def sheet() -> Sheet:
    return sheets.read(ROOT / "solutions" / "cnn" / "cnn.checks")["simple_cnn"]


def judged(zygote: Zygote, sheet: Sheet, source: str):
    cells = (Cell("simple_cnn", "solution", source, 0), Cell("asked", "grade", "", 1, exercise="simple_cnn"))
    submission = Submission("ada", "cnn", "cnn", "", cells)
    seen = run_submission(zygote, submission, Asking({"asked": sheet}), FAST).observations["asked"]
    return policy.judge(sheet, seen, "asked")


def test_shape_and_weights_count_where_the_training_was_too_slow(zygote: Zygote, sheet: Sheet) -> None:
    verdict = judged(zygote, sheet, "import tensorflow as tf\n" + NETWORK.format(slow=SLOW_STEPS, before="pass"))
    assert {check.id: check.outcome for check in verdict.checks} == {
        "shape": "passed", "weights": "passed", "values": "passed", "accuracy": "failed"
    }  # fmt: skip
    assert (verdict.status, verdict.points) == ("partial", 3.0)
    message = str(verdict.message)
    assert "The training was too slow" in message
    assert "of 32 steps were done when its 6 seconds were over" in message
    assert "never ends" not in message


def test_where_there_was_no_model_yet_it_says_so(zygote: Zygote, sheet: Sheet) -> None:
    verdict = judged(zygote, sheet, NETWORK.format(slow="", before="while True: pass"))
    assert (verdict.status, verdict.points) == ("timed_out", 0.0)
    assert "there was no model yet that could be trained" in str(verdict.message)


def test_a_quick_network_earns_everything_in_the_same_time(zygote: Zygote, sheet: Sheet) -> None:
    assert judged(zygote, sheet, NETWORK.format(slow="", before="pass")).status == "passed"


def test_a_training_has_more_time_than_a_call_and_more_where_the_reference_is_slow(sheet: Sheet) -> None:
    training = sheet.cases[-1].question
    assert seconds_for(training, 20.0) == TRAINING * 20.0
    assert seconds_for(training, 20.0, reference=3.0) == ALLOWANCE * 3.0
    call = sheets.read(ROOT / "solutions" / "cnn" / "cnn.checks")["conv2d"].cases[0].question
    assert seconds_for(call, 20.0, reference=3.0) == 20.0
