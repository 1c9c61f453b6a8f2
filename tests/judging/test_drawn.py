"""An answer that is another one each time is said to be drawn; one that is only wrong is not."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from autograder.answering.answers import answer
from autograder.judging import policy
from autograder.language import ENGLISH
from autograder.model import Observation
from autograder.sheets.release import public_sheet


def noisy_step(x_t: Any, h_prev: Any, W: Any, U: Any, b: Any) -> Any:
    return np.tanh(x_t @ W + h_prev @ U + b + 0.1 * np.random.normal(size=b.shape))


def unseeded_step(x_t: Any, h_prev: Any, W: Any, U: Any, b: Any) -> Any:
    return np.tanh(x_t @ W + h_prev @ U + b) + np.random.default_rng().normal(size=b.shape)


def linear_step(x_t: Any, h_prev: Any, W: Any, U: Any, b: Any) -> Any:
    return np.cbrt(x_t @ W + h_prev @ U + b)


class _Cell(keras.layers.Layer):
    def __init__(self, units: int, **options: Any) -> None:
        super().__init__(**options)
        self.units = self.state_size = units

    def build(self, shape: Any) -> None:
        start = {"initializer": "glorot_uniform"}
        self.kernel = self.add_weight(shape=(shape[-1], self.units), name="kernel", **start)
        self.recurrent_kernel = self.add_weight(shape=(self.units, self.units), name="recurrent_kernel", **start)
        self.bias = self.add_weight(shape=(self.units,), name="bias", initializer="zeros")


class DroppingCell(_Cell):
    def call(self, x_t: Any, states: Any) -> Any:
        x_t = keras.random.dropout(x_t, 0.5)
        h = keras.ops.tanh(x_t @ self.kernel + states[0] @ self.recurrent_kernel + self.bias)
        return h, [h]


class CubicCell(_Cell):
    def call(self, x_t: Any, states: Any) -> Any:
        h = keras.ops.sin(x_t @ self.kernel + states[0] @ self.recurrent_kernel + self.bias) ** 3
        return h, [h]


def said_of(exercise: str, given: Any) -> str:
    sheet = public_sheet(exercise)
    names = {sheet.entry_point: given}
    asked = Observation(exercise, {case.id: answer(case.question, names) for case in sheet.cases})
    probed = {case.id: answer(case.question, names) for case in policy.still_to_ask(sheet, asked)}
    verdict = policy.judge(sheet, Observation(exercise, asked.answers, probed=probed), "a-cell")
    assert verdict.status != "passed"
    return " ".join(ENGLISH.say(one) for one in verdict.finding.says) if verdict.finding is not None else ""


@pytest.mark.parametrize(
    ("exercise", "given", "drawn"),
    [
        ("rnn_step", noisy_step, True),
        ("rnn_step", unseeded_step, True),
        ("rnn_step", linear_step, False),
        ("simple_rnn_cell", DroppingCell, True),
        ("simple_rnn_cell", CubicCell, False),
    ],
)
def test_what_is_drawn_is_told(exercise: str, given: Any, drawn: bool) -> None:
    assert ("drawn at random" in said_of(exercise, given)) == drawn
