"""Equations, our layers and stock Keras agree on recurrent layers: outputs, states and every gradient."""

from __future__ import annotations

import itertools
from typing import Any

import keras
import numpy as np
import pytest
from witnesses import agree, all_agree, run

import reference
from reference import equations as eq

BATCH, TIME, FEATURES, UNITS = 2, 5, 3, 4

MASKS = {
    "none": None,
    "right padded": [[1, 1, 1, 1, 1], [1, 1, 0, 0, 0]],
    "holes": [[1, 0, 1, 0, 1], [1, 1, 0, 1, 0]],
    "leading": [[0, 0, 1, 1, 1], [0, 1, 0, 1, 1]],
    "all of one item": [[0, 0, 0, 0, 0], [1, 0, 1, 1, 1]],
}

GATES = {"SimpleRNN": 1, "LSTM": 4, "GRU after": 3, "GRU before": 3}
STATES = {"SimpleRNN": 1, "LSTM": 2, "GRU after": 1, "GRU before": 1}


def weights_of(kind: str, use_bias: bool, rng: np.random.Generator) -> list[Any]:
    fused = GATES[kind] * UNITS
    weights = [
        rng.normal(size=(FEATURES, fused)) / FEATURES**0.5,
        rng.normal(size=(UNITS, fused)) / UNITS**0.5,
    ]
    if use_bias:
        weights.append(rng.normal(size=(2, fused) if kind == "GRU after" else fused))
    return weights


def layer_of(module: Any, kind: str, **options: Any) -> Any:
    if kind.startswith("GRU"):
        return module.GRU(UNITS, reset_after=kind == "GRU after", dtype="float64", **options)
    return getattr(module, kind)(UNITS, dtype="float64", **options)


def answer_of_equations(
    kind: str,
    x: Any,
    weights: list[Any],
    cotangents: list[Any],
    states: list[Any] | None,
    mask: Any,
    return_sequences: bool,
    return_state: bool,
    go_backwards: bool,
    zero_output_for_mask: bool,
) -> dict[str, Any]:
    """What `run` would answer, by hand."""
    kernel, recurrent_kernel, bias = (*weights, None)[:3]
    options = {"mask": mask, "go_backwards": go_backwards, "zero_output_for_mask": zero_output_for_mask}
    initial = states or [None] * STATES[kind]
    if kind == "SimpleRNN":
        trace = eq.simple_rnn(x, kernel, recurrent_kernel, bias, *initial, **options)
    elif kind == "LSTM":
        trace = eq.lstm(x, kernel, recurrent_kernel, bias, *initial, **options)
    else:
        reset_after = kind == "GRU after"
        trace = eq.gru(x, kernel, recurrent_kernel, bias, *initial, reset_after=reset_after, **options)

    last = [trace.last_hidden, trace.last_cell] if kind == "LSTM" else [trace.last_hidden]
    outputs = [trace.hidden if return_sequences else trace.hidden[:, -1]]
    d_hidden = np.zeros_like(trace.hidden)
    if return_sequences:
        d_hidden += cotangents[0]
    else:
        d_hidden[:, -1] += cotangents[0]
    d_last = [None] * len(last)
    if return_state:
        outputs += last
        d_last = cotangents[1:]

    backward = {"SimpleRNN": eq.simple_rnn_backward, "LSTM": eq.lstm_backward}.get(kind, eq.gru_backward)
    g = backward(trace, d_hidden, *d_last)
    d_weights = [g.kernel, g.recurrent_kernel] + ([] if bias is None else [g.bias])
    d_states = [g.h0, g.c0] if kind == "LSTM" else [g.h0]
    return {"outputs": outputs, "x": g.x, "weights": d_weights, "states": d_states if states else []}


@pytest.mark.parametrize("with_states", [False, True], ids=["from zeros", "from states"])
@pytest.mark.parametrize("go_backwards", [False, True], ids=["forwards", "backwards"])
@pytest.mark.parametrize("mask_name", MASKS)
@pytest.mark.parametrize("kind", GATES)
def test_three_witnesses_agree(
    kind: str, mask_name: str, go_backwards: bool, with_states: bool, rng: np.random.Generator
) -> None:
    mask = None if MASKS[mask_name] is None else np.array(MASKS[mask_name], bool)
    return_sequences, return_state, use_bias, zero_output_for_mask = rng.random(4) < [0.6, 0.6, 0.8, 0.3]
    x = rng.normal(size=(BATCH, TIME, FEATURES))
    weights = weights_of(kind, use_bias, rng)
    states = [rng.normal(size=(BATCH, UNITS)) for _ in range(STATES[kind])] if with_states else None
    cotangents = [rng.normal(size=(BATCH, TIME, UNITS) if return_sequences else (BATCH, UNITS))]
    if return_state:
        cotangents += [rng.normal(size=(BATCH, UNITS)) for _ in range(STATES[kind])]
    options = {
        "return_sequences": bool(return_sequences),
        "return_state": bool(return_state),
        "go_backwards": go_backwards,
        "zero_output_for_mask": bool(zero_output_for_mask),
    }

    truth = answer_of_equations(kind, x, weights, cotangents, states, mask, **options)
    for who, module in [("our layer", reference), ("keras", keras.layers)]:
        layer = layer_of(module, kind, use_bias=bool(use_bias), **options)
        call = {} if mask is None else {"mask": mask}
        all_agree(run(layer, x, weights, cotangents, states, **call), truth, f"{who} and equations")


CONFIGURATIONS = [
    {"unroll": True, "return_sequences": True},
    {"unroll": True, "go_backwards": True, "zero_output_for_mask": True, "return_sequences": True},
    {"activation": "relu"},
    {"activation": None, "return_sequences": True},
    {"activation": "softsign", "use_bias": False, "return_state": True},
]


@pytest.mark.parametrize("options", CONFIGURATIONS, ids=lambda options: " ".join(options))
@pytest.mark.parametrize("kind", GATES)
def test_layers_agree_on_what_the_equations_have_no_word_for(
    kind: str, options: dict[str, Any], rng: np.random.Generator
) -> None:
    options = dict(options)
    if kind != "SimpleRNN" and "activation" in options:
        options["recurrent_activation"] = "hard_sigmoid"
    x = rng.normal(size=(BATCH, TIME, FEATURES))
    mask = np.array(MASKS["holes"], bool)
    weights = weights_of(kind, options.get("use_bias", True), rng)
    answers = []
    for module in (reference, keras.layers):
        layer = layer_of(module, kind, **options)
        shapes = [np.shape(y) for y in keras.tree.flatten(layer(x))]
        cotangents = [np.random.default_rng(0).normal(size=shape) for shape in shapes]
        answers.append(run(layer, x, weights, cotangents, mask=mask))
    all_agree(*answers, "our layer and keras")


@pytest.mark.parametrize("kind", GATES)
def test_cells_agree(kind: str, rng: np.random.Generator) -> None:
    x, weights = rng.normal(size=(BATCH, FEATURES)), weights_of(kind, True, rng)
    states = [rng.normal(size=(BATCH, UNITS)) for _ in range(STATES[kind])]
    name = kind.split()[0] + "Cell"
    options = {"reset_after": kind == "GRU after"} if name == "GRUCell" else {}
    answers = []
    for module in (reference, keras.layers):
        cell = getattr(module, name)(UNITS, dtype="float64", **options)
        cell.build((BATCH, FEATURES))
        cell.set_weights(weights)
        output, new_states = cell(x, states)
        assert isinstance(new_states, list)
        answers.append([output, *new_states])
    truth: Any
    if kind == "SimpleRNN":
        truth = [eq.rnn_step(x, *states, *weights).hidden] * 2
    elif kind == "LSTM":
        step = eq.lstm_step(x, *states, *weights)
        truth = [step.hidden, step.hidden, step.cell]
    else:
        truth = [eq.gru_step(x, *states, *weights, **options).hidden] * 2
    for ours, stock, right in zip(*answers, truth, strict=True):
        agree(ours, right, "our cell and equations")
        agree(stock, right, "keras and equations")


@pytest.mark.parametrize(
    ("merge_mode", "return_sequences", "return_state"),
    [
        (mode, sequences, state)
        for (mode, sequences), state in zip(
            itertools.product(["concat", "sum", "mul", "ave", None], [False, True]),
            itertools.cycle([True, False, False, True]),
            strict=False,
        )
    ],
)
@pytest.mark.parametrize("kind", ["SimpleRNN", "LSTM"])
def test_bidirectional_agrees(
    kind: str, merge_mode: str | None, return_sequences: bool, return_state: bool, rng: np.random.Generator
) -> None:
    x = rng.normal(size=(BATCH, TIME, FEATURES))
    weights = weights_of(kind, True, rng) + weights_of(kind, True, rng)
    states = [rng.normal(size=(BATCH, UNITS)) for _ in range(2 * STATES[kind])]
    mask = np.array(MASKS["right padded"], bool)
    options = {"return_sequences": return_sequences, "return_state": return_state}
    answers = []
    for outer, inner in [(reference, reference), (keras.layers, keras.layers), (reference, keras.layers)]:
        layer = outer.Bidirectional(layer_of(inner, kind, **options), merge_mode=merge_mode, dtype="float64")
        outputs = layer(x)
        shapes = [tuple(y.shape) for y in keras.tree.flatten(outputs)]
        told = layer.compute_output_shape(x.shape)
        told = [told] if isinstance(told[0], int) else list(told)
        assert [tuple(shape) for shape in told] == shapes
        cotangents = [np.random.default_rng(1).normal(size=shape) for shape in shapes]
        answers.append(run(layer, x, weights, cotangents, states, mask=mask))
    all_agree(answers[0], answers[1], "our layer and keras")
    all_agree(answers[0], answers[2], "our wrapper around our layer and around keras's")

    if merge_mode == "concat" and return_sequences:
        half = STATES[kind]
        by_hand = []
        for backwards in (False, True):
            part = slice(3 * backwards, 3 * backwards + 3)
            run_equation = eq.lstm if kind == "LSTM" else eq.simple_rnn
            initial = states[half * backwards : half * (backwards + 1)]
            trace = run_equation(
                x, *weights[part], *initial, mask=mask, go_backwards=backwards, zero_output_for_mask=True
            )
            by_hand.append(trace.hidden[:, ::-1] if backwards else trace.hidden)
        agree(answers[0]["outputs"][0], np.concatenate(by_hand, axis=-1), "our layer and equations")


def test_stacked_cells_agree(rng: np.random.Generator) -> None:
    x = rng.normal(size=(BATCH, TIME, FEATURES))
    mask = np.array(MASKS["holes"], bool)
    outputs, weights = [], None
    for module in (reference, keras.layers):
        cells = [
            module.LSTMCell(4, dtype="float64"),
            module.GRUCell(6, dtype="float64"),
            module.SimpleRNNCell(7, dtype="float64"),
        ]
        stacked = module.StackedRNNCells(cells, dtype="float64")
        layer = keras.layers.RNN(stacked, return_sequences=True, return_state=True, dtype="float64")
        layer.build(x.shape)
        if weights is None:
            weights = [rng.normal(size=weight.shape) / 2 for weight in layer.get_weights()]
        layer.set_weights(weights)
        outputs.append(keras.tree.flatten(layer(x, mask=mask)))
    for place, (ours, stock) in enumerate(zip(*outputs, strict=True)):
        agree(ours, stock, f"output {place}")
    hidden = eq.lstm(x, *weights[:3], mask=mask).hidden
    hidden = eq.gru(hidden, *weights[3:6], mask=mask).hidden
    agree(outputs[0][0], eq.simple_rnn(hidden, *weights[6:], mask=mask).hidden, "three equations in a row")
