"""Right cells that hold their weights in the ways that are taught: each is set, called, and right."""

from __future__ import annotations

from typing import Any

import pytest
from support.solutions import answers_of

from autograder.answering.protocol import Answer
from autograder.cards.exceptions import explain
from autograder.judging.quotes import Quotes
from autograder.model import Cell
from autograder.sheets.release import public_sheet
from autograder.student.checking import check_sheet

HEAD = """
import keras
from keras import ops

class LSTMCell(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.state_size = [units, units]
        self.output_size = units
{layers}
    def build(self, input_shape):
        n = input_shape[-1]
{weights}
    def call(self, inputs, states, training=False):
        h, c = states
{gates}
        c = f * c + i * g
        h = o * ops.tanh(c)
        return h, [h, c]

    def get_config(self):
        return {{**super().get_config(), "units": self.units}}
"""
ROWS = """        rows = n + self.units
        for gate in "fico":
            setattr(self, "W" + gate, self.add_weight(shape=(rows, self.units)))
            setattr(self, "b" + gate, self.add_weight(shape=(self.units,)))"""
OF_ROWS = """        z = ops.concatenate([{order}], axis=-1)
        f, i, o = (ops.sigmoid(z @ W + b) for W, b in ((self.Wf, self.bf), (self.Wi, self.bi), (self.Wo, self.bo)))
        g = ops.tanh(z @ self.Wc + self.bc)"""
NAMED = """        self.forget = keras.layers.Dense(units, activation="sigmoid")
        self.update_gate = keras.layers.Dense(units, activation="sigmoid", name="input_gate")
        self.candidate = keras.layers.Dense(units, activation="tanh")
        self.show = keras.layers.Dense(units, activation="sigmoid", name="output_gate")"""
OF_NAMED = """        z = ops.concatenate([{order}], axis=-1)
        f, i, g, o = self.forget(z), self.update_gate(z), self.candidate(z), self.show(z)"""
TWICE = """        self.of_x = {g: keras.layers.Dense(units) for g in "ifco"}
        self.of_h = {g: keras.layers.Dense(units, use_bias=BIAS) for g in "ifco"}"""
OF_TWICE = """        z = {g: self.of_x[g](inputs) + self.of_h[g](h) for g in "ifco"}
        f, i, o = ops.sigmoid(z["f"]), ops.sigmoid(z["i"]), ops.sigmoid(z["o"])
        g = ops.tanh(z["c"])"""
FUSED = "        self.x, self.h = keras.layers.Dense(4 * units), keras.layers.Dense(4 * units)"
OF_FUSED = """        i, f, g, o = ops.split(self.x(inputs) + self.h(h), 4, axis=-1)
        i, f, g, o = ops.sigmoid(i), ops.sigmoid(f), ops.tanh(g), ops.sigmoid(o)"""
JOINED = "        self.w = self.add_weight(shape=(n + self.units, 4 * self.units), name='w')\n"
JOINED += "        self.b = self.add_weight(shape=(4 * self.units,), name='b')"
OF_JOINED = """        i, f, g, o = ops.split(ops.concatenate([{order}], axis=-1) @ self.w + self.b, 4, axis=-1)
        i, f, g, o = ops.sigmoid(i), ops.sigmoid(f), ops.tanh(g), ops.sigmoid(o)"""
X_H, H_X = "inputs, h", "h, inputs"
WAYS = {
    "a matrix per gate over [x, h]": ("", ROWS, OF_ROWS.format(order=X_H)),
    "a matrix per gate over [h, x]": ("", ROWS, OF_ROWS.format(order=H_X)),
    "a Dense per gate over [x, h], in words": (NAMED, "        pass", OF_NAMED.format(order=X_H)),
    "a Dense per gate over [h, x], in words": (NAMED, "        pass", OF_NAMED.format(order=H_X)),
    "Dense layers for x and for h, one bias": (TWICE.replace("BIAS", "False"), "        pass", OF_TWICE),
    "Dense layers for x and for h, two biases": (TWICE.replace("BIAS", "True"), "        pass", OF_TWICE),
    "two wide Dense layers": (FUSED, "        pass", OF_FUSED),
    "one matrix over [x, h]": ("", JOINED, OF_JOINED.format(order=X_H)),
    "one matrix over [h, x]": ("", JOINED, OF_JOINED.format(order=H_X)),
}


def cell(way: str) -> Any:
    layers, weights, gates = WAYS[way]
    source = HEAD.format(layers=layers, weights=weights, gates=gates)
    if "pass" in weights:
        source = source.replace("    def build(self, input_shape):\n        n = input_shape[-1]\n        pass\n", "")
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(source, names)
    return names["LSTMCell"]


@pytest.mark.parametrize("way", WAYS)
def test_is_right(way: str) -> None:
    verdict = check_sheet(public_sheet("lstm_cell"), cell(way))
    assert (verdict.status, verdict.points) == ("passed", 8.0), str(verdict.message)


def test_a_wrong_one_of_two_readings_is_still_wrong() -> None:
    names: dict[str, Any] = {"__name__": "__main__"}
    layers, weights, gates = WAYS["one matrix over [h, x]"]
    exec(HEAD.format(layers=layers, weights=weights, gates=gates.replace("ops.tanh(g)", "ops.sigmoid(g)")), names)
    verdict = check_sheet(public_sheet("lstm_cell"), names["LSTMCell"])
    assert verdict.status == "partial"
    assert not {"values", "states"} & {check.id for check in verdict.checks if check.outcome == "passed"}


def test_weights_that_words_tell_apart_are_moved_too() -> None:
    """Gradients of a wrong cell are held against its own change, however it holds its weights."""
    layers, _, gates = WAYS["Dense layers for x and for h, two biases"]
    source = HEAD.format(layers=layers, weights="", gates=gates.replace("ops.tanh", "ops.sigmoid"))
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(source.replace("    def build(self, input_shape):\n        n = input_shape[-1]\n", ""), names)
    verdict = check_sheet(public_sheet("lstm_cell"), names["LSTMCell"])
    assert {check.id for check in verdict.checks if check.outcome == "passed"} == {"gradients", "no_leak", "config"}


def test_a_constructor_with_another_name_for_its_first_argument() -> None:
    source = HEAD.format(layers="", weights=JOINED, gates=OF_JOINED.format(order=X_H))
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(source.replace("__init__(self, units,", "__init__(self, hidden,").replace("self.units = units",
         "units = self.units = hidden").replace('"units": self.units', '"hidden": self.units'), names)  # fmt: skip
    verdict = check_sheet(public_sheet("lstm_cell"), names["LSTMCell"])
    assert {check.id for check in verdict.checks if check.outcome == "failed"} == {"config"}


def test_a_layer_that_replaces_keras_call_is_called_as_it_is() -> None:
    source = HEAD.format(layers="", weights=JOINED, gates=OF_JOINED.format(order=X_H))
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(source.replace("def call(", "def __call__("), names)
    verdict = check_sheet(public_sheet("lstm_cell"), names["LSTMCell"])
    assert verdict.points == 0
    assert verdict.problem is not None
    assert verdict.problem.type == "AttributeError"  # as the stub's example raises
    passed_on = Quotes([Cell("answer", "solution", source.replace("def call(", "def __call__("), 0)]).of_few_words(
        Answer(problem=verdict.problem)
    )
    assert passed_on.problem is not None
    for problem in (verdict.problem, passed_on.problem):
        assert str(explain(problem)).endswith("Name the method `call`.")


def test_the_word_cell_in_a_weights_own_name_counts_inside_a_layer_that_holds_a_cell() -> None:
    words = {"f": "forget", "i": "input", "c": "cell", "o": "output"}
    weights = ROWS.replace('"W" + gate', '"W_" + NAMES[gate]').replace('"b" + gate', '"b_" + NAMES[gate]')
    gates = OF_ROWS.format(order=X_H)
    for letter, word in words.items():
        gates = gates.replace(f"self.W{letter}", f"self.W_{word}").replace(f"self.b{letter}", f"self.b_{word}")
    names: dict[str, Any] = {"__name__": "__main__", "NAMES": words}
    exec(HEAD.format(layers="", weights=weights, gates=gates), names)
    assert check_sheet(public_sheet("lstm_cell"), names["LSTMCell"]).points == 8.0
    layer = answers_of("lstm")["LSTM"]
    layer.call.__globals__["LSTMCell"] = names["LSTMCell"]
    assert check_sheet(public_sheet("lstm"), layer).points == 12.0
