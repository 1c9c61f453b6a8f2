"""What people handed in, told as it was meant: each is a kind that a public notebook or a report showed."""

from __future__ import annotations

import pytest
from support.solutions import answers_of

from autograder.cards.card_text import card_text
from autograder.model import Verdict
from autograder.sheets.release import public_sheet
from autograder.student.checking import check_sheet

Slips = tuple[tuple[str, str], ...]


def checked(assignment: str, exercise: str, *slips: tuple[str, str]) -> Verdict:
    sheet = public_sheet(exercise)
    return check_sheet(sheet, answers_of(assignment, *slips)[sheet.entry_point])


def said(verdict: Verdict) -> str:
    return " ".join(card_text(verdict, 100_000).split())


def failing(verdict: Verdict) -> set[str]:
    return {check.id for check in verdict.checks if check.outcome == "failed"}


# ---------------------------------------------------------------------------------------- weights, and whose they are

FUSED: Slips = (
    (
        'self.kernel = self.add_weight(name="kernel", shape=(input_shape[-1], wide))',
        'self.mix = self.add_weight(name="m", shape=(input_shape[-1] + self.units, wide))',
    ),
    ('        self.recurrent_kernel = self.add_weight(name="recurrent_kernel", shape=(self.units, wide))\n', ""),
    ('self.bias = self.add_weight(name="bias"', 'self.shift = self.add_weight(name="s"'),
    (
        "h_t, c_t = lstm_step(inputs, h_prev, c_prev, self.kernel, self.recurrent_kernel, self.bias)",
        "W, U = self.mix[: inputs.shape[-1]], self.mix[inputs.shape[-1] :]\n"
        "        h_t, c_t = lstm_step(inputs, h_prev, c_prev, W, U, self.shift)",
    ),
)
"""One matrix over [x, h] and a bias, whose names say nothing: only their shapes tell what they are."""


@pytest.mark.parametrize("exercise", ["stacked_lstm", "bidirectional_lstm"])
def test_shapes_tell_weights_apart_wherever_attributes_tell_the_layers(exercise: str) -> None:
    verdict = checked("lstm", exercise, *FUSED)
    assert (verdict.status, verdict.points) == ("passed", verdict.max_points), said(verdict)


@pytest.mark.parametrize(
    "slips",
    [
        (("self.forward_layer", "self.there"), ("self.backward_layer", "self.home")),
        (
            ("self.forward_layer = LSTM(units, return_sequences=return_sequences)", "self.both = ["),
            (
                "self.backward_layer = LSTM(units, return_sequences=return_sequences, go_backwards=True)",
                "    LSTM(units, return_sequences=return_sequences, go_backwards=way) for way in (False, True)]",
            ),
            ("self.forward_layer(inputs), self.backward_layer(inputs)", "(layer(inputs) for layer in self.both)"),
        ),
    ],
    ids=["other names", "a list"],
)
def test_the_attributes_that_tell_two_readers_apart_are_named(slips: Slips) -> None:
    text = said(checked("lstm", "bidirectional_lstm", *slips))
    assert "It is not clear which of its layers is which." in text
    assert "`forward_layer`, `backward_layer`" in text


# ------------------------------------------------------------------------------------------------- made in `call`

BUILT = """        features = input_shape[-1]
        self.kernel = self.add_weight(name="kernel", shape=(features, self.units))
        self.recurrent_kernel = self.add_weight(
            name="recurrent_kernel", shape=(self.units, self.units), initializer="orthogonal"
        )
        self.bias = self.add_weight(name="bias", shape=(self.units,), initializer="zeros")
"""
STEP = "inputs @ self.kernel + h_prev @ self.recurrent_kernel + self.bias"
MADE_IN_CALL = "Weights and layers that are made in `call` are made anew in every call"


@pytest.mark.parametrize(
    ("assignment", "exercise", "slips", "told"),
    [
        (
            "rnn", "simple_rnn_cell",
            ((BUILT, "        pass\n"), (STEP, "keras.layers.Dense(self.units)(ops.concatenate([inputs, h_prev], 1))")),
            MADE_IN_CALL,
        ),
        (
            "rnn", "simple_rnn_cell",
            (
                (BUILT, "        pass\n"),
                ("        h_prev = states[0]\n", "        h_prev = states[0]\n" + BUILT.replace("input_", "inputs.")),
            ),
            "Weights or layers are made while the layer is called.",
        ),
        (
            "lstm", "lstm",
            (
                ("        self.cell = LSTMCell(self.units)\n", ""),
                ("        self.cell.build((input_shape[0], input_shape[-1]))\n", "        pass\n"),
                ("        steps = range(", "        cell = LSTMCell(self.units)\n        steps = range("),
                ("self.cell(", "cell("),
            ),
            MADE_IN_CALL,
        ),
        (
            "rnn", "simple_rnn_cell",
            ((STEP, "inputs @ self.kernel + keras.layers.Dense(self.units)(h_prev)"),),
            "something in it is drawn at random",
        ),
    ],
    ids=["Dense", "add_weight", "a cell", "beside right weights"],
)  # fmt: skip
def test_what_is_made_in_call_is_told_so(assignment: str, exercise: str, slips: Slips, told: str) -> None:
    assert told in said(checked(assignment, exercise, *slips))


def test_the_weights_expected_are_those_of_the_students_own_layers() -> None:
    """They make their layers in `call`, and name the weights as their cell does."""
    slips = (
        ("        *below, top = self.units\n", ""),
        ("        self.stack = [LSTM(width, return_sequences=True) for width in below]\n", ""),
        ("        self.stack.append(LSTM(top, return_sequences=return_sequences))\n", ""),
        (
            "for layer in self.stack:",
            "for n, width in enumerate(self.units):\n"
            "            more = n + 1 < len(self.units)\n"
            "            layer = LSTM(width, return_sequences=more or self.return_sequences)",
        ),
    )
    text = said(checked("lstm", "stacked_lstm", *slips))
    assert MADE_IN_CALL in text
    assert "`kernel` of shape (5, 28), `recurrent_kernel` of shape (7, 28), `bias` of shape (28,)" in text
    assert "joined" not in text


# ----------------------------------------------------------------------------------------------------- what stopped

CELL_START = (
    "def __init__(self, units, **kwargs):\n        super().__init__(**kwargs)\n        self.units = units\n"
    "        self.state_size = [units, units]"
)
CONFIG = '{**super().get_config(), "units": self.units}'


@pytest.mark.parametrize(
    ("slip", "told"),
    [
        ((CELL_START, CELL_START.replace(", **kwargs", "").replace("**kwargs", "")), "was made with `name=`"),
        ((CONFIG, f"super().get_config().update({CONFIG})"), "get_config() gave a NoneType"),
    ],
    ids=["no **kwargs", "None"],
)
def test_what_stops_when_a_layer_is_made_again_is_not_its_call(slip: tuple[str, str], told: str) -> None:
    verdict = checked("lstm", "lstm_cell", slip)
    assert failing(verdict) == {"config"}
    assert "stopped with TypeError when it was made again from its `get_config`" in str(verdict.message)
    assert told in said(verdict)


@pytest.mark.parametrize(
    ("slips", "told"),
    [
        (
            (("steps = range(inputs.shape[1])", "import tensorflow as tf\n        steps = tf.range(inputs.shape[1])"),
             ("reversed(steps)", "steps[::-1]")),
            "a `for` cannot go through a tensor",
        ),
        ((("ops.shape(inputs)[0]", "inputs.shape[0]"),), "the batch size is open"),
    ],
    ids=["a loop over a tensor", "a batch size"],
)  # fmt: skip
def test_what_stops_without_numbers_is_not_its_call(slips: Slips, told: str) -> None:
    verdict = checked("lstm", "lstm", *slips)
    assert (failing(verdict), verdict.points) == ({"symbolic"}, 11.0)
    assert "when Keras made a model of it, without any numbers" in str(verdict.message)
    assert told in said(verdict)


def test_of_two_problems_the_first_that_failed_is_told() -> None:
    """A memory that starts from ones, and a loop that no model can hold."""
    verdict = checked(
        "lstm", "lstm",
        ("states = [zeros, zeros]", "states = [zeros, zeros + 1]"),
        ("steps = range(inputs.shape[1])", "import tensorflow as tf\n        steps = tf.range(inputs.shape[1])"),
        ("reversed(steps)", "steps[::-1]"),
    )  # fmt: skip
    assert verdict.status == "partial"
    assert verdict.problem is None
    assert verdict.diagnosis is not None
    assert verdict.diagnosis.mistake == "lstm.memory_starts_from_ones"
    assert "OperatorNotAllowedInGraphError" not in str(verdict.message)
    assert {check.id: str(check.message) for check in verdict.checks}["symbolic"].startswith("There is no value")


def test_an_operation_without_a_gradient_leaves_a_layer_its_values() -> None:
    verdict = checked(
        "lstm", "lstm",
        (
            "output = ops.stack(outputs, axis=1) if self.return_sequences else outputs[-1]",
            "output = ops.zeros((ops.shape(inputs)[0], len(outputs), self.units))\n"
            "        for t, h_t in enumerate(outputs):\n"
            "            output = ops.slice_update(output, (0, t, 0), h_t[:, None])\n"
            "        output = output if self.return_sequences else h_t",
        ),
    )  # fmt: skip
    assert (failing(verdict), verdict.points) == ({"gradients"}, 11.0)
    assert "There are no gradients" in str(verdict.message)
