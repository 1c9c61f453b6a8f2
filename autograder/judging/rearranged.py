"""Right values in wrong places: turned round, moved, or in another order along an axis."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import numpy as np

from autograder import axes
from autograder.judging.axis_words import axis_name
from autograder.language import Said, sentences, words

LONGEST = 64
"""Axes with more indices are not searched for another order."""


def rearranged(names: Sequence[str], got: np.ndarray, right: np.ndarray, tolerance: float) -> Said:
    """How the values have to be put into other places to be the right ones; `""` where that is not all.

    Args:
        names: of the axes. got, right: arrays of one shape, which differ.
    """
    if got.size < 2 or len(names) != got.ndim:
        return ""
    said = _moved(names, got, right, tolerance)
    if said:
        return said
    for place, region in _blocks(names, got, right, tolerance):
        said = _moved([name.rpartition("*")[2] for name in names], got[region], right[region], tolerance)
        if said:
            return sentences(said, words("That is so in {place}; all else is right.", place=place))
    return ""


def _moved(names: Sequence[str], got: np.ndarray, right: np.ndarray, tolerance: float) -> Said:
    def equal(moved: np.ndarray) -> bool:
        return bool(np.all(np.abs(moved - got) <= tolerance))

    wide = [axis for axis in range(got.ndim) if got.shape[axis] > 1]
    for axis in wide:
        if equal(np.flip(right, axis)):
            return words(
                "The right values are all there, but in reverse order along {axis}.", axis=axis_name(names[axis])
            )
    for one, other in itertools.combinations(wide, 2):
        if equal(np.flip(right, (one, other))):
            return words(
                "The right values are all there, but in reverse order along both {one} and {other}. Along which axes "
                "do you turn round, and along which should you?",
                one=axis_name(names[one]), other=axis_name(names[other]),
            )  # fmt: skip
        if got.shape[one] == got.shape[other] and equal(np.swapaxes(right, one, other)):
            return words(
                "The right values are all there, but {one} and {other} are exchanged.",
                one=axis_name(names[one]), other=axis_name(names[other]),
            )  # fmt: skip
    for axis in wide:
        said = _in_other_order(names[axis], np.moveaxis(got, axis, 0), np.moveaxis(right, axis, 0), tolerance)
        if said:
            return said
    return ""


def _in_other_order(name: str, got: np.ndarray, right: np.ndarray, tolerance: float) -> Said:
    """The same along the first axis."""
    count = len(got)
    if count > LONGEST:
        return ""
    for shift in range(1, count):
        if np.all(np.abs(np.roll(right, shift, axis=0) - got) <= tolerance):
            return _shifted(name, shift, count)
    order = _order(got, right, tolerance)
    if not order:
        return ""
    shown = min(count, 8)
    return words(
        "The right values are all there, but in another order along {axis}: your indices {yours} hold what belongs to "
        "{places}.",
        axis=axis_name(name), yours=tuple(map(str, range(shown))), places=tuple(map(str, order[:shown])),
    )  # fmt: skip


def _shifted(name: str, shift: int, count: int) -> Said:
    if axes.parse(name)[0][0] == 2 and 2 * shift == count:
        return words(
            "The right values are all there, but the two halves of {axis} are exchanged.", axis=axis_name(name)
        )
    comes_from, place = (0, shift) if 2 * shift <= count else (count - shift, 0)
    return words(
        "The right values are all there, but moved along {axis}: what belongs to index {index} stands at index "
        "{place}.",
        axis=axis_name(name), index=comes_from, place=place,
    )  # fmt: skip


def _order(got: np.ndarray, right: np.ndarray, tolerance: float) -> list[int]:
    """For each place along the first axis, the one that its values belong to; empty where they are no such thing."""
    order: list[int] = []
    for values in got:
        near = np.all(np.abs(right - values) <= tolerance, axis=tuple(range(1, right.ndim)))
        # What fits two places, like the zeros of a border, does not say where it came from.
        if np.count_nonzero(near) != 1:
            return []
        order.append(int(np.argmax(near)))
    return order if len(set(order)) == len(order) else []


def _blocks(
    names: Sequence[str], got: np.ndarray, right: np.ndarray, tolerance: float
) -> Iterator[tuple[Said, tuple[slice, ...]]]:
    """The one block of an axis of blocks that is wrong."""
    for axis, (count, name) in enumerate(axes.parse(" ".join(names)) if all(" " not in one for one in names) else ()):
        size = got.shape[axis] // count
        wrong = np.abs(got - right) > tolerance
        bad = [
            block for block in range(count)
            if count > 1 and np.take(wrong, range(block * size, (block + 1) * size), axis=axis).any()
        ]  # fmt: skip
        if len(bad) == 1:
            start, stop = bad[0] * size, (bad[0] + 1) * size
            region = tuple(slice(start, stop) if k == axis else slice(None) for k in range(got.ndim))
            yield (
                words("indices {first} to {last} of {axis}", first=start, last=stop - 1, axis=axis_name(name)), region,
            )  # fmt: skip
