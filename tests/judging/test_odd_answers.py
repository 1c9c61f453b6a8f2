"""Whatever a worker answers, and in whatever order things are missing or odd, is judged without a stumble."""

from __future__ import annotations

import dataclasses
import random
from typing import Any

import numpy as np
import pytest

from autograder.answering.protocol import Answer, CallLayer, Items, Other, Value, decode_array, encode_array
from autograder.judging import policy
from autograder.model import Observation, Sheet, SheetCase
from autograder.sheets.proofs import right_value
from autograder.sheets.release import public_sheet

NAMES = ("lstm_cell", "lstm", "conv2d", "simple_rnn", "bidirectional_lstm")


def odd(shape: tuple[int, ...], dice: random.Random) -> Value:
    """An array of this shape with something wrong about it, or something that is none."""
    plain = np.random.default_rng(dice.randrange(99)).normal(size=shape)
    made: list[Any] = [
        plain, plain.astype(complex), plain > 0, np.full(shape, np.nan), np.full(shape, np.inf), np.zeros(shape),
        plain.reshape(-1), (plain * 10).astype("int64"), plain.astype("float16"), plain[None], plain[:0], plain * 1e300,
    ]  # fmt: skip
    others: list[Value] = [None, Other("object"), Items(()), True, 3, "text"]
    picked = dice.randrange(len(made) + len(others))
    return encode_array(made[picked]) if picked < len(made) else others[picked - len(made)]


def odd_answer(case: SheetCase, dice: random.Random) -> Answer:
    shapes = {expected.part: decode_array(expected.value).shape for expected in case.expected[0]}
    values = tuple(odd(shapes[part], dice) for part in case.returns)
    value: Value = values[0] if len(values) == 1 else Items(values)
    if values and isinstance(case.question, CallLayer) and case.question.protocol == "cell" and dice.random() < 0.9:
        value = Items((values[0], Items(values[1:])))
    gradients = {part.removeprefix("grad."): odd(shape, dice) for part, shape in shapes.items() if "grad." in part}
    initial = {part.removeprefix("weight."): odd(shape, dice) for part, shape in shapes.items() if "weight." in part}
    config = {key: dice.choice([odd((2,), dice), wanted]) for key, wanted in case.config_back.items()}
    layout = dice.choice([None, 0, 1, 2, 4, 99, -3])
    return Answer(
        value=value, gradients=gradients, layout=layout, stood_in=True, gradients_failed=dice.random() < 0.2,
        initial=initial, config=config,
    )  # fmt: skip


def observed(sheet: Sheet, dice: random.Random) -> Observation:
    share = dice.choice([0.0, 0.6, 0.6, 0.6])  # of what is odd; where nothing is, advice is asked
    answers = {
        case.id: odd_answer(case, dice) if dice.random() < share else right_value(case, {}) for case in sheet.cases
    }
    seen = Observation(sheet.exercise, answers)
    probed = {case.id: odd_answer(case, dice) for case in policy.own_to_ask(sheet, seen)}
    return dataclasses.replace(seen, probed=probed)


@pytest.mark.parametrize("name", NAMES)
def test_is_judged(name: str) -> None:
    dice = random.Random(name)
    sheet = public_sheet(name)
    for one in (sheet, *sheet.standing):
        for _ in range(40):
            seen = observed(one, dice)
            verdict = policy.judge(one, seen, "cell")
            assert 0 <= verdict.points <= one.points
            reading = policy.other_reading(one, seen)
            if reading is not None:
                other = dataclasses.replace(observed(one, dice), reading=reading)
                assert policy.better(one, seen, other) in (seen, other)
