"""How many steps must wait for one another, however many processors there are."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from autograder.exercises.kit.recurrent import function_truth
from autograder.model import Arrays, Check, Exercise, FunctionCase, Mistake


def cases(rng: np.random.Generator) -> tuple[FunctionCase, ...]:
    def case(name: str, kind: str, layers: int) -> FunctionCase:
        arguments = {"kind": kind, "time": int(rng.integers(40, 90)), "layers": layers}
        return FunctionCase(id=name, arguments=arguments, axes={}, returns={"steps": ""})

    many = [int(layers) for layers in rng.permutation([3, 4, 5, 6])]
    return (
        case("one_rnn", "rnn", 1),
        case("one_lstm", "lstm", 1),
        case("one_conv1d", "conv1d", 1),
        case("stacked_conv1d", "conv1d", many[0]),
        case("stacked_rnn", "rnn", many[1]),
        case("stacked_lstm", "lstm", many[2]),
    )


def _steps(kind: str, time: int, layers: int) -> int:
    return layers if kind == "conv1d" else time + layers - 1


def _mistake(name: str, title: str, hint: str, steps: Callable[[str, int, int], int]) -> Mistake:
    def wrong(case: FunctionCase) -> Arrays:
        return {"steps": np.asarray(steps(*case.arguments.values()))}

    return Mistake(f"steps_in_a_row.{name}", title, hint, wrong)


def _recurrent(steps: Callable[[str, int, int], int]) -> Callable[[str, int, int], int]:
    """Counted otherwise where the layers are recurrent."""
    return lambda kind, time, layers: layers if kind == "conv1d" else steps(kind, time, layers)


def _convolution(steps: Callable[[int, int], int]) -> Callable[[str, int, int], int]:
    return lambda kind, time, layers: steps(time, layers) if kind == "conv1d" else _steps(kind, time, layers)


_STACK = (
    "Draw two layers over four steps as a grid, with an arrow to every box from those it waits for. How long is the "
    "longest path?"
)
_WINDOW = "To compute the output of a convolution at the last step, must that of the first step be known?"
_WAITS = "Can the second step of a recurrent layer begin before the first one is done?"
_GATES = "Do the four sums of an LSTM wait for each other within a step?"

MISTAKES = (
    _mistake(
        "layer_after_layer", "A recurrent layer is taken to wait for the last step of the layer below", _STACK,
        _recurrent(lambda kind, time, layers: time * layers),
    ),
    _mistake(
        "layers_ignored", "The layers of a recurrent stack are not counted", _STACK,
        _recurrent(lambda kind, time, layers: time),
    ),
    _mistake(
        "one_too_many", "In a recurrent stack one step is counted twice",
        "One layer over one step: how many boxes has the grid, and what does your formula say?",
        _recurrent(lambda kind, time, layers: time + layers),
    ),
    _mistake(
        "all_at_once", "The steps of a recurrent layer are taken to be computed at once", _WAITS,
        lambda kind, time, layers: layers,
    ),
    _mistake(
        "first_step_free", "The first step of a recurrent layer is not counted", _WAITS,
        _recurrent(lambda kind, time, layers: time + layers - 2),
    ),
    _mistake(
        "halves", "Half of the steps of a recurrent layer are taken to be computed beside the other half", _WAITS,
        _recurrent(lambda kind, time, layers: time // 2 + layers - 1),
    ),
    _mistake(
        "four_gates", "The four blocks of an LSTM are counted one after the other", _GATES,
        _recurrent(lambda kind, time, layers: (4 if kind == "lstm" else 1) * (time + layers - 1)),
    ),
    _mistake(
        "three_gates", "The three gates of an LSTM are counted one after the other", _GATES,
        _recurrent(lambda kind, time, layers: (3 if kind == "lstm" else 1) * (time + layers - 1)),
    ),
    _mistake(
        "two_states", "The two states of an LSTM are counted one after the other", _GATES,
        _recurrent(lambda kind, time, layers: (2 if kind == "lstm" else 1) * (time + layers - 1)),
    ),
    _mistake(
        "convolution_as_recurrent", "The convolution is counted like a recurrent layer", _WINDOW,
        _convolution(lambda time, layers: time + layers - 1),
    ),
    _mistake(
        "convolution_step_by_step", "The windows of a convolution are counted one after the other, layer after layer",
        _WINDOW, _convolution(lambda time, layers: time * layers),
    ),
    _mistake(
        "convolution_time", "The windows of a convolution are counted one after the other", _WINDOW,
        _convolution(lambda time, layers: time),
    ),
    _mistake(
        "convolution_layers_at_once", "The layers of a stack of convolutions are taken to be computed at once",
        "What does the second convolution read?", _convolution(lambda time, layers: 1),
    ),
    _mistake(
        "time_times_layers", "Every step of every layer is counted, whatever the kind", _STACK,
        lambda kind, time, layers: time * layers,
    ),
    _mistake(
        "time_only", "The length of the sequence is told, whatever the kind", _WINDOW,
        lambda kind, time, layers: time,
    ),
)  # fmt: skip


EXERCISE = Exercise(
    id="steps_in_a_row",
    assignment="compare",
    title="How many steps must wait for one another",
    entry_point="steps_in_a_row",
    signature="steps_in_a_row(kind, time, layers) -> int",
    points=3,
    hint=(
        "Draw layers and steps as a grid, with an arrow to every box from those it waits for. How long is the longest "
        "path?"
    ),
    cases=cases,
    truth=function_truth(_steps),
    slack=lambda case, truth: {"steps": 1e-9},
    checks=(
        Check("one_layer", "One layer of each kind", 1, ("one_*.steps",)),
        Check("convolutions", "A stack of convolutions", 1, ("stacked_conv1d.steps",)),
        Check("recurrent", "A stack of recurrent layers", 1, ("stacked_rnn.steps", "stacked_lstm.steps")),
    ),
    mistakes=MISTAKES,
    permuted=(),
)
