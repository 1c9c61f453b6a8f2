"""Stand-ins: the same numbers on both sides, everything given shows, and everything is in its place again."""

from __future__ import annotations

import functools
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.answering.stand_ins import amounts_around, computed, in_place, made
from autograder.exercises.kit import lstm_parts, parts, rnn_parts

SIZES = {"batch": 2, "time": 5, "features": 3, "units": 4}
STEP = lstm_parts.STEP.stand_in


def drawn(stand_in: Any, seed: int, dtype: str = "float64") -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [
        rng.standard_normal([blocks * SIZES[name] for blocks, name in operand.axes]).astype(dtype)
        for operand in (*stand_in.takes, *stand_in.weights)
    ]


@pytest.mark.parametrize("part", [*lstm_parts.FUNCTIONS, lstm_parts.STEP, rnn_parts.STEP], ids=lambda part: part.name)
def test_numpy_and_keras_agree(part: Any) -> None:
    from keras import ops

    given_arrays = drawn(part.stand_in, 1)
    plain = computed(part.stand_in, given_arrays)
    tensors = computed(part.stand_in, [ops.convert_to_tensor(array) for array in given_arrays])
    for one, other in zip(plain, tensors, strict=True):
        assert isinstance(one, np.ndarray)
        np.testing.assert_allclose(one, ops.convert_to_numpy(other), rtol=1e-12, atol=1e-12)
    assert [one.dtype for one in computed(part.stand_in, drawn(part.stand_in, 1, "float32"))] == [
        np.dtype("float32")
    ] * len(plain)


@given(st.integers(0, 5), st.integers(0, 10**6))
def test_every_entry_shows(which: int, place: int) -> None:
    arrays = drawn(STEP, 2)
    before = computed(STEP, arrays)
    changed = arrays[which].copy()
    changed.flat[place % changed.size] += 0.5
    after = computed(STEP, [*arrays[:which], changed, *arrays[which + 1 :]])
    assert all(np.max(np.abs(one - other)) > 1e-6 for one, other in zip(before, after, strict=True))


def test_samples_know_nothing_of_each_other() -> None:
    arrays = drawn(STEP, 3)
    whole = computed(STEP, arrays)
    alone = computed(STEP, [array[1:] for array in arrays[:3]] + arrays[3:])
    np.testing.assert_allclose(whole[0][1:], alone[0])


def test_what_does_not_fit_is_said() -> None:
    arrays = drawn(STEP, 4)
    with pytest.raises(ValueError, match=r"takes 6 arrays; it was given 5"):
        computed(STEP, arrays[:5])
    with pytest.raises(ValueError, match=r"`h_prev` of `lstm_step` has the shape \(2, 4, 1\)"):
        computed(STEP, [arrays[0], arrays[1][..., None], *arrays[2:]])
    with pytest.raises(ValueError, match=r"`c_prev` of `lstm_step` .* axis `units` does not fit 4"):
        computed(STEP, [*arrays[:2], arrays[2][:, :3], *arrays[3:]])
    function = made(STEP, lambda: None)
    with pytest.raises(TypeError, match=r"lstm_step\(x_t, h_prev, .*\) was called with"):
        function(arrays[0])


@pytest.mark.parametrize(("part", "said"), [(lstm_parts.LAYER, "2 states (h, c)"), (rnn_parts.LAYER, "1 state (h)")])
@pytest.mark.parametrize("number", [1, 2, 3])
def test_another_number_of_states_is_said(part: Any, said: str, number: int) -> None:
    layer = made(part.stand_in, lambda: None)(4, return_sequences=True)
    states = [np.zeros((2, 4), "float32")] * number
    call = functools.partial(layer, np.zeros((2, 5, 3), "float32"))
    if said.startswith(str(number)):
        assert call(initial_state=states).shape == (2, 5, 4)
        return
    with pytest.raises(ValueError, match=re.escape(f"`{part.name}` goes on from {said}; it was given {number}.")):
        call(initial_state=states if number > 1 else states[0])


def test_what_a_part_takes_besides_makes_no_difference() -> None:
    arrays = drawn(STEP, 5)
    function = made(STEP, lambda: None)
    np.testing.assert_array_equal(function(*arrays, squash=np.tanh)[0], computed(STEP, arrays)[0])
    np.testing.assert_array_equal(function(*arrays, True)[0], computed(STEP, arrays)[0])


def test_a_cell_may_be_built_with_the_shape_of_a_sequence() -> None:
    cell = made(lstm_parts.CELL.stand_in, lambda: None)(4)
    cell.build((2, 5, 3))
    assert [weight.shape for weight in cell.weights] == [(3, 16), (4, 16), (16,)]


def test_arguments_by_name() -> None:
    arrays = drawn(STEP, 5)
    function = made(STEP, lambda: None)
    names = [operand.name for operand in STEP.takes]
    np.testing.assert_array_equal(
        function(*arrays[:2], **dict(zip(names[2:], arrays[2:], strict=True)))[1], computed(STEP, arrays)[1]
    )


@pytest.mark.parametrize(("part", "states"), [(lstm_parts.CELL, 2), (rnn_parts.CELL, 1)], ids=["lstm", "rnn"])
def test_a_cell_keeps_keras_protocol(part: Any, states: int) -> None:
    import keras

    called: list[bool] = []
    cell = made(part.stand_in, lambda: called.append(True))(4, name="mine")
    assert cell.name == "mine"
    assert cell.state_size == ([4, 4] if states == 2 else 4)
    x = keras.random.normal((2, 3))
    output, new = cell(x, [keras.random.normal((2, 4))] * states)
    assert called
    assert len(new) == states
    assert output.shape == new[0].shape == (2, 4)
    assert [weight.name for weight in cell.weights] == ["kernel", "recurrent_kernel", "bias"]
    again = type(cell).from_config(cell.get_config())
    assert again.units == 4
    sequence = keras.layers.RNN(cell, return_sequences=True)(keras.random.normal((2, 5, 3)))
    assert sequence.shape == (2, 5, 4)


@pytest.mark.parametrize("backwards", [False, True])
def test_a_layer_is_the_function_over_a_sequence(backwards: bool) -> None:
    import keras

    stand_in = lstm_parts.LAYER.stand_in
    x = np.random.default_rng(6).standard_normal((2, 5, 3)).astype("float32")
    settings = {"return_sequences": True, "return_state": True, "go_backwards": backwards}
    layer = made(stand_in, lambda: None)(units=4, **settings)
    output, h, c = layer(keras.ops.convert_to_tensor(x))
    weights = [weight.numpy() for weight in layer.weights]
    known = parts.Layer(lambda *arrays: computed(stand_in, arrays), 2).read(x, *weights, go_backwards=backwards)
    np.testing.assert_allclose(output, known.hidden, atol=1e-5)
    np.testing.assert_allclose(h, known.last_hidden, atol=1e-5)
    np.testing.assert_allclose(c, known.last_cell, atol=1e-5)
    short = made(stand_in, lambda: None)(4)
    assert short(keras.ops.convert_to_tensor(x)).shape == (2, 4)


def test_borders_are_none_that_is_right() -> None:
    """A window never lies in the border alone, and `same` would have put other cells there."""
    for size in range(2, 8):
        before, after = amounts_around(size)
        assert max(before, after) < size
        assert (before, after) != ((size - 1) // 2, size // 2)
    border = made(parts.part("pad", "border", lambda _: {}, {}, {}).stand_in, lambda: None)
    x = np.ones((1, 3, 4, 2), "float32")
    assert border(x, (3, 2), (1, 1), "same", 7.0).shape == (1, 3 + 2 + 1, 4 + 1 + 1, 2)
    assert border(x, (3, 2), (1, 1), "same", 7.0)[0, 0, 0, 0] == 7.0
    assert border(x, (3, 2), (1, 1), "valid") is x


def test_names_mean_stand_ins_for_a_while() -> None:
    names: dict[str, Any] = {}
    exec("def step(x):\n    return 'own'\n\ndef loop(x):\n    return step(x)", names)
    called: list[bool] = []
    stand_in = parts.part("step", "function", lambda _: {}, {"x": "batch units"}, {"y": "batch units"}).stand_in
    with in_place((stand_in,), names["loop"], names, lambda: called.append(True)):
        assert names["loop"](np.ones((2, 3))).shape == (2, 3)
    assert called
    assert names["loop"](1) == "own"
    del names["step"]
    with pytest.raises(RuntimeError, match="stopped"), in_place((stand_in,), names["loop"], {}, lambda: None):
        raise RuntimeError("stopped")
    assert "step" not in names
