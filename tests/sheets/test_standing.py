"""Exercises asked with stand-ins: right work passes whatever its parts do, and wrong work does not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from support.solutions import answers_of

from autograder import exercises
from autograder.answering import answers
from autograder.judging import policy
from autograder.judging.follow_through import uses_stand_ins
from autograder.model import Observation, Sheet, Verdict
from autograder.sheets import oracle, seeds, standing
from autograder.sheets.release import public_sheet

IDS = [name for name in exercises.ids() if exercises.load(name).built_on]
SETS = [(name, parts) for name in IDS for parts in standing.foreseen(exercises.load(name))]
USED = {
    "lstm_step": (
        "    z = ops.matmul(x_t, kernel) + ops.matmul(h_prev, recurrent_kernel) + bias  # (batch, 4 * units)\n"
        "    z_i, z_f, z_c, z_o = ops.split(z, 4, axis=-1)\n"
        "    i_t, f_t, o_t = ops.sigmoid(z_i), ops.sigmoid(z_f), ops.sigmoid(z_o)\n"
        "    g_t = ops.tanh(z_c)\n    c_t = f_t * c_prev + i_t * g_t\n    h_t = o_t * ops.tanh(c_t)\n",
        "    blocks = [ops.split(weight, 4, axis=-1) for weight in (kernel, recurrent_kernel, bias)]\n"
        "    W, U, b = blocks\n"
        "    i_t = input_gate(x_t, h_prev, W[0], U[0], b[0])\n    f_t = forget_gate(x_t, h_prev, W[1], U[1], b[1])\n"
        "    g_t = candidate(x_t, h_prev, W[2], U[2], b[2])\n    o_t = output_gate(x_t, h_prev, W[3], U[3], b[3])\n"
        "    c_t = cell_state(f_t, c_prev, i_t, g_t)\n    h_t = hidden_state(o_t, c_t)\n",
    ),
    "simple_rnn_cell": (
        "h_t = ops.tanh(inputs @ self.kernel + h_prev @ self.recurrent_kernel + self.bias)",
        "h_t = rnn_step(inputs, h_prev, self.kernel, self.recurrent_kernel, self.bias)",
    ),
    "lesion_finder": (
        'keras.layers.Conv2D(filters, 5, activation="relu")',
        'Conv2D(filters, 5, activation="relu")',
    ),
    "simple_cnn": (
        'keras.layers.Conv2D(32, 3, padding="same", activation="relu"),\n            keras.layers.MaxPooling2D(2),',
        'Conv2D(32, (3, 3), padding="same"),\n            keras.layers.ReLU(),\n            MaxPooling2D((2, 2)),',
    ),
}
"""Answers that are built on functions, or on a layer of the notebook, where the solution's is not."""


def slips(assignment: str) -> list[tuple[str, str]]:
    return [pair for name, pair in USED.items() if exercises.load(name).assignment == assignment]


def observed(sheet: Sheet, names: dict[str, Any]) -> Observation:
    return Observation(sheet.exercise, {case.id: answers.answer(case.question, names) for case in sheet.cases})


def judged(sheet: Sheet, names: dict[str, Any]) -> Verdict:
    return policy.judge(sheet, observed(sheet, names), "cell")


@pytest.fixture(scope="module")
def solved() -> dict[str, dict[str, Any]]:
    return {name: answers_of(name, *slips(name)) for name in {exercises.load(one).assignment for one in IDS}}


def in_public_and_in_secret(name: str, parts: tuple[str, ...]) -> tuple[Sheet, Sheet]:
    draw = seeds.Draw(0, 1)
    if exercises.load(name).made_of is not None:
        return standing.public_sheet(name, parts), standing.secret_sheet(name, parts, b"s" * 32, "1", draw)
    generator = seeds.secret_generator(b"s" * 32, "1", name, draw)
    secret = oracle.answer_sheet(exercises.load(name), generator, seeds.commitment(b"s" * 32, "1", draw))
    public, hidden = (standing.trained_again(sheet, parts) for sheet in (public_sheet(name), secret))
    assert public is not None
    assert hidden is not None
    return public, hidden


@pytest.mark.parametrize(("name", "parts"), SETS)
def test_right_work_passes_in_public_and_in_secret(name: str, parts: tuple[str, ...], solved: Any) -> None:
    names = solved[exercises.load(name).assignment]
    before = dict(names)
    for sheet in in_public_and_in_secret(name, parts):
        assert sheet.replaced == parts
        seen = observed(sheet, names)
        assert uses_stand_ins(seen)
        verdict = policy.judge(sheet, seen, "cell")
        assert (verdict.status, verdict.points) == ("passed", sheet.points), str(verdict.message)
    assert names == before  # everything is in its place again


def computes_nothing_taught(name: str, parts: tuple[str, ...]) -> bool:
    """Whether the stand-ins are random mixtures; a layer of Keras's is one that works."""
    kinds = {part.name: part.stand_in.kind for group in exercises.load(name).built_on for part in group}
    return not any(kinds[part].startswith("keras.") for part in parts)


@pytest.mark.parametrize(("name", "parts"), [one for one in SETS if computes_nothing_taught(*one)])
def test_the_stand_in_is_no_answer(name: str, parts: tuple[str, ...]) -> None:
    """What right code makes of the stand-ins is nothing like what is right without them."""
    exercise = exercises.load(name)
    apart = standing.with_stand_ins(exercise, parts, np.random.default_rng(3))
    differing = 0
    for case in exercise.cases(np.random.default_rng(4)):
        right, other = exercise.truth(case), apart.truth(case)
        differing += any(
            right[part].shape != value.shape or np.max(np.abs(right[part] - value)) > 0.05
            for part, value in other.items() if not part.startswith("grad.")
        )  # fmt: skip
    assert differing


def test_a_wrong_part_makes_no_difference(solved: Any) -> None:
    slip = ("return h_t, [h_t, c_t]", "return h_t, [c_t * 0.5, h_t]")
    wrong = answers_of("lstm", slip)
    sheet = standing.public_sheet("lstm", ("LSTMCell",))
    assert judged(sheet, wrong).points == judged(sheet, solved["lstm"]).points == 12


@pytest.mark.parametrize(
    ("slip", "mistake"),
    [
        (("for t in reversed(steps) if self.go_backwards else steps", "for t in steps"), "rnn.always_forwards"),
        (("states = list(initial_state)", "states = list(initial_state)[::-1]"), "lstm.initial_states_exchanged"),
        (
            ("return (output, *states) if self.return_state", "return (output, *states[::-1]) if self.return_state"),
            "layer.state_order_h_c",
        ),
    ],
)
def test_own_mistakes_are_named_beside_a_wrong_part(slip: tuple[str, str], mistake: str) -> None:
    wrong = answers_of("lstm", ("g_t = ops.tanh(z_c)", "g_t = ops.sigmoid(z_c)"), slip)
    verdict = judged(standing.public_sheet("lstm", ("LSTMCell",)), wrong)
    assert verdict.points < 12
    assert verdict.diagnosis is not None
    assert verdict.diagnosis.mistake == mistake


def test_whoever_does_not_use_the_part_is_not_judged_by_it() -> None:
    built_in = answers_of("lstm", ("self.cell = LSTMCell(self.units)", "self.cell = keras.layers.LSTMCell(self.units)"))
    seen = observed(standing.public_sheet("lstm", ("LSTMCell",)), built_in)
    assert not uses_stand_ins(seen)


def test_the_nearest_wrong_parts_that_are_used_are_replaced() -> None:
    wrong = {"candidate", "output_gate", "lstm_step"}
    assert standing.replaceable("lstm_step", {"candidate", "hidden_state"}, wrong) == ("candidate",)
    assert standing.replaceable("lstm_step", {"candidate", "output_gate"}, wrong) == ("candidate", "output_gate")
    assert standing.replaceable("lstm_cell", {"lstm_step", "candidate"}, wrong) == ("lstm_step",)
    assert standing.replaceable("lstm_cell", {"keras"}, wrong) == ()
    assert standing.replaceable("conv1d", {"same_amounts"}, {"pad"}) == ("same_amounts",)
    assert standing.replaceable("forget_gate", {"candidate"}, wrong) == ()


def test_secret_sheets_differ_from_draw_to_draw_and_name_no_mistake() -> None:
    first, again, other = (
        standing.secret_sheet("lstm_cell", ("lstm_step",), b"s" * 32, "1", seeds.Draw(0, index)) for index in (0, 0, 1)
    )
    assert first == again
    assert first.stand_ins[0].seed != other.stand_ins[0].seed
    assert not first.wrong
    assert standing.public_sheet("lstm_cell", ("lstm_step",)).wrong
