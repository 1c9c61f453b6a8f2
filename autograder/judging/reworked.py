"""Right values to which something was done, number by number: another function, a factor, rounding, half precision; or
to which it was done on one side of a number, or nothing at all in places."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from autograder.language import Said, words

FEWEST = 4
"""With fewer numbers much fits by chance."""
RARE = 100
"""Of so many ways to be wrong in as many places, one could be meant."""
NEAR = 0.01
"""The largest error, as a share of the largest right number, that rounding or few digits could explain."""
MOST_DECIMALS = 4
Function = Callable[[np.ndarray], np.ndarray]


def reworked(got: np.ndarray, right: np.ndarray, tolerance: float) -> Said:
    """What has to be undone to each number to have the right ones; `""` where that is not all.

    Args:
        got, right: finite arrays of one shape, which differ.
    """
    if got.size < FEWEST or np.ptp(right) <= 8 * tolerance or np.ptp(got) <= 8 * tolerance:
        return ""
    with np.errstate(all="ignore"):
        for said, function in _functions():
            if _gives(function, got, right, tolerance):
                return said
        said = _larger(got, right, tolerance) or _coarse(got, right)
    wrong = np.abs(got - right) > tolerance
    return said or _unwritten(got, right, wrong) or _one_side(right, wrong)


def _functions() -> list[tuple[Said, Function]]:
    return [
        (words("Every number has the other sign."), np.negative),
        (words("Every number is 1 divided by the right one."), np.reciprocal),
        (words("Every number is 1 minus the right one."), lambda x: 1 - x),
        (words("Every number is the square of the right one."), np.square),
        (words("Every number has lost its sign."), np.abs),
        (words("Every number below zero has become zero."), lambda x: np.maximum(x, 0)),
        (words("Every number went through a tanh once more."), np.tanh),
        (words("Every number went through a sigmoid once more."), lambda x: 1 / (1 + np.exp(-x))),
        (
            words("Every number is the tanh of half of what it should be the tanh of."),
            lambda x: np.tanh(np.arctanh(x) / 2),
        ),
        (
            words("Every number is the tanh of twice what it should be the tanh of."),
            lambda x: np.tanh(np.arctanh(x) * 2),
        ),
        (words("Every number is the exponential of the right one."), np.exp),
        (words("A tanh is missing: every number is what goes into it."), np.arctanh),
        (words("A sigmoid is missing: every number is what goes into it."), lambda x: np.log(x / (1 - x))),
    ]


def _gives(function: Function, got: np.ndarray, right: np.ndarray, tolerance: float) -> bool:
    there = function(right)
    if not np.all(np.isfinite(there)) or np.ptp(there) <= 8 * tolerance:
        return False
    allowed = np.maximum(*(np.abs(function(right + moved) - there) for moved in (tolerance, -tolerance)))
    allowed = np.where(np.isfinite(allowed), allowed, 0) + tolerance * np.maximum(1, np.abs(there))
    return bool(np.all(np.abs(got - there) <= allowed))


def _larger(got: np.ndarray, right: np.ndarray, tolerance: float) -> Said:
    """By the same factor, or the same amount."""
    at = np.unravel_index(int(np.argmax(np.abs(right))), right.shape)
    factor = float(got[at] / right[at])
    if abs(factor - 1) > NEAR and np.all(np.abs(got - factor * right) <= 2 * tolerance * max(1, abs(factor))):
        return words("Every number is {factor} times the right one.", factor=f"{factor:.4g}")
    amount = float(np.mean(got - right))
    if np.all(np.abs(got - right - amount) <= 2 * tolerance):
        if amount > 0:
            return words("Every number is too large by {amount}.", amount=f"{amount:.4g}")
        return words("Every number is too small by {amount}.", amount=f"{-amount:.4g}")
    return ""


def _unwritten(got: np.ndarray, right: np.ndarray, wrong: np.ndarray) -> Said:
    """Places of a result that was made first and filled then."""
    if np.count_nonzero(wrong) < 2 or wrong.all() or np.any(got[wrong]):
        return ""
    return words("What is wrong is 0 in yours, and all else is right: were these places never filled?")


def _one_side(right: np.ndarray, wrong: np.ndarray) -> Said:
    """Whether exactly the large numbers are wrong, or the small ones."""
    bad, good = right[wrong], right[~wrong]
    if math.comb(right.size, bad.size) < RARE or np.ptp(bad) == 0:
        return ""
    if bad.max() < good.min():
        return words(
            "All that should be below {number} is wrong, and all else is right: what does your code do there that it "
            "does not do elsewhere?",
            number=_between(bad.max(), good.min()),
        )  # fmt: skip
    if bad.min() > good.max():
        return words(
            "All that should be above {number} is wrong, and all else is right: what does your code do there that it "
            "does not do elsewhere?",
            number=_between(good.max(), bad.min()),
        )  # fmt: skip
    return ""


def _between(low: float, high: float) -> str:
    """The plainest number between two."""
    if low < 0 < high:
        return "0"
    for digits in range(1, 8):
        for number in (f"{(low + high) / 2:.{digits}g}", f"{low:.{digits}g}", f"{high:.{digits}g}"):
            if low < float(number) < high:
                return number
    return f"{high:.7g}"


def _coarse(got: np.ndarray, right: np.ndarray) -> Said:
    """Whether something small is lost everywhere."""
    error = float(np.max(np.abs(got - right)))
    scale = float(np.max(np.abs(right)))
    for decimals in range(MOST_DECIMALS + 1):
        shifted = got * 10.0**decimals
        kept = np.abs(shifted - np.rint(shifted)) <= 1e-6 * np.maximum(1, np.abs(shifted))
        if error <= 10.0**-decimals and kept.all() and np.count_nonzero(got) >= FEWEST:
            return words(
                "Your numbers are rounded to one decimal. Hand them over as they are.",
                "Your numbers are rounded to {n} decimals. Hand them over as they are.", n=decimals,
            )  # fmt: skip
    if error > NEAR * scale:
        return ""
    halved = got.astype(np.float32).view(np.uint32) & 0xFFFF
    if not halved.any() and np.array_equal(got.astype(np.float32), got):
        return words("Your numbers are of half precision: something is cast to bfloat16, or computed in it.")
    if np.array_equal(got.astype(np.float16).astype(got.dtype), got):
        return words("Your numbers are of half precision: something is cast to float16, or computed in it.")
    return words(
        "The numbers are nearly right, to about {share} of the largest. Is something rounded, is a small constant "
        "added, or is a part computed in half precision?",
        share=f"{100 * error / scale:.2g} %",
    )  # fmt: skip
