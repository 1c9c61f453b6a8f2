"""Right values to which something was done."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.judging.reworked import reworked

TOLERANCE = 1e-6
RIGHT = np.random.default_rng(3).uniform(-0.9, 0.9, size=(3, 5))
SHARES = np.random.default_rng(4).uniform(0.1, 0.9, size=(3, 5))


def said(got: np.ndarray, right: np.ndarray = RIGHT) -> str:
    return str(reworked(got.astype(np.float32).astype(np.float64), right, TOLERANCE))


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (lambda x: -x, "the other sign"),
        (lambda x: 1 / x, "1 divided by the right one"),
        (lambda x: 1 - x, "1 minus the right one"),
        (lambda x: x**2, "the square of the right one"),
        (abs, "lost its sign"),
        (lambda x: np.where(x > 0, x, 0), "below zero has become zero"),
        (np.tanh, "through a tanh once more"),
        (lambda x: 0.5 * np.tanh(x / 2) + 0.5, "through a sigmoid once more"),
        (np.exp, "the exponential of the right one"),
        (np.arctanh, "A tanh is missing"),
        (lambda x: x / 8, "0.125 times the right one"),
        (lambda x: x + 0.25, "too large by 0.25"),
        (lambda x: x - 3, "too small by 3"),
        (lambda x: np.round(x, 2), "rounded to 2 decimals"),
        (lambda x: np.trunc(x * 10) / 10, "rounded to one decimal"),
        (lambda x: x.astype(np.float16), "cast to float16"),
        (lambda x: (x.astype(np.float32).view(np.uint32) & 0xFFFF0000).view(np.float32), "cast to bfloat16"),
        (lambda x: np.tanh(np.arctanh(x) / 2), "tanh of half"),
        (lambda x: np.where(np.arange(15).reshape(3, 5) % 5 == 2, 0, x), "were these places never filled"),
        (lambda x: np.where(x < 0, x + np.cos(np.arange(15).reshape(3, 5)), x), "that should be below 0 is wrong"),
        (lambda x: np.where(x > 0.1, x + np.cos(np.arange(15).reshape(3, 5)), x), "that should be above 0.09 is wrong"),
        (lambda x: x * (1 + 1e-3 * np.sin(np.arange(15).reshape(3, 5))), "nearly right, to about 0.0"),
    ],
)
def test_what_was_done(function: Callable[[np.ndarray], np.ndarray], says: str) -> None:
    assert says in said(function(RIGHT))


def test_what_only_shares_can_have() -> None:
    assert "A sigmoid is missing" in said(np.log(SHARES / (1 - SHARES)), SHARES)


@pytest.mark.parametrize(
    "got", [RIGHT[::-1], RIGHT + np.arange(15).reshape(3, 5), np.zeros_like(RIGHT), np.where(RIGHT > 0.5, 5.0, RIGHT)]
)
def test_nothing_is_said_of_other_values(got: np.ndarray) -> None:
    assert said(got) == ""


@given(st.integers(0, 2**32 - 1), st.floats(0.05, 3))
def test_other_numbers_are_never_explained(seed: int, scale: float) -> None:
    rng = np.random.default_rng(seed)
    right, got = rng.normal(size=(2, 4, 3)) * scale
    assert said(got, right) == ""


def test_few_numbers_fit_anything() -> None:
    assert said(-RIGHT[0, :3], RIGHT[0, :3]) == ""
