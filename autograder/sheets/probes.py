"""Simpler questions, for where values are wrong and no known mistake explains them.

Each probe is a case with one thing taken out of it: a weight or a state that is all zeros, one step, one batch item,
no stride, no padding. Where the answer becomes right, what was taken out is where to look. That is an observation, so
it is never a wrong diagnosis. An exercise may add probes that let one gate alone show (`Exercise.alone`).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any, TypeAlias

import numpy as np

from autograder.language import Text, words
from autograder.model import Exercise, FunctionCase, LayerCase

Simpler: TypeAlias = tuple[str, Text, Text | None, FunctionCase | LayerCase]
"""Its name, what it tells when the answer is right, what when it is wrong, and the case."""

_ONE_STEP = words("It is right for a sequence of one step: look at what one step hands to the next.")
_WRONG_AT_ONCE = words("It is wrong already for a sequence of one step, where nothing is handed from step to step.")
_ONE_ITEM = words("It is right for a batch of one: does something mix the items of a batch, or count on their number?")
_NO_STATES = words("It is right when the initial states are all zeros: where do yours enter the first step?")
_NO_MASK = words("It is right when every step counts: look at what becomes of the states at a masked step.")
_WRONG_WITHOUT_A_MASK = words("It is wrong already when every step counts, where nothing is masked.")
_PLAIN = {
    "strides": (1, words("It is right with strides of 1.")),
    "dilation_rate": (1, words("It is right with a dilation of 1.")),
    "padding": ("valid", words("It is right without padding.")),
}


def simpler(case: FunctionCase | LayerCase) -> Iterator[Simpler]:
    """The case with one thing taken out, for each thing that can be."""
    if isinstance(case, FunctionCase):
        yield from _simpler_call(case)
        return
    case = dataclasses.replace(case, cotangents=None)
    for name, weight in case.weights.items():
        weights = {**case.weights, name: np.zeros_like(weight)}
        yield name, _zeros(name), None, dataclasses.replace(case, weights=weights)
    if case.states is not None:
        states = tuple(np.zeros_like(state) for state in case.states)
        yield "states", _NO_STATES, None, dataclasses.replace(case, states=states)
    axes = case.axes["inputs"].split()
    if axes[1] == "time" and case.inputs.shape[1] > 1 and "units" in str(case.axes):
        yield (
            "one step",
            _ONE_STEP,
            _WRONG_AT_ONCE,
            dataclasses.replace(case, inputs=case.inputs[:, :1], mask=None if case.mask is None else case.mask[:, :1]),
        )
    if case.mask is not None:
        yield "no mask", _NO_MASK, _WRONG_WITHOUT_A_MASK, dataclasses.replace(case, mask=None)
    states_of_one = None if case.states is None else tuple(state[:1] for state in case.states)
    mask_of_one = None if case.mask is None else case.mask[:1]
    one = dataclasses.replace(case, inputs=case.inputs[:1], states=states_of_one, mask=mask_of_one)
    yield "one item", _ONE_ITEM, None, one
    for name, (plain, says) in _PLAIN.items():
        given = case.config.get(name, plain)
        value: Any = (plain,) * len(given) if isinstance(given, tuple) else plain
        if given != value:
            yield name, says, None, dataclasses.replace(case, config={**case.config, name: value})


def _simpler_call(case: FunctionCase) -> Iterator[Simpler]:
    for name, value in case.arguments.items():
        if name in case.axes and isinstance(value, np.ndarray) and value.dtype.kind == "f":
            arguments = {**case.arguments, name: np.zeros_like(value)}
            yield name, _zeros(name), None, dataclasses.replace(case, arguments=arguments)


def _zeros(name: str) -> Text:
    return words("It is right when `{name}` is all zeros: look at what yours does with it.", name=name)


def alone(exercise: Exercise, case: FunctionCase | LayerCase) -> Iterator[tuple[str, Text, FunctionCase | LayerCase]]:
    """Cases in which one gate alone shows: its name, what a wrong answer tells, and the case."""
    if exercise.alone is not None:
        for gate, changed in exercise.alone(case):
            yield gate, exercise.gates[gate].alone, changed
