"""Checks that give no points: right work passes them, what misses one is told so, and nothing else comes of that."""

from __future__ import annotations

import dataclasses
from typing import Any

import msgspec
import numpy as np
import pytest
from support.html_tree import Tree
from support.solutions import answers_of

from autograder import exercises
from autograder.answering import answers
from autograder.answering.protocol import CallLayer, decode_array
from autograder.cards.card import card_html
from autograder.cards.card_text import card_text
from autograder.judging import policy
from autograder.judging.advice import SLOW
from autograder.model import CheckResult, Observation, Sheet, Verdict
from autograder.sheets import standing
from autograder.sheets.release import public_sheet

ADVISED = [name for name in exercises.ids() if public_sheet(name).advice]
RNN, LSTM, CNN = "rnn", "lstm", "cnn"
CAST = "was something cast inside a float64 run?"
NO_ENTRY = "get_config() has no entry"
CALL = "    def call(self, x):\n        ### BEGIN SOLUTION\n        "
CONFIG = "    def get_config(self):\n        return super().get_config()\n\n" + CALL
KEPT_LENGTH = ("for t in range(inputs.shape[1]):", "for t in range(self.steps):")
MISSED: dict[tuple[str, str], list[tuple[tuple[tuple[str, str], ...], str]]] = {
    ("simple_rnn_cell", "loop"): [
        ((("        self.state_size = units\n", ""),), "`state_size` is missing: `keras.layers.RNN` asks it"),
        ((("self.output_size = units", "self.output_size = 2 * units"),), "`output_size` is "),
        (
            (
                ("def call(self, inputs, states, training=False):",
                 "def call(self, inputs, states, training=False):\n        states = states + [states[0]]"),
            ),
            "it stopped with TypeError (can only concatenate tuple",
        ),
    ],
    ("simple_rnn", "float64"): [((("return h_t, [h_t]", "return ops.cast(h_t, 'float32'), [h_t]"),), CAST)],
    ("simple_rnn", "resized"): [
        ((("self.cell.build((", "self.steps = input_shape[1]\n        self.cell.build(("), KEPT_LENGTH), "shape"),
    ],
    ("lstm_cell", "loop"): [
        ((("self.state_size = [units, units]", "self.state_size = units"),), "`state_size` is "),
        ((("        self.state_size = [units, units]\n", ""),), "`state_size` is missing"),
    ],
    ("lstm_cell", "forget_bias"): [
        ((("initializer=forget_block_one", "initializer='zeros'"),), "The initial value of `bias` differs by up to 1"),
    ],
    ("lstm", "forget_bias"): [
        ((("initializer=forget_block_one", "initializer='zeros'"),), "The initial value of `bias` differs by up to 1"),
    ],
    ("lstm", "float64"): [((("return h_t, [h_t, c_t]", "return ops.cast(h_t, 'float32'), [h_t, c_t]"),), CAST)],
    ("lstm", "resized"): [
        (
            (("self.cell.build((", "self.steps = input_shape[1]\n        self.cell.build(("),
             ("steps = range(inputs.shape[1])", "steps = range(self.steps)")),
            "shape",
        ),
    ],
    ("conv2d", "whole_number"): [
        ((("(kernel_size, kernel_size) if isinstance(kernel_size, int) else", ""),),
         "it stopped with TypeError ('int' object is not iterable)"),
    ],
    ("conv2d", "float64"): [
        ((("return ops.stack(rows, axis=1) + self.bias",
           "return ops.cast(ops.stack(rows, axis=1) + self.bias, 'float32')"),), CAST),
    ],
    ("conv2d", "resized"): [
        ((("channels = input_shape[-1]\n", "channels = input_shape[-1]\n        self.tall = input_shape[1]\n"),
          ("pad(x, self.kernel_size", "pad(x[:, : self.tall], self.kernel_size")), "differs by"),
    ],
    ("max_pool2d", "whole_number"): [
        ((("(strides, strides) if isinstance(strides, int) else tuple(strides)", "tuple(strides)"),),
         "it stopped with TypeError"),
    ],
    ("max_pool2d", "config"): [
        (((CALL + "x = pad(x, self.pool", CONFIG + "x = pad(x, self.pool"),),
         NO_ENTRY),
    ],
    ("average_pool2d", "whole_number"): [
        ((("(pool_size, pool_size) if isinstance(pool_size, int) else tuple(pool_size)", "tuple(pool_size)"),),
         "it stopped with TypeError"),
    ],
    ("average_pool2d", "config"): [
        (((CALL + "padded", CONFIG + "padded"),), NO_ENTRY),
    ],
    ("global_pool", "config"): [
        (((CALL + "reduce", CONFIG + "reduce"),), NO_ENTRY),
    ],
}  # fmt: skip
"""(exercise, check) -> slips by which the solution misses it, and what is said of that."""
CASES = [(*where, *one) for where, some in MISSED.items() for one in some]


def observed(sheet: Sheet, target: Any) -> Observation:
    """As a worker would: everything that gives points, then what is to follow."""
    names = {sheet.entry_point: target}
    seen = Observation(sheet.exercise, {case.id: answers.answer(case.question, names) for case in sheet.cases})
    further = {case.id: answers.answer(case.question, names) for case in policy.own_to_ask(sheet, seen)}
    return dataclasses.replace(seen, probed=further)


def judged(sheet: Sheet, target: Any) -> Verdict:
    return policy.judge(sheet, observed(sheet, target), "cell")


def secret(sheet: Sheet) -> Sheet:
    return dataclasses.replace(sheet, seed="0" * 16, wrong=(), pairs=None, probes=(), standing=())


def answered(exercise: str, *slips: tuple[str, str]) -> Any:
    return answers_of(exercises.load(exercise).assignment, *slips)[exercises.load(exercise).entry_point]


def without_points(verdict: Verdict) -> dict[str, CheckResult]:
    return {check.id: check for check in verdict.checks if not check.max_points}


def test_every_check_without_points_has_somebody_who_misses_it() -> None:
    told = {(name, check.id) for name in ADVISED for check in public_sheet(name).checks if not check.points}
    assert told == MISSED.keys()


@pytest.mark.parametrize("name", ADVISED)
def test_keras_the_reference_and_the_solution_pass(name: str) -> None:
    sheet = public_sheet(name)
    for target in (*(make() for make in exercises.load(name).witnesses.values()), answered(name)):
        verdict = judged(sheet, target)
        assert (verdict.status, verdict.points) == ("passed", sheet.points)
        found = without_points(verdict)
        assert {check.outcome for check in found.values()} == {"passed"}, found
        assert found.keys() == {check.id for check in sheet.checks if not check.points}


@pytest.mark.parametrize(("name", "missed", "slips", "said"), CASES)
def test_what_is_missed_is_told_and_costs_nothing(
    name: str, missed: str, slips: tuple[tuple[str, str], ...], said: str
) -> None:
    sheet = public_sheet(name)
    target = answered(name, *slips)
    verdict = judged(sheet, target)
    assert (verdict.status, verdict.points, verdict.look_at) == ("passed", sheet.points, "")
    found = without_points(verdict)
    assert {one for one, check in found.items() if check.outcome == "advised"} == {missed}
    message = str(found[missed].message)
    hint = next(check.hint for check in sheet.checks if check.id == missed)
    assert said in message
    assert message.endswith(hint)
    assert hint.endswith("?")
    graded = judged(secret(sheet), target)
    assert (graded.status, graded.points) == ("passed", sheet.points)
    only = without_points(graded)[missed]
    assert (only.outcome, str(only.message), only.parts, only.points) == ("advised", "", (), 0.0)


@pytest.mark.parametrize("name", ["simple_rnn_cell", "lstm_cell"])
def test_a_loop_gives_what_keras_own_gives(name: str) -> None:
    import keras

    (case,) = (case for case in public_sheet(name).advice if case.id == "loop")
    assert isinstance(case.question, CallLayer)
    cell = answered(name)(case.question.config["units"])
    x = decode_array(case.question.inputs)
    cell.build((None, x.shape[-1]))
    cell.set_weights([decode_array(named.array) for named in case.question.layouts[0]])
    found = keras.layers.RNN(cell, return_sequences=True, return_state=True)(x)
    for expected, array in zip(case.expected[0], found, strict=True):
        np.testing.assert_allclose(np.asarray(array), decode_array(expected.value), atol=1e-5)
    without = answered(name, *MISSED[name, "loop"][0 if name == "simple_rnn_cell" else 1][0])
    with pytest.raises(ValueError, match="state_size"):
        keras.layers.RNN(without(3))


def test_a_bias_of_each_gate_is_asked_by_its_own_name() -> None:
    per_gate = (
        ('self.bias = self.add_weight(name="bias", shape=(wide,), initializer=forget_block_one)',
         'each = [self.add_weight(name=f"bias_{gate}", shape=(self.units,), initializer="zeros") for gate in "ifco"]\n'
         "        self.biases = each\n"
         '        kernels = [self.add_weight(name=f"{n}_{g}", shape=(k, self.units)) for n, k in '
         '(("kernel", input_shape[-1]), ("recurrent_kernel", self.units)) for g in "ifco"]\n'
         "        self.kernels, self.recurrent_kernels = kernels[:4], kernels[4:]"),
        ('        self.kernel = self.add_weight(name="kernel", shape=(input_shape[-1], wide))\n', ""),
        ('        self.recurrent_kernel = self.add_weight(name="recurrent_kernel", shape=(self.units, wide))\n', ""),
        ("h_t, c_t = lstm_step(inputs, h_prev, c_prev, self.kernel, self.recurrent_kernel, self.bias)",
         "h_t, c_t = lstm_step(inputs, h_prev, c_prev, ops.concatenate(self.kernels, 1), "
         "ops.concatenate(self.recurrent_kernels, 1), ops.concatenate(self.biases, 0))"),
    )  # fmt: skip
    found = without_points(judged(public_sheet("lstm_cell"), answered("lstm_cell", *per_gate)))
    assert found["forget_bias"].outcome == "advised"
    assert "The initial value of `bias_f` differs" in str(found["forget_bias"].message)
    ones = (
        'initializer="zeros") for gate in "ifco"]',
        'initializer="ones" if gate == "f" else "zeros") for gate in "ifco"]',
    )
    right = without_points(judged(public_sheet("lstm_cell"), answered("lstm_cell", *per_gate, ones)))
    assert right["forget_bias"].outcome == "passed"


def test_of_two_biases_nothing_is_said() -> None:
    """A one may stand in either of them."""
    sheet = public_sheet("lstm_cell")
    (fresh,) = (case for case in sheet.advice if case.id == "fresh")
    assert isinstance(fresh.question, CallLayer)
    layouts = [{named.name for named in layout} for layout in fresh.question.layouts]
    of_two = [bool(layout & {"recurrent_bias", "recurrent_bias_f"}) for layout in layouts]
    assert of_two.count(True) == 2
    assert [not expected for expected in fresh.expected] == of_two


def test_what_is_wrong_is_not_asked_for_advice() -> None:
    sheet = public_sheet("lstm_cell")
    wrong = answered("lstm_cell", ('"units": self.units}', '"units": 2 * self.units}'))
    verdict = judged(sheet, wrong)
    assert (verdict.status, verdict.points) == ("partial", 7.0)
    assert without_points(verdict) == {}


def test_what_is_slow_is_not_asked_for_advice() -> None:
    sheet = public_sheet("lstm_cell")
    seen = observed(sheet, answered("lstm_cell"))
    first, *others = seen.answers
    slow = {first: msgspec.structs.replace(seen.answers[first], seconds=SLOW)}
    slow |= {name: seen.answers[name] for name in others}
    assert policy.own_to_ask(sheet, dataclasses.replace(seen, answers=slow, probed={})) == ()


@pytest.mark.parametrize("ended", ["timed_out", "died", "out_of_memory"])
def test_what_ends_while_advice_is_asked_costs_nothing(ended: str) -> None:
    sheet = public_sheet("lstm_cell")
    seen = observed(sheet, answered("lstm_cell"))
    verdict = policy.judge(sheet, dataclasses.replace(seen, probed={}, ended=ended), "cell")
    assert (verdict.status, verdict.points) == ("passed", sheet.points)
    assert without_points(verdict) == {}
    few = dict(list(seen.answers.items())[:2])
    assert policy.judge(sheet, dataclasses.replace(seen, answers=few, ended=ended), "cell").points == 0


@pytest.mark.parametrize("name", [name for name in ADVISED if exercises.load(name).built_on])
def test_what_is_asked_with_stand_ins_is_asked_for_no_advice(name: str) -> None:
    for parts in standing.foreseen(exercises.load(name)):
        sheet = standing.public_sheet(name, parts)
        assert sheet.advice == ()
        assert {check.points > 0 for check in sheet.checks} == {True}


def test_the_card_gives_it_in_a_sentence() -> None:
    sheet = public_sheet("lstm_cell")
    target = answered("lstm_cell", ("        self.state_size = [units, units]\n", ""))
    verdict, graded = judged(sheet, target), judged(secret(sheet), target)
    for shown in (Tree(card_html(verdict)).text, card_text(verdict)):
        said = " ".join(shown.split())
        assert "8 of 8 points" in said
        assert "state_size" in said
        assert "asks it how wide the states are. A loop that knows nothing of your cell" in said
    for shown in (Tree(card_html(graded)).text, card_text(graded)):
        assert "Runs inside" in shown
        assert "asks it how wide" not in " ".join(shown.split())
    (checks,) = Tree(card_html(verdict)).of_class("gbk-checks")
    looks = [item.classes for item in checks.children if "Runs inside" in item.text]
    assert looks == [["gbk-part"]]
