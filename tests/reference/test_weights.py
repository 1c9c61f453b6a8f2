"""Keras's weights and PyTorch's give the same numbers.

PyTorch is not needed: what it computes is transcribed here from the equations in the documentation of
``torch.nn.RNN``, ``LSTM``, ``GRU`` and ``Conv2d``, with its names.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from witnesses import agree

from reference import equations as eq
from reference import weights as w

BATCH, TIME, FEATURES, UNITS = 2, 5, 3, 4


def sigma(a: Any) -> Any:
    return 1 / (1 + np.exp(-a))


def torch_rnn(x: Any, weight_ih: Any, weight_hh: Any, bias_ih: Any, bias_hh: Any) -> Any:
    h = np.zeros((BATCH, UNITS))
    for t in range(TIME):
        h = np.tanh(x[:, t] @ weight_ih.T + bias_ih + h @ weight_hh.T + bias_hh)
    return h


def torch_lstm(x: Any, weight_ih: Any, weight_hh: Any, bias_ih: Any, bias_hh: Any) -> Any:
    W_ii, W_if, W_ig, W_io = np.split(weight_ih, 4)
    W_hi, W_hf, W_hg, W_ho = np.split(weight_hh, 4)
    b_ii, b_if, b_ig, b_io = np.split(bias_ih, 4)
    b_hi, b_hf, b_hg, b_ho = np.split(bias_hh, 4)
    h = c = np.zeros((BATCH, UNITS))
    for t in range(TIME):
        i = sigma(x[:, t] @ W_ii.T + b_ii + h @ W_hi.T + b_hi)
        f = sigma(x[:, t] @ W_if.T + b_if + h @ W_hf.T + b_hf)
        g = np.tanh(x[:, t] @ W_ig.T + b_ig + h @ W_hg.T + b_hg)
        o = sigma(x[:, t] @ W_io.T + b_io + h @ W_ho.T + b_ho)
        c = f * c + i * g
        h = o * np.tanh(c)
    return h


def torch_gru(x: Any, weight_ih: Any, weight_hh: Any, bias_ih: Any, bias_hh: Any) -> Any:
    W_ir, W_iz, W_in = np.split(weight_ih, 3)
    W_hr, W_hz, W_hn = np.split(weight_hh, 3)
    b_ir, b_iz, b_in = np.split(bias_ih, 3)
    b_hr, b_hz, b_hn = np.split(bias_hh, 3)
    h = np.zeros((BATCH, UNITS))
    for t in range(TIME):
        r = sigma(x[:, t] @ W_ir.T + b_ir + h @ W_hr.T + b_hr)
        z = sigma(x[:, t] @ W_iz.T + b_iz + h @ W_hz.T + b_hz)
        n = np.tanh(x[:, t] @ W_in.T + b_in + r * (h @ W_hn.T + b_hn))
        h = (1 - z) * n + z * h
    return h


RECURRENT = {
    "rnn": (1, torch_rnn, eq.simple_rnn, w.rnn_to_torch, w.rnn_from_torch),
    "lstm": (4, torch_lstm, eq.lstm, w.lstm_to_torch, w.lstm_from_torch),
    "gru": (3, torch_gru, eq.gru, w.gru_to_torch, w.gru_from_torch),
}


@pytest.mark.parametrize("kind", RECURRENT)
def test_from_torch(kind: str, rng: np.random.Generator) -> None:
    gates, torch, equation, _, from_torch = RECURRENT[kind]
    weights = [rng.normal(size=(gates * UNITS, n)) for n in (FEATURES, UNITS)]
    weights += [rng.normal(size=gates * UNITS) for _ in range(2)]
    x = rng.normal(size=(BATCH, TIME, FEATURES))
    agree(equation(x, *from_torch(*weights)).last_hidden, torch(x, *weights))


@pytest.mark.parametrize("kind", RECURRENT)
def test_to_torch_and_back(kind: str, rng: np.random.Generator) -> None:
    gates, torch, equation, to_torch, from_torch = RECURRENT[kind]
    kernel, recurrent_kernel = (rng.normal(size=(n, gates * UNITS)) for n in (FEATURES, UNITS))
    bias = rng.normal(size=(2, 3 * UNITS) if kind == "gru" else gates * UNITS)
    there = to_torch(kernel, recurrent_kernel, bias)
    x = rng.normal(size=(BATCH, TIME, FEATURES))
    agree(torch(x, *there), equation(x, kernel, recurrent_kernel, bias).last_hidden)
    for before, after in zip((kernel, recurrent_kernel, bias), from_torch(*there), strict=True):
        np.testing.assert_array_equal(before, after)
    without = from_torch(*to_torch(kernel, recurrent_kernel))
    assert without.bias is None
    np.testing.assert_array_equal(without.recurrent_kernel, recurrent_kernel)


def test_there_is_no_torch_gru_with_reset_before() -> None:
    with pytest.raises(ValueError, match=r"bias has shape \(12,\), expected \(2, 3 \* units\)"):
        w.gru_to_torch(np.zeros((3, 12)), np.zeros((4, 12)), np.zeros(12))


@pytest.mark.parametrize("groups", [1, 2])
def test_convolution(groups: int, rng: np.random.Generator) -> None:
    x = rng.normal(size=(2, 2 * groups, 7, 5))  # PyTorch has channels first
    weight = rng.normal(size=(6, 2, 3, 2))  # (filters, channels // groups, kernel_height, kernel_width)
    output = np.zeros((2, 6, 5, 4))
    for f, i, j in itertools.product(range(6), range(5), range(4)):
        first = 2 * (f * groups // 6)
        output[:, f, i, j] = (x[:, first : first + 2, i : i + 3, j : j + 2] * weight[f]).sum(axis=(1, 2, 3))
    ours = eq.conv2d(np.moveaxis(x, 1, -1), w.conv_from_torch(weight), groups=groups).output
    agree(np.moveaxis(ours, -1, 1), output)
    np.testing.assert_array_equal(w.conv_to_torch(w.conv_from_torch(weight)), weight)
    np.testing.assert_array_equal(w.conv_to_torch(w.conv_from_torch(weight[..., 0])), weight[..., 0])


def test_gates_split_and_join(rng: np.random.Generator) -> None:
    kernel = rng.normal(size=(3, 16)).astype(np.float32)
    blocks = w.split_gates(kernel)
    assert list(blocks) == ["input", "forget", "candidate", "output"]
    np.testing.assert_array_equal(blocks["candidate"], kernel[:, 8:12])
    np.testing.assert_array_equal(w.join_gates(blocks), kernel)
    assert w.join_gates(blocks).dtype == np.float32
    assert list(w.split_gates(np.zeros((2, 12)), w.GRU_GATES)) == ["update", "reset", "candidate"]
    with pytest.raises(ValueError, match=r"shape \(3, 7\) cannot hold 4 gates"):
        w.split_gates(np.zeros((3, 7)))
    with pytest.raises(KeyError, match="expected the gates"):
        w.join_gates({"input": kernel})
    with pytest.raises(ValueError, match="one shape"):
        w.join_gates({**blocks, "output": np.zeros((3, 5))})
