"""What convolutions and pooling may be built on: the border, and how many cells it has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograder.exercises.kit import conv1d_mistakes
from autograder.exercises.kit.parts import part


def _around_an_image(made: Callable[..., Any]) -> dict[str, Any]:
    return {"border": lambda lengths, sizes, strides: (made(sizes[0]), made(sizes[1]))}


def _around_a_sequence(made: Callable[..., Any]) -> dict[str, Any]:
    return {"same": lambda case: made(conv1d_mistakes.span(case))}


PAD = part("pad", "border", _around_an_image, {}, {})
AMOUNTS = part("same_amounts", "amounts", _around_an_image, {}, {}, of="pad")
AMOUNTS_OF_A_SEQUENCE = part("same_amounts", "amounts", _around_a_sequence, {}, {}, of="pad")
