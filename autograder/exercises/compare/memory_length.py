"""Up to which length a network remembers, from its errors."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from autograder.exercises.kit.recurrent import function_truth
from autograder.model import Arrays, Check, Exercise, FunctionCase, Mistake

Answer = Callable[[list[int], list[float], float], float]


def cases(rng: np.random.Generator) -> tuple[FunctionCase, ...]:
    """L: an error below the limit, H: above; E: the limit itself."""
    return (
        _case("fades", rng, "LLLHHH"),
        _case("fades_early", rng, "LHHHH"),
        _case("lucky", rng, "LLHLH"),
        _case("lucky_at_the_end", rng, "LLLHHL"),
        _case("never", rng, "HLHLH"),
        _case("always", rng, "LLLL"),
        _case("at_the_limit", rng, "LLEHH"),
    )


def _case(name: str, rng: np.random.Generator, pattern: str) -> FunctionCase:
    lengths = (7 + np.cumsum(rng.integers(2, 9, len(pattern)))).tolist()
    limit = float(rng.integers(8, 13)) / 100
    errors = [
        limit if each == "E" else round(float(rng.uniform(0.1, 0.8) if each == "L" else rng.uniform(1.5, 3)) * limit, 4)
        for each in pattern
    ]
    return FunctionCase(
        id=name,
        arguments={"lengths": lengths, "errors": errors, "limit": limit},
        axes={},
        returns={"remembered": ""},
    )


def _remembered(lengths: list[int], errors: list[float], limit: float) -> int:
    longest = 0
    for length, error in zip(lengths, errors, strict=True):
        if error >= limit:
            break
        longest = length
    return longest


def _mistake(name: str, title: str, hint: str, answer: Answer) -> Mistake:
    def wrong(case: FunctionCase) -> Arrays:
        return {"remembered": np.asarray(answer(*case.arguments.values()), np.float64)}

    return Mistake(f"memory_length.{name}", title, hint, wrong)


def _count(errors: list[float], limit: float) -> int:
    """How many are below the limit before the first that is not."""
    return int(np.argmax([*(error >= limit for error in errors), True]))


def _below(lengths: list[int], errors: list[float], limit: float) -> list[int]:
    return [length for length, error in zip(lengths, errors, strict=True) if error < limit]


_LUCKY = "A network that fails at 20 and is right at 30: up to which length can you rely on it?"
_WHAT = "Let the lengths be 10, 20 and 30, and all errors tiny. Which number should come out, and which does?"
_NONE = "What should be said of a network that fails at the shortest length already?"

MISTAKES = (
    _mistake(
        "longest_below", "The longest length with a small error is taken, whatever lies before it", _LUCKY,
        lambda n, e, limit: max(_below(n, e, limit), default=0),
    ),
    _mistake(
        "shortest_below", "The shortest length with a small error is taken", _WHAT,
        lambda n, e, limit: min(_below(n, e, limit), default=0),
    ),
    _mistake(
        "how_many", "What is counted is how many lengths are remembered", _WHAT,
        lambda n, e, limit: _count(e, limit),
    ),
    _mistake(
        "all_below", "What is counted is how many errors are small", _WHAT,
        lambda n, e, limit: len(_below(n, e, limit)),
    ),
    _mistake(
        "place", "What is returned is the place in the list, not the length", _WHAT,
        lambda n, e, limit: _count(e, limit) - 1,
    ),
    _mistake(
        "first_failure", "The first length at which it fails is returned",
        "The length that you return: is it one at which the network is right?",
        lambda n, e, limit: [*n, n[-1]][_count(e, limit)],
    ),
    _mistake(
        "between", "A length halfway between the last success and the first failure is returned",
        "Was the length that you return measured at all?",
        lambda n, e, limit: (_remembered(n, e, limit) + [*n, n[-1]][_count(e, limit)]) / 2,
    ),
    _mistake(
        "one_earlier", "It ends one length too early",
        "Let the lengths be 10, 20 and 30, and the error large at 30 only. Which number should come out?",
        lambda n, e, limit: [0, 0, *n][_count(e, limit)],
    ),
    _mistake(
        "large_errors", "The lengths with large errors are taken",
        "Is a network that remembers well known by small errors, or by large ones?",
        lambda n, e, limit: _remembered(n, [2 * limit - error for error in e], limit),
    ),
    _mistake(
        "limit_counts", "An error of exactly the limit counts as remembered",
        "Is a number smaller than itself?", lambda n, e, limit: _remembered(n, e, limit * (1 + 1e-9)),
    ),
    _mistake(
        "shortest_if_none", "Of a network that never remembers the shortest length is told", _NONE,
        lambda n, e, limit: _remembered(n, e, limit) or n[0],
    ),
    _mistake(
        "minus_one_if_none", "Of a network that never remembers −1 is told", _NONE,
        lambda n, e, limit: _remembered(n, e, limit) or -1,
    ),
    _mistake(
        "zero_if_all", "If it remembers all lengths, 0 is returned",
        "Does your loop return anything if it never meets a failure?",
        lambda n, e, limit: 0 if _count(e, limit) == len(n) else _remembered(n, e, limit),
    ),
    _mistake(
        "smallest_error", "The length with the smallest error is taken",
        "Is the length that a network finds easiest also the longest that it remembers?",
        lambda n, e, limit: n[int(np.argmin(e))] if min(e) < limit else 0,
    ),
    _mistake(
        "mean_error", "The mean of the errors decides about all lengths at once",
        "Three tiny errors and one large one: does their mean say up to which length it remembers?",
        lambda n, e, limit: n[-1] if np.mean(e) < limit else 0,
    ),
)  # fmt: skip


EXERCISE = Exercise(
    id="memory_length",
    assignment="compare",
    title="Up to which length a network remembers",
    entry_point="memory_length",
    signature="memory_length(lengths, errors, limit) -> int",
    points=3,
    hint="Go from the shortest length to the longest: where do you stop, and what have you seen until then?",
    hints={
        "lucky": "If it fails at one length and is right at a longer one, up to which can you rely on it?",
        "edges": "What if it fails at once, or never? And what if an error is exactly the limit?",
    },
    cases=cases,
    truth=function_truth(_remembered),
    slack=lambda case, truth: {"remembered": 1e-9},
    checks=(
        Check("fades", "A memory that fades", 1, ("fades*.remembered",)),
        Check("lucky", "Right again after a failure", 1, ("lucky*.remembered",)),
        Check("edges", "Never, always, and exactly at the limit", 1, ("never.*", "always.*", "at_the_limit.*")),
    ),
    mistakes=MISTAKES,
    permuted=(),
)
