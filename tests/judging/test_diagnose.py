"""Naming a mistake, two of them, or the place where it goes wrong; and saying nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from autograder import exercises
from autograder.cards.card import card_html
from autograder.judging import marks, policy
from autograder.language import words
from autograder.sheets.release import public_sheet
from autograder.student.checking import check_sheet
from reference.equations import sigmoid, tanh


def step(**lines: Any) -> Any:
    """An LSTM step in NumPy, some of its lines replaced: it shares no code with the catalogue."""

    def lstm_step(x_t, h_prev, c_prev, kernel, recurrent_kernel, bias):
        x_t, h_prev, c_prev, kernel, recurrent_kernel, bias = map(
            np.asarray, (x_t, h_prev, c_prev, kernel, recurrent_kernel, bias)
        )
        z = lines.get("z", lambda x, h, c, W, U, b: x @ W + h @ U + b)(
            x_t, h_prev, c_prev, kernel, recurrent_kernel, bias
        )
        i, f, g, o = np.split(z, 4, axis=-1)
        i, f, o, g = sigmoid(i), lines.get("f", sigmoid)(f), lines.get("o", sigmoid)(o), lines.get("g", tanh)(g)
        c = lines.get("c", lambda i, f, g, c: f * c + i * g)(i, f, g, c_prev)
        h = o * lines.get("out", tanh)(c)
        return lines.get("result", lambda h, c: (h, c))(h, c)

    return lstm_step


def judged(**lines: Any) -> policy.Verdict:
    return check_sheet(public_sheet("lstm_step"), step(**lines))


def test_right_is_right() -> None:
    assert judged().status == "passed"


@pytest.mark.parametrize(
    ("lines", "first", "second"),
    [
        ({"g": sigmoid}, "lstm.candidate_sigmoid", None),
        ({"g": sigmoid, "out": lambda c: c}, "lstm.candidate_sigmoid", "lstm.no_tanh_on_output"),
        ({"f": tanh, "c": lambda i, f, g, c: f * c + g}, "lstm.forget_tanh", "lstm.no_input_gate"),
        (
            {"out": lambda c: c, "result": lambda h, c: (c, h)},
            "lstm.no_tanh_on_output", "lstm.states_exchanged",
        ),
    ],
)  # fmt: skip
def test_one_mistake_and_two_at_once(lines: dict[str, Any], first: str, second: str | None) -> None:
    diagnosis = judged(**lines).diagnosis
    assert diagnosis is not None
    assert diagnosis.mistake == first
    assert (diagnosis.second and diagnosis.second.mistake) == second


def test_a_mask_of_true_and_false_is_told_apart_like_numbers() -> None:
    def pad_sentences(sentences: Any, length: int) -> Any:
        padded = keras.utils.pad_sequences(sentences, length, padding="post", truncating="post")
        return padded, padded == 0

    def with_defaults(sentences: Any, length: int) -> Any:
        padded = keras.utils.pad_sequences(sentences, length)
        return padded, padded != 0

    for entry, mistake in ((pad_sentences, "padding.mask_inverted"), (with_defaults, "padding.both_in_front")):
        diagnosis = check_sheet(public_sheet("pad_sentences"), entry).diagnosis
        assert diagnosis is not None
        assert (diagnosis.mistake, diagnosis.alone) == (mistake, True)


@pytest.mark.parametrize("places", [(2,), (1, 2), (0, 1, 2)])
@pytest.mark.parametrize(("line", "copy"), [("c", "o"), ("c", "i"), ("f", "c")])
def test_a_line_that_was_copied_and_renamed_in_part(line: str, copy: str, places: tuple[int, ...]) -> None:
    """The squashing function and some weights are those of the other line."""

    def lstm_step(x_t, h_prev, c_prev, kernel, recurrent_kernel, bias):
        blocks = {
            gate: [np.split(np.asarray(weight), 4, axis=-1)["ifco".index(gate)] for weight in weights]
            for gate, weights in dict.fromkeys("ifco", (kernel, recurrent_kernel, bias)).items()
        }
        blocks[line] = [blocks[copy if place in places else line][place] for place in range(3)]
        squash = dict.fromkeys("ifo", sigmoid) | {"c": tanh}
        squash[line] = squash[copy]
        i, f, g, o = (
            squash[gate](np.asarray(x_t) @ blocks[gate][0] + np.asarray(h_prev) @ blocks[gate][1] + blocks[gate][2])
            for gate in "ifco"
        )
        c = f * np.asarray(c_prev) + i * g
        return o * tanh(c), c

    diagnosis = check_sheet(public_sheet("lstm_step"), lstm_step).diagnosis
    assert diagnosis is not None
    assert diagnosis.second is not None
    assert diagnosis.alone
    said = {diagnosis.mistake, diagnosis.second.mistake}
    assert any(name.endswith(("_sigmoid", "_tanh")) for name in said)
    names = {"i": "input", "f": "forget", "c": "candidate", "o": "output"}
    assert any(name.startswith(f"lstm.{names[line]}_with_") and name.endswith(names[copy]) for name in said)


def test_the_line_that_is_wrong_is_told_where_it_has_no_name() -> None:
    verdict = judged(g=lambda z: np.where(np.abs(z) < 3, np.sin(z), np.sign(z)))
    assert verdict.diagnosis is None
    assert (
        "Each by itself, these are right: the forget gate, the input gate, the new cell state, the output gate. "
        "Compare your line of the candidate with its equation."
    ) in str(verdict.message)
    assert verdict.look_at == ""


@pytest.mark.parametrize(("border", "check"), [(lambda value: 3.25, "same"), (lambda value: value and 3.25, "value")])
def test_the_hint_is_about_the_check_that_failed(border: Callable[[float], float], check: str) -> None:
    right = exercises.load("pad")

    def pad(x: Any, window: Any, strides: Any, padding: str, value: float = 0.0) -> Any:
        around = [(0, 0)]
        for length, size, stride in zip(np.shape(x)[1:3], window, strides, strict=True):
            lacking = max((-(-length // stride) - 1) * stride + size - length, 0) if padding == "same" else 0
            around.append((lacking // 2, lacking - lacking // 2))
        return np.pad(np.asarray(x), [*around, (0, 0)], constant_values=border(value))

    verdict = check_sheet(public_sheet("pad"), pad)
    assert verdict.diagnosis is None
    assert next(one.id for one in verdict.checks if one.outcome == "failed") == check
    assert verdict.look_at == (right.hints[check] if check in right.hints else right.hint)


def test_what_nobody_knows_gets_no_name_but_a_place() -> None:
    verdict = judged(o=lambda z: sigmoid(z) ** 2)
    assert verdict.diagnosis is None
    assert verdict.finding is not None
    assert str(verdict.finding.says[0]) == ("`c_t` of the same call is right: look at what is done for `h_t` alone.")
    verdict = judged(z=lambda x, h, c, W, U, b: x @ W + 0.5 * (h @ U) + b)
    assert verdict.diagnosis is None
    assert verdict.finding is not None
    said = " ".join(map(str, verdict.finding.says))
    assert "`h_prev` is all zeros" in said
    assert "`recurrent_kernel` is all zeros" in said


def test_the_one_wrong_gate_of_a_cell_is_found_whatever_is_wrong_with_it() -> None:
    import keras

    class LSTMCell(keras.layers.Layer):
        def __init__(self, units: int, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.units = self.output_size = units
            self.state_size = [units, units]

        def build(self, shape: Any) -> None:
            self.kernel = self.add_weight(shape=(shape[-1], 4 * self.units), name="kernel")
            self.recurrent_kernel = self.add_weight(shape=(self.units, 4 * self.units), name="recurrent_kernel")
            self.bias = self.add_weight(shape=(4 * self.units,), name="bias")

        def call(self, x: Any, states: Any) -> Any:
            h, c = states
            i, f, g, o = keras.ops.split(
                keras.ops.matmul(x, self.kernel) + keras.ops.matmul(h, self.recurrent_kernel) + self.bias, 4, axis=-1
            )
            f = keras.ops.sigmoid(f) * 0.9 + 0.1 * keras.ops.sigmoid(2 * f)
            c = f * c + keras.ops.sigmoid(i) * keras.ops.tanh(g)
            h = keras.ops.sigmoid(o) * keras.ops.tanh(c)
            return h, [h, c]

    verdict = check_sheet(public_sheet("lstm_cell"), LSTMCell)
    assert verdict.diagnosis is None
    assert verdict.finding is not None
    assert verdict.finding.gate == "forget"
    assert verdict.finding.picture == "lstm"


def gru_cell(update: Any) -> Any:
    """A GRU cell with a line of its own for the update gate."""
    import keras
    from keras import ops

    class GRUCell(keras.layers.Layer):
        def __init__(self, units: int, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.units = self.output_size = self.state_size = units

        def build(self, shape: Any) -> None:
            self.kernel = self.add_weight(shape=(shape[-1], 3 * self.units), name="kernel")
            self.recurrent_kernel = self.add_weight(shape=(self.units, 3 * self.units), name="recurrent_kernel")
            self.bias = self.add_weight(shape=(2, 3 * self.units), name="bias")

        def call(self, x: Any, states: Any) -> Any:
            (h,) = states
            xz, xr, xg = ops.split(ops.matmul(x, self.kernel) + self.bias[0], 3, axis=-1)
            hz, hr, hg = ops.split(ops.matmul(h, self.recurrent_kernel) + self.bias[1], 3, axis=-1)
            z, g = update(xz + hz), ops.tanh(xg + ops.sigmoid(xr + hr) * hg)
            h = z * h + (1 - z) * g
            return h, [h]

        def get_config(self) -> Any:
            return {**super().get_config(), "units": self.units}

    return GRUCell


def test_gates_of_another_cell_have_their_names_and_no_picture_of_an_lstm() -> None:
    """The engine knows none of them: they come with the exercise."""
    from keras import ops

    sheet = public_sheet("gru_cell")
    assert check_sheet(sheet, gru_cell(ops.sigmoid)).status == "passed"
    known = check_sheet(sheet, gru_cell(ops.tanh))
    assert known.diagnosis is not None
    assert (known.diagnosis.mistake, known.diagnosis.gate_name) == ("gru.update_tanh", words("update gate"))
    unknown = check_sheet(sheet, gru_cell(lambda z: ops.sigmoid(z) ** 2))
    assert unknown.diagnosis is None
    assert unknown.finding is not None
    assert unknown.finding.gate == "update"
    assert "Compare your line of the update gate with its equation" in str(unknown.message)
    for verdict in (known, unknown):
        assert "data:image/svg" not in card_html(verdict)


@pytest.mark.parametrize("name", exercises.ids())
def test_a_sheet_for_grades_knows_no_mistake(name: str) -> None:
    """They are named from what is asked in public; a secret sheet need not pay for them."""
    sheet = public_sheet(name)
    assert sheet.wrong
    assert len(sheet.wrong) >= 9


entries = st.floats(-100, 100, width=32)


@given(arrays(np.float64, st.tuples(st.integers(1, 6), st.integers(1, 6)), elements=entries), st.randoms())
def test_marks_of_arrays_that_differ_by_rounding_are_near(value: np.ndarray, random: Any) -> None:
    noise = np.random.default_rng(random.randrange(2**32)).uniform(-1e-6, 1e-6, value.shape)
    difference = np.abs(marks.mark(value) - marks.mark(value + noise))
    assert np.all(difference <= value.size * 1e-6)


def test_marks_tell_arrays_apart_that_differ_in_one_entry() -> None:
    generator = np.random.default_rng(0)
    for _ in range(200):
        value = generator.standard_normal((4, 5))
        other = value.copy()
        other[generator.integers(4), generator.integers(5)] += 1e-3
        given = marks.mark(value)
        assert np.any(np.abs(given - marks.mark(other)) > marks.allowed(value.size, 1e-6, given))


def test_marks_of_what_is_no_number() -> None:
    assert np.all(np.isfinite(marks.mark(np.array([np.nan, np.inf, -np.inf]))))
