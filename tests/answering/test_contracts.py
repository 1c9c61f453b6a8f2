"""What Keras asks of a layer beside a call: the routes `loop`, `fresh` and `resized`."""

from __future__ import annotations

import numpy as np
import pytest
from support.questions import CELL, LAYER, array, cell_question, flat, layer_question, lstm_steps

from autograder.answering.protocol import Items, NamedArray, decode_array, encode_array

SEQUENCE = {"inputs": array(2, 5, 3), "states": None, "cotangents": None, "route": "loop"}
FRESH = {"route": "fresh", "cotangents": None}


def test_a_cell_is_run_over_a_sequence(ask):
    answer = ask(CELL, cell_question(**SEQUENCE))
    assert answer.problem is None
    assert answer.config == {"state_size": Items((4, 4)), "output_size": 4}
    hidden, last_h, last_c = flat(answer.value)
    h, c = lstm_steps(layer_question(states=(encode_array(np.zeros((2, 4))),) * 2))
    assert hidden.shape == (2, 5, 4)
    for got, right in ((hidden[:, -1], h), (last_h, h), (last_c, c)):
        np.testing.assert_allclose(got, right, atol=1e-5)


def test_a_cell_makes_its_own_first_states_where_it_can(ask):
    made = "    def get_initial_state(self, batch_size):\n        return [ops.ones((batch_size, self.units))] * 2\n"
    answers = [ask(source, cell_question(**SEQUENCE)) for source in (CELL, CELL + "\n" + made)]
    assert [answer.problem for answer in answers] == [None, None]
    assert not np.allclose(flat(answers[0].value)[0], flat(answers[1].value)[0])


@pytest.mark.parametrize(
    ("size", "said"),
    [
        ("pass", "`state_size` is missing: keras.layers.RNN asks it"),
        ("self.state_size = float(units)", "`state_size` is 4.0; an integer, or a list"),
        ("self.state_size = [units, None]", "`state_size` is [4, None]; an integer, or a list"),
    ],
)
def test_a_cell_that_does_not_say_its_sizes_cannot_be_run(ask, size, said):
    answer = ask(CELL.replace("self.state_size = [units, units]", size), cell_question(**SEQUENCE))
    assert answer.value is None
    assert answer.problem.message.startswith(said)


def test_sizes_of_another_number_of_states_are_told(ask):
    answer = ask(CELL.replace("self.state_size = [units, units]", "self.state_size = units"), cell_question(**SEQUENCE))
    assert answer.problem.type == "ValueError"
    assert answer.config["state_size"] == 4


def test_what_is_no_output_and_states_is_handed_back(ask):
    answer = ask(CELL.replace("return h, [h, c]", "return h"), cell_question(**SEQUENCE))
    assert [part.shape for part in flat(answer.value)] == [(2, 4)]


def test_a_fresh_layer_tells_what_it_starts_from(ask):
    source = CELL.replace('name="bias")', 'name="bias", initializer="ones")')
    of_cell = ask(source + LAYER, cell_question(**FRESH))
    of_layer = ask(source + LAYER, layer_question(**FRESH))
    for answer in (of_cell, of_layer):
        assert answer.problem is None
        assert (answer.value, answer.layout) == (None, 0)
        assert list(answer.initial) == ["kernel", "recurrent_kernel", "bias"]
        np.testing.assert_array_equal(decode_array(answer.initial["bias"]), np.ones(16))
        assert np.ptp(decode_array(answer.initial["kernel"])) > 0  # as it is made elsewhere


def test_what_a_fresh_layer_starts_from_is_named_as_it_holds_it(ask):
    source = """
import keras
class LSTMCell(keras.layers.Layer):
    def __init__(self, units):
        super().__init__(); self.units = units
    def build(self, shape):
        for gate in "ocfi":
            bias = "ones" if gate == "f" else "zeros"
            setattr(self, f"b_{gate}", self.add_weight(shape=(4,), initializer=bias))
    def call(self, inputs, states):
        return inputs
"""
    layout = tuple(NamedArray(f"b_{gate}", array(4)) for gate in "ifco")
    answer = ask(source, cell_question(layouts=(layout,), **FRESH))
    assert {name: float(decode_array(value).sum()) for name, value in answer.initial.items()} == {
        "b_i": 0, "b_f": 4, "b_c": 0, "b_o": 0
    }  # fmt: skip


@pytest.mark.parametrize("build", [True, False], ids=["with build", "without"])
def test_a_layer_meets_smaller_inputs_first(ask, build):
    met = """
class LSTM(LSTM):
    def build(self, shape):
        self.built_with = shape[1]
        self.cell.build((shape[0], shape[-1]))
""" if build else ""  # fmt: skip
    seen = """
class LSTM(LSTM):
    def call(self, inputs, initial_state=None):
        self.lengths = getattr(self, "lengths", []) + [getattr(self, "built_with", 0), inputs.shape[1]]
        return ops.convert_to_tensor([self.lengths])
"""
    source = CELL + LAYER + met + seen.replace("return ops", "super().call(inputs, initial_state)\n        return ops")
    answer = ask(source, layer_question(route="resized", cotangents=None))
    assert answer.problem is None
    assert flat(answer.value)[0].tolist() == [[4 * build, 4, 4 * build, 5]]
