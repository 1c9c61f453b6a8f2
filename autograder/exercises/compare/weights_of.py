"""How many trainable weights a layer has, counted and not looked up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.exercises.kit import draw
from autograder.exercises.kit.recurrent import function_truth
from autograder.model import Arrays, Check, Exercise, FunctionCase, Mistake

GATES = {"rnn": 1, "lstm": 4}
"""Of a recurrent layer, the candidate counted as one."""


def cases(rng: np.random.Generator) -> tuple[FunctionCase, ...]:
    return tuple(_case(f"{kind}_{which}", rng, kind) for kind in ("rnn", "lstm", "conv1d") for which in ("a", "b"))


def _case(name: str, rng: np.random.Generator, kind: str) -> FunctionCase:
    size = draw.distinct_sizes(rng, ("features", "units", "kernel_size"), 3, 12)
    return FunctionCase(id=name, arguments={"kind": kind, **size}, axes={}, returns={"weights": ""})


def _weights(kind: str, features: int, units: int, kernel_size: int) -> int:
    if kind == "conv1d":
        return (kernel_size * features + 1) * units
    return GATES[kind] * (features + units + 1) * units


def _mistake(name: str, title: str, hint: str, weights: Callable[[str, int, int, int], int]) -> Mistake:
    def wrong(case: FunctionCase) -> Arrays:
        return {"weights": np.asarray(weights(*case.arguments.values()))}

    return Mistake(f"weights_of.{name}", title, hint, wrong)


def _recurrent(each: Callable[[int, int], int], gates: Callable[[str], int] = GATES.__getitem__) -> Any:
    """Counted otherwise: each gate, from features and units, or the number of gates; convolutions are right."""

    def weights(kind: str, features: int, units: int, kernel_size: int) -> int:
        if kind == "conv1d":
            return _weights(kind, features, units, kernel_size)
        return gates(kind) * each(features, units)

    return weights


def _of(wanted: str, count: Callable[[int, int, int], int]) -> Any:
    """Counted otherwise for one kind, from features, units and kernel size."""

    def weights(kind: str, features: int, units: int, kernel_size: int) -> int:
        if kind == wanted:
            return count(features, units, kernel_size)
        return _weights(kind, features, units, kernel_size)

    return weights


def _gate(features: int, units: int) -> int:
    return (features + units + 1) * units


_READS = "What does a unit of a recurrent layer read at each step: the input only?"
_BIAS = "Feed zeros, and start from a state of zeros. Which weights act all the same?"
_FOUR = "Which sums does an LSTM compute at every step? Has each of them weights of its own?"
_FILTER = "Write one filter as an array. Which axes has it, and how many numbers are in it?"

MISTAKES = (
    _mistake(
        "no_recurrent_kernel", "The weights on the state before are not counted", _READS,
        _recurrent(lambda f, u: (f + 1) * u),
    ),
    _mistake(
        "state_weighted_one_by_one", "Each unit is taken to read its own state only", _READS,
        _recurrent(lambda f, u: (f + 2) * u),
    ),
    _mistake(
        "no_input_kernel", "The weights on the input are not counted", _READS,
        _recurrent(lambda f, u: (u + 1) * u),
    ),
    _mistake(
        "no_bias", "The biases are not counted", _BIAS,
        lambda kind, f, u, k: _weights(kind, f, u, k) - u * GATES.get(kind, 1),
    ),
    _mistake(
        "no_recurrent_bias", "The biases of the recurrent layers are not counted", _BIAS,
        _recurrent(lambda f, u: (f + u) * u),
    ),
    _mistake(
        "two_biases", "The recurrent layers are given two biases, one for the input and one for the state",
        "If two numbers are always added up, how many of them does a layer need?",
        _recurrent(lambda f, u: _gate(f, u) + u),
    ),
    _mistake(
        "one_number_for_the_bias", "A bias is counted as one number a layer, not one a unit",
        "Feed zeros. Should all units then say the same?",
        lambda kind, f, u, k: _weights(kind, f, u, k) - (u - 1) * GATES.get(kind, 1),
    ),
    _mistake(
        "lstm_as_rnn", "The LSTM is counted like a simple recurrent network", _FOUR, _recurrent(_gate, lambda kind: 1),
    ),
    _mistake(
        "three_gates", "Three gates are counted, and the candidate is not", _FOUR,
        _recurrent(_gate, lambda kind: min(GATES[kind], 3)),
    ),
    _mistake(
        "five_gates", "Five blocks are counted: the cell state is given weights of its own", _FOUR,
        _recurrent(_gate, lambda kind: {"rnn": 1, "lstm": 5}[kind]),
    ),
    _mistake(
        "one_bias_for_all_gates", "The four blocks of the LSTM share one bias", _FOUR,
        _of("lstm", lambda f, u, k: 4 * (f + u) * u + u),
    ),
    _mistake(
        "one_input_kernel_for_all_gates", "The four blocks of the LSTM share the weights on the input", _FOUR,
        _of("lstm", lambda f, u, k: f * u + 4 * (u + 1) * u),
    ),
    _mistake(
        "gates_read_both_states", "The gates are taken to read the cell state as well",
        "Which of the two states of an LSTM enter the sums, and which is only carried along?",
        _of("lstm", lambda f, u, k: 4 * (f + 2 * u + 1) * u),
    ),
    _mistake(
        "kernel_size_missing", "The size of the window does not enter", _FILTER,
        _of("conv1d", lambda f, u, k: (f + 1) * u),
    ),
    _mistake(
        "features_missing", "A filter is taken to read one feature only", _FILTER,
        _of("conv1d", lambda f, u, k: (k + 1) * u),
    ),
    _mistake(
        "square_window", "The window is counted as a square, as for images",
        "Along how many axes does a window over a sequence move?", _of("conv1d", lambda f, u, k: (k * k * f + 1) * u),
    ),
    _mistake(
        "bias_at_every_step", "The bias of a filter is counted once for each step of the window", _BIAS,
        _of("conv1d", lambda f, u, k: k * (f + 1) * u),
    ),
    _mistake(
        "no_bias_of_filters", "The biases of the convolution are not counted", _BIAS,
        _of("conv1d", lambda f, u, k: k * f * u),
    ),
    _mistake(
        "filters_read_each_other", "The filters of the convolution are taken to read each other, as units do",
        "Which layer hands its own output back to itself: the recurrent one, or the convolution?",
        _of("conv1d", lambda f, u, k: (k * f + u + 1) * u),
    ),
)  # fmt: skip


def _keras() -> Any:
    import keras

    def weights_of(kind: str, features: int, units: int, kernel_size: int) -> int:
        layer = {
            "rnn": lambda: keras.layers.SimpleRNN(units),
            "lstm": lambda: keras.layers.LSTM(units),
            "conv1d": lambda: keras.layers.Conv1D(units, kernel_size),
        }[kind]()
        layer.build((None, 20, features))
        return int(layer.count_params())

    return weights_of


EXERCISE = Exercise(
    id="weights_of",
    assignment="compare",
    title="How many weights a layer has",
    entry_point="weights_of",
    signature="weights_of(kind, features, units, kernel_size) -> int",
    points=4,
    hint="How many numbers does one unit read, and how often is it there?",
    cases=cases,
    truth=function_truth(_weights),
    slack=lambda case, truth: {"weights": 1e-9},
    checks=(
        Check("rnn", "A simple recurrent layer", 1, ("rnn_*.weights",)),
        Check("lstm", "An LSTM", 2, ("lstm_*.weights",)),
        Check("conv1d", "A convolution over time", 1, ("conv1d_*.weights",)),
    ),
    mistakes=MISTAKES,
    witnesses={"keras": _keras},
    permuted=(),
)
