"""Checks that do not depend on values, of layers whose values are wrong."""

from __future__ import annotations

from typing import Any

import pytest
from support.solutions import answers_of

from autograder.judging import policy
from autograder.model import Verdict
from autograder.sheets.release import public_sheet
from autograder.student.checking import check_sheet

WRONG = ("h_t, c_t = lstm_step(inputs, h_prev, c_prev,", "h_t, c_t = lstm_step(inputs, h_prev, 2 * c_prev,")


def checked(*slips: tuple[str, str]) -> Verdict:
    names = answers_of("lstm", *slips)
    return check_sheet(public_sheet("lstm_cell"), names["LSTMCell"])


def outcomes(verdict: Verdict) -> dict[str, str]:
    return {check.id: check.outcome for check in verdict.checks}


def test_wrong_values_cost_themselves() -> None:
    verdict = checked(WRONG)
    assert outcomes(verdict) == {
        "values": "failed", "states": "failed", "gradients": "passed", "no_leak": "passed", "config": "passed"
    }  # fmt: skip
    assert verdict.points == 3.0


@pytest.mark.parametrize(
    ("slip", "failing", "said"),
    [
        (
            ("return h_t, [h_t, c_t]", "return h_t, [h_t, ops.stop_gradient(c_t)]"), "gradients",
            "the gradients say",
        ),
        (
            ("return h_t, [h_t, c_t]",
             "self.kept = getattr(self, 'kept', 0.0) + 0.1\n        return h_t + self.kept, [h_t, c_t]"),
            "no_leak", "Held against its own answer to a plain call",
        ),
        (('"units": self.units}', '"units": 2 * self.units}'), "config", ""),
    ],
)  # fmt: skip
def test_what_else_is_wrong_is_still_found(slip: tuple[str, str], failing: str, said: str) -> None:
    verdict = checked(WRONG, slip)
    found = outcomes(verdict)
    assert found[failing] == "failed"
    assert {name for name, outcome in found.items() if outcome == "failed"} == {"values", "states", failing}
    assert any(said in str(check.message) for check in verdict.checks)


def test_zeros_earn_nothing() -> None:
    slip = ("return h_t, [h_t, c_t]", "return ops.zeros_like(h_t), [ops.zeros_like(h_t), ops.zeros_like(c_t)]")
    verdict = checked(slip)
    assert (verdict.status, verdict.points) == ("failed", 0.0)
    assert set(outcomes(verdict).values()) == {"failed", "waiting"}


def test_only_advice_is_asked_of_right_work() -> None:
    sheet = public_sheet("lstm_cell")
    names: dict[str, Any] = answers_of("lstm")
    assert check_sheet(sheet, names["LSTMCell"]).points == sheet.points
    from autograder.answering import answers
    from autograder.model import Observation

    seen = Observation("lstm_cell", {case.id: answers.answer(case.question, names) for case in sheet.cases})
    assert policy.own_to_ask(sheet, seen) == sheet.advice
    assert policy.other_reading(sheet, seen) is None


def test_a_frozen_weight_is_told_as_one() -> None:
    verdict = checked(("initializer=forget_block_one)", "initializer=forget_block_one, trainable=False)"))
    assert (verdict.points, outcomes(verdict)["gradients"]) == (7.0, "failed")
    assert "`bias`: the weight is not trainable" in str(verdict.message)


def test_an_operation_without_a_gradient_costs_the_gradient_alone() -> None:
    slip = ("return h_t, [h_t, c_t]", "h_t = ops.slice_update(h_t, (0, 0), h_t[:1])\n        return h_t, [h_t, c_t]")
    verdict = checked(slip)
    assert (verdict.points, outcomes(verdict)["gradients"]) == (7.0, "failed")
    assert "There are no gradients" in str(verdict.message)


def test_a_sequence_of_arrays_is_no_array() -> None:
    names = answers_of("lstm", ("return f_t * c_prev + i_t * g_t", "return f_t * c_prev, i_t * g_t"))
    verdict = check_sheet(public_sheet("cell_state"), names["cell_state"])
    assert "it is a sequence of 2 values" in str(verdict.message)


@pytest.mark.parametrize(
    "slip",
    [
        "h_t = 0 * h_t + ops.arange(self.units, dtype='float32')\n        return h_t, [h_t, 0 * c_t + h_t]",
        "return 0 * h_t + self.bias[: self.units], [0 * h_t + self.bias[: self.units], 0 * c_t]",
    ],
)
def test_what_says_the_same_of_every_sample_earns_nothing(slip: str) -> None:
    verdict = checked(("return h_t, [h_t, c_t]", slip))
    assert verdict.points == 0.0
