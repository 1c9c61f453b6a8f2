"""What exercises share whose layer is made of several LSTM layers."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from autograder.exercises.kit import lstm_steps
from autograder.model import Arrays, Mistake
from reference import equations as eq

ONE_OF_THE_STEP = "one of the step"
"""A line of every wrong step, so that no two of them are looked for together: the step was an exercise of its own,
and a pair takes as long here as the layers together."""


def step_mistakes(answer: Callable[[Any, Callable[..., eq.LSTMStep]], Arrays]) -> tuple[Mistake, ...]:
    """Every wrong step, to be looked for together with one mistake of what surrounds it."""
    return tuple(
        dataclasses.replace(mistake, lines={**mistake.lines, ONE_OF_THE_STEP: None}) if mistake.lines else mistake
        for mistake in lstm_steps.step_mistakes(answer)
    )
