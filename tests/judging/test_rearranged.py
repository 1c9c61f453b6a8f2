"""Right values in wrong places."""

from __future__ import annotations

import numpy as np
import pytest

from autograder.judging.rearranged import rearranged

RIGHT = np.random.default_rng(0).normal(size=(2, 3, 8))
AXES = ("batch", "time", "2*units")


def said(got: np.ndarray, right: np.ndarray = RIGHT, axes: tuple[str, ...] = AXES) -> str:
    return str(rearranged(axes, got, right, 1e-6))


def half(values: np.ndarray) -> np.ndarray:
    """The right values with another second half."""
    return np.concatenate([RIGHT[..., :4], values], axis=-1)


@pytest.mark.parametrize(
    ("got", "says"),
    [
        (RIGHT[:, ::-1], "in reverse order along time."),
        (RIGHT[..., ::-1], "in reverse order along 2*units."),
        (RIGHT[:, ::-1, ::-1], "along both time and 2*units. Along which axes"),
        (np.roll(RIGHT, 2, axis=1), "moved along time: what belongs to index 1 stands at index 0."),
        (np.roll(RIGHT, 1, axis=1), "what belongs to index 0 stands at index 1."),
        (np.roll(RIGHT, -3, axis=2), "along 2*units: what belongs to index 3 stands at index 0."),
        (np.roll(RIGHT, 4, axis=2), "the two halves of 2*units are exchanged."),
        (RIGHT[:, [1, 0, 2]], "your indices 0, 1, 2 hold what belongs to 1, 0, 2."),
        (half(RIGHT[:, ::-1, 4:]), "along time. That is so in indices 4 to 7 of units; all else is right."),
        (half(RIGHT[:, ::-1, :3:-1]), "along both time and units."),
    ],
)
def test_where_the_values_are(got: np.ndarray, says: str) -> None:
    assert says in said(got)


def test_axes_of_one_length_may_be_exchanged() -> None:
    square = RIGHT[:, :, :3]
    assert "time and units are exchanged" in said(square.swapaxes(1, 2), square, ("batch", "time", "units"))


@pytest.mark.parametrize(
    "got", [RIGHT + 1, RIGHT[:, [0, 0, 0]], np.where(RIGHT > 0, RIGHT, RIGHT[:, ::-1]), np.full_like(RIGHT, 1.0)]
)
def test_nothing_is_said_of_other_values(got: np.ndarray) -> None:
    assert said(got) == ""


def test_equal_values_do_not_say_where_they_came_from() -> None:
    padded = np.pad(RIGHT, [(0, 0), (0, 0), (1, 1)])
    assert said(padded[..., [0, 9, 2, 1, 3, 4, 5, 6, 7, 8]], padded) == ""
    assert "what belongs to index 1 stands at index 0" in said(np.roll(padded, -1, axis=2), padded)


def test_numbers_have_no_order() -> None:
    assert said(np.array(1.0), np.array(2.0), ()) == ""
