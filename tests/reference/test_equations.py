"""The equations by themselves: gradients against finite differences, properties, dtypes, errors."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from witnesses import agree

from reference import equations as eq
from reference.equations import gru as gru_function
from reference.equations.gru import hidden_state as gru_hidden_state

BATCH, TIME, FEATURES, UNITS = 2, 5, 3, 4


def slope(f: Callable[[Any], float], at: Any, step: float = 1e-6) -> Any:
    """Central differences of f, one entry of `at` at a time."""
    result = np.zeros_like(at)
    for place in np.ndindex(at.shape):
        up, down = at.copy(), at.copy()
        up[place] += step
        down[place] -= step
        result[place] = (f(up) - f(down)) / (2 * step)
    return result


def case(kind: str, rng: np.random.Generator) -> tuple[Callable[..., Any], Callable[..., Any], dict[str, Any]]:
    """An equation, its backward, and arguments for it."""
    gates = {"simple_rnn": 1, "lstm": 4}.get(kind, 3)
    arguments = {
        "x": rng.normal(size=(BATCH, TIME, FEATURES)),
        "kernel": rng.normal(size=(FEATURES, gates * UNITS)),
        "recurrent_kernel": rng.normal(size=(UNITS, gates * UNITS)),
        "bias": rng.normal(size=(2, 3 * UNITS) if kind == "gru after" else gates * UNITS),
        "h0": rng.normal(size=(BATCH, UNITS)),
    }
    if kind == "simple_rnn":
        return eq.simple_rnn, eq.simple_rnn_backward, arguments
    if kind == "lstm":
        return eq.lstm, eq.lstm_backward, {**arguments, "c0": rng.normal(size=(BATCH, UNITS))}

    def gru(**given: Any) -> Any:
        return eq.gru(reset_after=kind == "gru after", **given)

    return gru, eq.gru_backward, arguments


KINDS = ["simple_rnn", "lstm", "gru after", "gru before"]


@pytest.mark.parametrize("zero_output_for_mask", [False, True])
@pytest.mark.parametrize("go_backwards", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_backward_is_the_slope(
    kind: str, go_backwards: bool, zero_output_for_mask: bool, rng: np.random.Generator
) -> None:
    forward, backward, arguments = case(kind, rng)
    mask = np.array([[0, 1, 1, 0, 1], [1, 0, 1, 1, 0]], bool)
    options = {"mask": mask, "go_backwards": go_backwards, "zero_output_for_mask": zero_output_for_mask}
    d = [
        rng.normal(size=(BATCH, TIME, UNITS)),
        rng.normal(size=(BATCH, UNITS)),
        rng.normal(size=(BATCH, UNITS)),
    ]
    d = d if kind == "lstm" else d[:2]

    def loss(trace: Any) -> float:
        parts = [trace.hidden, trace.last_hidden] + ([trace.last_cell] if kind == "lstm" else [])
        return float(sum((part * cotangent).sum() for part, cotangent in zip(parts, d, strict=True)))

    gradients = backward(forward(**arguments, **options), *d)
    for name, at in arguments.items():

        def moved(value: Any, name: str = name) -> float:
            return loss(forward(**{**arguments, name: value}, **options))

        agree(getattr(gradients, name), slope(moved, at), name, tolerance=2e-7)


@pytest.mark.parametrize("reset_after", [False, True])
def test_step_backward_is_the_slope(reset_after: bool, rng: np.random.Generator) -> None:
    x, h, c = rng.normal(size=(2, 3)), rng.normal(size=(2, 4)), rng.normal(size=(2, 4))
    d_h, d_c = rng.normal(size=(2, 4)), rng.normal(size=(2, 4))

    W, U, b = rng.normal(size=(3, 4)), rng.normal(size=(4, 4)), rng.normal(size=4)
    g = eq.rnn_step_backward(d_h, x, h, W, U, eq.rnn_step(x, h, W, U, b).hidden)
    agree(g.h_prev, slope(lambda v: (d_h * eq.rnn_step(x, v, W, U, b).hidden).sum(), h), tolerance=2e-7)
    agree(g.kernel, slope(lambda v: (d_h * eq.rnn_step(x, h, v, U, b).hidden).sum(), W), tolerance=2e-7)

    W, U, b = rng.normal(size=(3, 16)), rng.normal(size=(4, 16)), rng.normal(size=16)

    def lstm_loss(*step: Any) -> float:
        s = eq.lstm_step(*step)
        return float((d_h * s.hidden + d_c * s.cell).sum())

    gl = eq.lstm_step_backward(d_h, d_c, x, h, c, W, U, eq.lstm_step(x, h, c, W, U, b))
    agree(gl.x_t, slope(lambda v: lstm_loss(v, h, c, W, U, b), x), tolerance=2e-7)
    agree(gl.c_prev, slope(lambda v: lstm_loss(x, h, v, W, U, b), c), tolerance=2e-7)
    agree(gl.recurrent_kernel, slope(lambda v: lstm_loss(x, h, c, W, v, b), U), tolerance=2e-7)
    agree(gl.bias, slope(lambda v: lstm_loss(x, h, c, W, U, v), b), tolerance=2e-7)

    W, U = rng.normal(size=(3, 12)), rng.normal(size=(4, 12))
    b = rng.normal(size=(2, 12) if reset_after else 12)

    def gru_loss(*step: Any) -> float:
        return float((d_h * eq.gru_step(*step, reset_after=reset_after).hidden).sum())

    gg = eq.gru_step_backward(d_h, x, h, W, U, b, eq.gru_step(x, h, W, U, b, reset_after), reset_after)
    agree(gg.h_prev, slope(lambda v: gru_loss(x, v, W, U, b), h), tolerance=2e-7)
    agree(gg.recurrent_kernel, slope(lambda v: gru_loss(x, h, W, v, b), U), tolerance=2e-7)
    agree(gg.bias, slope(lambda v: gru_loss(x, h, W, U, v), b), tolerance=2e-7)


def test_a_gate_has_its_own_weights(rng: np.random.Generator) -> None:
    """Steps on fused weights are the functions of single gates on slices of them, in Keras's order."""
    x, h, c = rng.normal(size=(2, 3)), rng.normal(size=(2, 4)), rng.normal(size=(2, 4))
    W, U, b = rng.normal(size=(3, 16)), rng.normal(size=(4, 16)), rng.normal(size=16)
    i, f, g, o = (slice(4 * block, 4 * block + 4) for block in range(4))
    step = eq.lstm_step(x, h, c, W, U, b)
    agree(step.input, eq.input_gate(x, h, W[:, i], U[:, i], b[i]))
    agree(step.forget, eq.forget_gate(x, h, W[:, f], U[:, f], b[f]))
    agree(step.candidate, eq.candidate(x, h, W[:, g], U[:, g], b[g]))
    agree(step.output, eq.output_gate(x, h, W[:, o], U[:, o], b[o]))
    agree(step.cell, eq.cell_state(step.forget, c, step.input, step.candidate))
    agree(step.hidden, eq.hidden_state(step.output, step.cell))

    W, U, b = rng.normal(size=(3, 12)), rng.normal(size=(4, 12)), rng.normal(size=12)
    z, r, n = (slice(4 * block, 4 * block + 4) for block in range(3))
    before = eq.gru_step(x, h, W, U, b, reset_after=False)
    agree(before.update, eq.update_gate(x, h, W[:, z], U[:, z], b[z]))
    agree(before.reset, eq.reset_gate(x, h, W[:, r], U[:, r], b[r]))
    candidate = eq.candidate_state(x, h, before.reset, W[:, n], U[:, n], b[n], reset_after=False)
    agree(before.candidate, candidate)
    agree(before.hidden, gru_hidden_state(before.update, h, candidate))


@pytest.mark.parametrize("kind", KINDS)
def test_a_trace_holds_every_step(kind: str, rng: np.random.Generator) -> None:
    """Every field over time has (batch, time, units); h_prev is the hidden state of the step before."""
    forward, _, arguments = case(kind, rng)
    trace = forward(**arguments)
    agree(trace.h_prev[:, 0], arguments["h0"])
    agree(trace.h_prev[:, 1:], trace.hidden[:, :-1])
    over_time = {
        "pre_activation",
        "input",
        "forget",
        "candidate",
        "output",
        "update",
        "reset",
        "cell",
        "hidden",
    }
    for field in dataclasses.fields(trace):
        if field.name in over_time:
            assert getattr(trace, field.name).shape == (BATCH, TIME, UNITS), field.name
    with pytest.raises(dataclasses.FrozenInstanceError):
        trace.hidden = None


def test_a_wrong_step_runs_in_the_same_loop(rng: np.random.Generator) -> None:
    _, _, arguments = case("lstm", rng)

    def without_forget_gate(*step: Any) -> eq.LSTMStep:
        right = eq.lstm_step(*step)
        cell = step[2] + right.input * right.candidate
        return right._replace(cell=cell, hidden=right.output * np.tanh(cell))

    wrong = eq.lstm(**arguments, step=without_forget_gate)
    assert np.abs(wrong.hidden - eq.lstm(**arguments).hidden).max() > 1e-3
    agree(eq.lstm(**arguments, step=eq.lstm_step).hidden, eq.lstm(**arguments).hidden)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("kind", KINDS)
def test_the_dtype_stays(kind: str, dtype: Any, rng: np.random.Generator) -> None:
    forward, backward, arguments = case(kind, rng)
    arguments = {name: value.astype(dtype) for name, value in arguments.items()}
    for some in (arguments, {name: arguments[name] for name in ("x", "kernel", "recurrent_kernel")}):
        trace = forward(**some, mask=np.array([[1, 1, 0, 1, 0], [0, 1, 1, 1, 1]]))
        gradients = backward(trace, d_hidden=np.ones_like(trace.hidden))
        for field in dataclasses.fields(trace):
            value = getattr(trace, field.name)
            if isinstance(value, np.ndarray) and field.name != "mask":
                assert value.dtype == dtype, field.name
        assert {g.dtype for g in gradients if g is not None} == {np.dtype(dtype)}


def test_float32_is_float64_but_for_rounding(rng: np.random.Generator) -> None:
    forward, _, arguments = case("lstm", rng)
    single = forward(**{name: value.astype(np.float32) for name, value in arguments.items()})
    agree(single.hidden, forward(**arguments).hidden, tolerance=1e-5)


@settings(deadline=None, max_examples=40)
@given(kind=st.sampled_from(KINDS), seed=st.integers(0, 2**32 - 1), length=st.integers(1, TIME))
def test_padding_under_a_mask_changes_nothing(kind: str, seed: int, length: int) -> None:
    """A sequence padded on the right under a mask is the short sequence, whatever the padding holds."""
    forward, backward, arguments = case(kind, np.random.default_rng(seed))
    mask = np.arange(TIME) < length
    padded = forward(**arguments, mask=np.broadcast_to(mask, (BATCH, TIME)))
    short = forward(**{**arguments, "x": arguments["x"][:, :length]})
    agree(padded.last_hidden, short.last_hidden)
    agree(padded.hidden[:, :length], short.hidden)
    agree(padded.hidden[:, length:], np.repeat(short.hidden[:, -1:], TIME - length, axis=1))
    gradient = backward(padded, d_last_hidden=np.ones((BATCH, UNITS))).x
    agree(gradient[:, length:], np.zeros((BATCH, TIME - length, FEATURES)))


@settings(deadline=None, max_examples=40)
@given(kind=st.sampled_from(KINDS), seed=st.integers(0, 2**32 - 1), cut=st.integers(1, TIME - 1))
def test_a_sequence_can_be_cut_anywhere(kind: str, seed: int, cut: int) -> None:
    forward, _, arguments = case(kind, np.random.default_rng(seed))
    whole = forward(**arguments)
    first = forward(**{**arguments, "x": arguments["x"][:, :cut]})
    states = {"h0": first.last_hidden} | ({"c0": first.last_cell} if kind == "lstm" else {})
    second = forward(**{**arguments, **states, "x": arguments["x"][:, cut:]})
    agree(np.concatenate([first.hidden, second.hidden], axis=1), whole.hidden)
    agree(second.last_hidden, whole.last_hidden)


@settings(deadline=None, max_examples=40)
@given(kind=st.sampled_from(KINDS), seed=st.integers(0, 2**32 - 1))
def test_going_backwards_is_reading_the_reversed_sequence(kind: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    forward, backward, arguments = case(kind, rng)
    mask = rng.random((BATCH, TIME)) < 0.6
    backwards = forward(**arguments, mask=mask, go_backwards=True)
    turned = forward(**{**arguments, "x": arguments["x"][:, ::-1]}, mask=mask[:, ::-1])
    agree(backwards.hidden, turned.hidden)
    agree(backwards.last_hidden, turned.last_hidden)
    d_hidden = rng.normal(size=(BATCH, TIME, UNITS))
    agree(backward(backwards, d_hidden).x[:, ::-1], backward(turned, d_hidden).x)


@settings(deadline=None, max_examples=40)
@given(kind=st.sampled_from(KINDS), seed=st.integers(0, 2**32 - 1))
def test_items_of_a_batch_do_not_meet(kind: str, seed: int) -> None:
    forward, _, arguments = case(kind, np.random.default_rng(seed))
    per_item = {name for name in ("x", "h0", "c0") if name in arguments}
    together = forward(**arguments)
    for item in range(BATCH):
        one = {name: value[item : item + 1] if name in per_item else value for name, value in arguments.items()}
        agree(forward(**one).hidden[0], together.hidden[item])


def test_a_leading_masked_step_puts_out_zeros_and_keeps_the_state(rng: np.random.Generator) -> None:
    _, _, arguments = case("lstm", rng)
    mask = np.array([[0, 0, 1, 1, 1], [0, 0, 0, 0, 0]], bool)
    trace = eq.lstm(**arguments, mask=mask)
    agree(trace.hidden[0, :2], np.zeros((2, UNITS)))
    agree(trace.h_prev[0, 2], arguments["h0"][0])
    agree(trace.hidden[1], np.zeros((TIME, UNITS)))
    agree(trace.last_hidden[1], arguments["h0"][1])
    agree(trace.last_cell[1], arguments["c0"][1])


def test_sigmoid_is_stable_and_symmetric() -> None:
    a = np.linspace(-800, 800, 1601)
    agree(eq.sigmoid(a) + eq.sigmoid(-a), np.ones_like(a), tolerance=1e-15)
    middle = a[np.abs(a) < 700]
    agree(eq.sigmoid(middle), 1 / (1 + np.exp(-middle)), tolerance=1e-15)
    assert eq.sigmoid(np.float32([-1000, 1000])).dtype == np.float32
    assert eq.sigmoid(np.float32([-1000, 1000])).tolist() == [0, 1]


def test_wrong_shapes_are_named() -> None:
    x, h = np.zeros((2, 3)), np.zeros((2, 4))
    W, U, b = np.zeros((3, 4)), np.zeros((4, 4)), np.zeros(4)
    with pytest.raises(ValueError, match=r"forget_gate: W_f has shape \(4, 3\), expected \(features, units\)"):
        eq.forget_gate(x, h, W.T, U, b)
    with pytest.raises(ValueError, match=r"b_f has shape \(1, 4\), expected \(units,\) with units = 4"):
        eq.forget_gate(x, h, W, U, b[None])
    with pytest.raises(ValueError, match=r"lstm_step: kernel has shape \(3, 4\), expected \(features, 4 \* units\)"):
        eq.lstm_step(x, h, h, W, U, b)
    with pytest.raises(ValueError, match=r"lstm: mask has shape \(5, 2\), expected \(batch, time\)"):
        eq.lstm(np.zeros((2, 5, 3)), np.zeros((3, 16)), np.zeros((4, 16)), mask=np.ones((5, 2)))
    with pytest.raises(ValueError, match="no time step"):
        eq.simple_rnn(np.zeros((2, 0, 3)), W, U)
    with pytest.raises(ValueError, match=r"gru: bias has shape \(12,\), expected .* since reset_after=True"):
        gru_function(np.zeros((2, 5, 3)), np.zeros((3, 12)), np.zeros((4, 12)), np.zeros(12))
    with pytest.raises(ValueError, match=r"d_hidden has shape \(2, 4\), expected \(2, 5, 4\)"):
        eq.simple_rnn_backward(eq.simple_rnn(np.zeros((2, 5, 3)), W, U), h)


def test_mixed_dtypes_are_refused() -> None:
    x, W, U = np.zeros((2, 5, 3), np.float32), np.zeros((3, 4)), np.zeros((4, 4), np.float32)
    with pytest.raises(TypeError, match="simple_rnn: all arrays must have one dtype, got x float32, kernel float64"):
        eq.simple_rnn(x, W, U)
    with pytest.raises(TypeError, match="x has dtype int64, expected a floating dtype"):
        eq.simple_rnn(np.zeros((2, 5, 3), np.int64), W, U)
